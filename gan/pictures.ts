/** The pictures that a GAN's training leaves behind: real images once, and fakes as they come to be. */
import { gatherBytes } from '../src/data/batches.js';
import { gatherConditions } from '../src/data/conditions.js';
import type { ImageDataset } from '../src/data/dataset.js';
import { imageGrid } from '../src/image/grid.js';
import type { Picture } from '../src/image/png.js';
import { RandomStream } from '../src/random.js';
import type { GanConfig } from './config.js';
import { drawLatents } from './sample.js';

/** Rows and columns of a grid of samples. */
const gridSide = 8;

/** What every picture of fakes in a run is drawn from. */
export interface FixedLatents {
  /** [N, Z] */
  readonly latents: Float32Array;
  /** [N, A], of a conditional generator. */
  readonly labels: Int32Array | undefined;
  /** Of the grid. */
  readonly columns: number;
}

/**
 * A square, or with classes a column for each, where a row shares its latent. With attributes each fake is
 * told those of the training image in its place in `reals.png`.
 */
export function fixedLatents(
  config: GanConfig,
  reals: ImageDataset,
  random: RandomStream,
): FixedLatents {
  const { generator, conditional, attributes } = config;
  const { latentDim } = generator;
  if (!conditional || attributes.length > 0) {
    const latents = drawLatents(random, gridSide ** 2, latentDim);
    const labels = conditional ? gatherConditions(reals, shownReals(reals), config) : undefined;
    return { latents, labels, columns: gridSide };
  }
  const columns = reals.classNames.length;
  const rows = drawLatents(random, gridSide, latentDim);
  const latents = new Float32Array(gridSide * columns * latentDim);
  for (let i = 0; i < gridSide * columns; i++) {
    const row = Math.floor(i / columns) * latentDim;
    latents.set(rows.subarray(row, row + latentDim), i * latentDim);
  }
  const labels = Int32Array.from({ length: gridSide * columns }, (_, i) => i % columns);
  return { latents, labels, columns };
}

/** Some of the images that are learnt from, the same for every run. */
export function pictureOfReals(reals: ImageDataset): Picture {
  return gridOf(gatherBytes(reals, shownReals(reals)), reals, gridSide);
}

const shownReals = (reals: ImageDataset): Uint32Array =>
  RandomStream.fromSeed(0)
    .split('reals')
    .permutation(reals.count)
    .subarray(0, gridSide ** 2);

/** @param pixels [N, H, W, C], bytes or in −1 … 1, of the size of the reals */
export function gridOf(
  pixels: Float32Array | Uint8Array,
  { height, width, channels }: ImageDataset,
  columns: number,
): Picture {
  const count = pixels.length / (height * width * channels);
  const size = { count, height, width, channels: channels === 1 ? 1 : 3 } as const;
  return imageGrid(pixels, { ...size, columns });
}
