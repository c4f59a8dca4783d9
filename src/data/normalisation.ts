/**
 * Pixels with mean 0 and standard deviation 1 in every channel.
 */
import type { ImageDataset } from './dataset.js';

/** What becomes of a pixel x in [−1, 1] of channel c: (x − mean_c) / std_c. */
export interface Normalisation {
  /** [C], each in [−1, 1]. */
  readonly mean: readonly number[];
  /** [C], each greater than 0. */
  readonly std: readonly number[];
}

/**
 * The mean and the standard deviation of each channel over all pixels of a dataset, exact but for
 * the last rounding. A channel that is the same everywhere has no deviation to divide by, and gets 1.
 */
export function normalisationOf({ images, channels }: ImageDataset): Normalisation {
  const count = images.length / channels;
  const sums = new Array<number>(channels).fill(0);
  const squares = new Array<number>(channels).fill(0);
  // Whole numbers, and far below 2^53 for whatever fits memory.
  for (let i = 0; i < images.length; i += channels) {
    for (let c = 0; c < channels; c++) {
      const value = images[i + c]!;
      sums[c]! += value;
      squares[c]! += value * value;
    }
  }
  const means = sums.map((sum) => sum / count);
  return {
    mean: means.map((mean) => mean / 127.5 - 1),
    std: means.map((mean, c) => {
      const variance = squares[c]! / count - mean ** 2;
      return variance > 0 ? Math.sqrt(variance) / 127.5 : 1;
    }),
  };
}

/**
 * @param pixels [..., C] in [−1, 1]
 * @param normalisation absent to leave the pixels as they are
 * @returns a new array, or `pixels` itself where there is nothing to do
 */
export function normalisePixels(
  pixels: Float32Array,
  normalisation: Normalisation | undefined,
): Float32Array {
  if (normalisation === undefined) return pixels;
  const { mean, std } = normalisation;
  const channels = mean.length;
  const out = new Float32Array(pixels.length);
  for (let i = 0; i < out.length; i += channels) {
    for (let c = 0; c < channels; c++) out[i + c] = (pixels[i + c]! - mean[c]!) / std[c]!;
  }
  return out;
}
