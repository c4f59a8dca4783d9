/** Photographs of what was written: without the light that fell on them. */
import type { GreyImage } from '../../../../src/data/digit.js';

/** Rounds of fitting, each to the pixels that the last one explained. */
const rounds = 4;
/** Deviations from the surface, in medians, beyond which a pixel is ink and no paper. */
const inkFrom = 2.5;
/** Pixels to fit to; more tell nothing new. */
const mostSamples = 4000;

/** Luma of RGBA pixels [H, W, 4] on white, 0 … 255 (ITU-R BT.601). */
export function greyOf(rgba: Uint8ClampedArray): Float32Array {
  const grey = new Float32Array(rgba.length / 4);
  for (let i = 0; i < grey.length; i++) {
    const [red, green, blue, alpha] = rgba.subarray(4 * i, 4 * i + 4) as unknown as number[];
    const luma = 0.299 * red! + 0.587 * green! + 0.114 * blue!;
    grey[i] = 255 - ((255 - luma) * alpha!) / 255;
  }
  return grey;
}

/**
 * A picture less the paper under its ink: a plane of light, fitted to the pixels that lie near it, so
 * that a shadow over half a page is no ink.
 *
 * @param grey [H, W], 0 … 255
 * @returns [H, W], black and white 1 apart, paper about 0
 */
export function withoutLight(grey: Float32Array, width: number, height: number): GreyImage {
  const stride = Math.max(1, Math.floor(grey.length / mostSamples));
  let places = Array.from({ length: Math.ceil(grey.length / stride) }, (_, k) => k * stride);
  const all = places;
  let light = planeThrough(grey, width, places);
  for (let round = 1; round < rounds; round++) {
    const off = all.map((i) => Math.abs(grey[i]! - light(i)));
    const usual = off.toSorted((a, b) => a - b)[off.length >> 1]!;
    // Paper that is one grey has no deviations to be beyond of.
    places = all.filter((_, k) => off[k]! <= Math.max(1, inkFrom * usual));
    light = planeThrough(grey, width, places);
  }
  return { width, height, grey: grey.map((value, i) => (value - light(i)) / 255) };
}

/** Least squares of a + b x + c y, by the normal equations about the centre of the places. */
function planeThrough(
  grey: Float32Array,
  width: number,
  places: readonly number[],
): (place: number) => number {
  const mean = (of: (place: number) => number): number =>
    places.reduce((sum, place) => sum + of(place), 0) / places.length;
  const column = (place: number): number => place % width;
  const row = (place: number): number => Math.floor(place / width);
  const [mx, my, mz] = [mean(column), mean(row), mean((place) => grey[place]!)];
  const about = (
    a: (place: number) => number,
    ma: number,
    b: (place: number) => number,
    mb: number,
  ): number => mean((place) => (a(place) - ma) * (b(place) - mb));
  const value = (place: number): number => grey[place]!;
  const [xx, xy, yy] = [
    about(column, mx, column, mx),
    about(column, mx, row, my),
    about(row, my, row, my),
  ];
  const [xz, yz] = [about(column, mx, value, mz), about(row, my, value, mz)];
  const determinant = xx * yy - xy * xy;
  // Places in one line tell of one direction alone.
  if (!(determinant > 1e-6 * xx * yy)) return () => mz;
  const b = (xz * yy - yz * xy) / determinant;
  const c = (yz * xx - xz * xy) / determinant;
  return (place) => mz + b * (column(place) - mx) + c * (row(place) - my);
}
