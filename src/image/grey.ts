/**
 * Pictures as grey.
 */
import type { GreyImage } from '../data/digit.js';
import { type Picture, readPng } from './png.js';

/**
 * Reads a PNG as grey: luma of Rec. 601, on white paper where it is transparent. A picture that
 * shows nothing on white, such as white strokes on a transparent ground, is laid on black.
 *
 * @throws InputError as `readPng`
 */
export async function readGreyPng(path: string): Promise<GreyImage> {
  return toGrey(await readPng(path));
}

/** A picture as grey; see `readGreyPng`. */
export function toGrey(picture: Picture): GreyImage {
  const { width, height, channels } = picture;
  const onWhite = greyOn(255, picture);
  const hasAlpha = channels === 2 || channels === 4;
  if (!hasAlpha || contrast(onWhite) >= leastContrast) return { width, height, grey: onWhite };
  const onBlack = greyOn(0, picture);
  return { width, height, grey: contrast(onBlack) > contrast(onWhite) ? onBlack : onWhite };
}

/** Differences of fewer levels than this do not make a picture. */
const leastContrast = 16;

function contrast(grey: Uint8Array): number {
  let [low, high] = [255, 0];
  for (const value of grey) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high - low;
}

function greyOn(ground: number, { width, height, channels, pixels }: Picture): Uint8Array {
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    const at = i * channels;
    const luma =
      channels < 3
        ? pixels[at]!
        : 0.299 * pixels[at]! + 0.587 * pixels[at + 1]! + 0.114 * pixels[at + 2]!;
    const alpha = channels % 2 === 1 ? 1 : pixels[at + channels - 1]! / 255;
    grey[i] = Math.round(ground + (luma - ground) * alpha);
  }
  return grey;
}
