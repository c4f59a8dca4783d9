/**
 * How much a translation changes its images, from pixels.
 *
 * Axes: N images, H × W image, C channels.
 */

/** @returns the mean distance of two pixels, of images in −1 … 1, as a share of the range: 0 … 1 */
export function meanChange(before: Float32Array, after: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < before.length; i++) sum += Math.abs(after[i]! - before[i]!);
  return sum / before.length / 2;
}

/**
 * The correlation of two sets of pixels, −1 … 1: near −1 where every bright one has become dark; 0
 * where one of the sets is all of one value.
 */
export function correlation(before: Float32Array, after: Float32Array): number {
  const [x, y] = [centred(before), centred(after)];
  let product = 0;
  for (let i = 0; i < before.length; i++) {
    product += (before[i]! - x.mean) * (after[i]! - y.mean);
  }
  const scale = Math.sqrt(x.squares * y.squares);
  return scale > 0 ? product / scale : 0;
}

function centred(values: Float32Array): { readonly mean: number; readonly squares: number } {
  let mean = 0;
  for (const value of values) mean += value;
  mean /= values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, squares };
}
