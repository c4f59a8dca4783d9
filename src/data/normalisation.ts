/**
 * Pixels with mean 0 and standard deviation 1 in every channel.
 */
import { type Scaling, unitScaling } from '../mixer/rescaling.js';
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

/** What a model does to pixels in 0 … 255: scales them to −1 … 1, and normalises them if it is to. */
export function scalingOf(normalisation: Normalisation | undefined): Scaling {
  if (normalisation === undefined) return unitScaling;
  const { mean, std } = normalisation;
  return {
    scale: std.map((deviation) => 1 / (127.5 * deviation)),
    offset: mean.map((average, c) => -(1 + average) / std[c]!),
  };
}

/** The byte in each channel that a model sees as 0, or as next to it: the mean colour, or grey. */
export const middleColour = (
  normalisation: Normalisation | undefined,
  channels: number,
): readonly number[] =>
  Array.from({ length: channels }, (_, c) =>
    Math.round(((normalisation?.mean[c] ?? 0) + 1) * 127.5),
  );
