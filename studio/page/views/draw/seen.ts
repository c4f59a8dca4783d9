/** What a classifier sees of a picture, and what it says. */
import { type GreyImage, normaliseDigit } from '../../../../src/data/digit.js';
import { resizedMiddle } from '../../../../src/data/resize.js';

/** [H, W, C] */
export type Shape = readonly [number, number, number];

/** Whether pictures of this shape can be made as MNIST's were. */
export const isMnists = ([height, width, channels]: Shape): boolean =>
  height === 28 && width === 28 && channels === 1;

/** Whether classes are the ten digits, of which commands too make pictures as MNIST's were. */
export const isOfDigits = (classNames: readonly string[]): boolean =>
  classNames.join() === '0,1,2,3,4,5,6,7,8,9';

/**
 * A digit as MNIST has it; undefined where there is none.
 * @returns [28, 28, 1], 0 … 255
 */
export function seenDigit(image: GreyImage): Uint8Array | undefined {
  try {
    return normaliseDigit(image);
  } catch {
    return undefined;
  }
}

/**
 * The middle of a picture in the net's size.
 * @param rgba [H, W, 4]
 * @returns of the shape, 0 … 255
 */
export function seenPicture(
  rgba: Uint8ClampedArray,
  size: { readonly width: number; readonly height: number },
  [height, width, channels]: Shape,
): Uint8Array {
  const pixels = new Uint8Array(size.width * size.height * channels);
  for (let i = 0; i < size.width * size.height; i++) {
    const [red, green, blue] = [rgba[4 * i]!, rgba[4 * i + 1]!, rgba[4 * i + 2]!];
    if (channels === 1) pixels[i] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
    else pixels.set([red, green, blue], i * channels);
  }
  return resizedMiddle({ ...size, channels, pixels }, { width, height });
}

/** Probabilities of logits [K]. */
export function softmax(logits: Float32Array): Float32Array {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
