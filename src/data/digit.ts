/**
 * Any picture of a digit, made as MNIST's were (http://yann.lecun.com/exdb/mnist): scaled to fit
 * 20×20 pixels with its aspect ratio kept, and placed in a field of 28×28 so that its centre of
 * mass is at the centre.
 */
import { InputError } from '../errors.js';
import { axisWeights } from './resize.js';

export interface GreyImage {
  readonly width: number;
  readonly height: number;
  /** [H, W]: bytes 0 … 255, or floats with black and white 1 or 2 apart. */
  readonly grey: Uint8Array | Float32Array;
}

/** One value a pixel, row-major; 0 is background, the strongest ink 1. */
interface Ink {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** Side of the field, in pixels. */
const fieldSide = 28;
/** Side of the box that the digit is scaled to fit, in pixels. */
const boxSide = 20;
/** Pixel on which MNIST's centres of mass lie, to within half a pixel. */
const centre = 14;

/** Ink darker or lighter than the background by less than this part of the range is none. */
const leastContrast = 0.1;
/** Ink fainter than this part of the strongest does not widen the digit's box. */
const leastInk = 0.1;
/** The border's median deviation times this is taken for noise: 4 standard deviations, if normal. */
const noiseFactor = 6;

/**
 * A digit as MNIST has it: 28×28 bytes, white on black.
 *
 * The background is the median grey of the border; what differs from it, darker or lighter,
 * whichever differs more, is ink. The strongest ink becomes 255.
 *
 * @param name what the picture is called in messages
 * @returns [28, 28]
 * @throws InputError where nothing stands out from the background
 */
export function normaliseDigit(image: GreyImage, name = 'the image'): Uint8Array {
  const { width, height, grey } = image;
  if (!(width >= 1 && height >= 1) || grey.length !== width * height) {
    throw new RangeError(`${grey.length} grey values are not a picture of ${width}×${height}`);
  }
  const digit = crop(inkOf(image, name));
  const scale = boxSide / Math.max(digit.width, digit.height);
  const fitted = resized(
    digit,
    Math.max(1, Math.round(digit.width * scale)),
    Math.max(1, Math.round(digit.height * scale)),
  );
  return placeByMass(fitted);
}

/** Subtracts the background and the noise. */
function inkOf(image: GreyImage, name: string): Ink {
  const { width, height, grey } = image;
  const border = borderOf(image);
  const background = lowerMedian(border);
  const noise = noiseFactor * lowerMedian(border.map((value) => Math.abs(value - background)));

  let lightest = 0;
  let darkest = 0;
  for (const value of grey) {
    lightest = Math.max(lightest, value - background);
    darkest = Math.max(darkest, background - value);
  }
  const sign = lightest > darkest ? 1 : -1;
  const contrast = Math.max(lightest, darkest);
  const least = leastContrast * (grey instanceof Uint8Array ? 255 : 1);
  if (!(contrast >= least && contrast > noise)) {
    throw new InputError(`no ink found in ${name}: nothing stands out from its background`);
  }
  const values = new Float32Array(grey.length);
  for (let i = 0; i < grey.length; i++) {
    const ink = sign * (grey[i]! - background);
    if (ink > noise) values[i] = ink / contrast;
  }
  return { width, height, values };
}

function borderOf({ width, height, grey }: GreyImage): Float32Array {
  const border: number[] = [];
  for (let y = 0; y < height; y++) {
    const inside = y > 0 && y < height - 1;
    for (let x = 0; x < width; x += inside ? Math.max(1, width - 1) : 1) {
      border.push(grey[y * width + x]!);
    }
  }
  return Float32Array.from(border);
}

/** The lower of the two in the middle, where there are two: a grey that is there. */
function lowerMedian(values: Float32Array): number {
  return values.toSorted()[(values.length - 1) >> 1]!;
}

/** The smallest part that holds all ink but the faintest. */
function crop({ width, height, values }: Ink): Ink {
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (values[y * width + x]! < leastInk) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  const cropped = { width: right - left + 1, height: bottom - top + 1 };
  const out = new Float32Array(cropped.width * cropped.height);
  for (let y = 0; y < cropped.height; y++) {
    const from = (top + y) * width + left;
    out.set(values.subarray(from, from + cropped.width), y * cropped.width);
  }
  return { ...cropped, values: out };
}

function resized(ink: Ink, width: number, height: number): Ink {
  const columns = axisWeights(ink.width, width);
  const rows = axisWeights(ink.height, height);
  const wide = new Float32Array(width * ink.height);
  for (let y = 0; y < ink.height; y++) {
    for (const { to, from, weight } of columns) {
      wide[y * width + to]! += weight * ink.values[y * ink.width + from]!;
    }
  }
  const values = new Float32Array(width * height);
  for (const { to, from, weight } of rows) {
    for (let x = 0; x < width; x++) {
      values[to * width + x]! += weight * wide[from * width + x]!;
    }
  }
  return { width, height, values };
}

/** Puts a box in the field by whole pixels, so that nothing is blurred, and never outside it. */
function placeByMass(box: Ink): Uint8Array {
  let [mass, massX, massY, peak] = [0, 0, 0, 0];
  for (const [i, value] of box.values.entries()) {
    mass += value;
    massX += value * (i % box.width);
    massY += value * Math.floor(i / box.width);
    peak = Math.max(peak, value);
  }
  // Of two places equally good, the upper left one: an even shape then lies in the very middle.
  const place = (size: number, centreOfMass: number): number =>
    Math.min(fieldSide - size, Math.max(0, Math.ceil(centre - centreOfMass - 0.5)));
  const left = place(box.width, massX / mass);
  const top = place(box.height, massY / mass);

  const field = new Uint8Array(fieldSide ** 2);
  for (const [i, value] of box.values.entries()) {
    const x = left + (i % box.width);
    const y = top + Math.floor(i / box.width);
    field[y * fieldSide + x] = Math.round((value / peak) * 255);
  }
  return field;
}
