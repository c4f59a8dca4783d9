/**
 * The permutation experiment of the MLP-Mixer paper (Tolstikhin et al. 2021, section 3.4,
 * https://arxiv.org/abs/2105.01601): models learn images as they are; with patches shuffled, and the
 * pixels inside every patch; and with all pixels shuffled. The order is random, but the same for all
 * images, so that nothing is lost but what is next to what.
 *
 * A Mixer of the same patches does not know which tokens, or which pixels of a patch, are neighbours:
 * where the rows and columns of its stem and of its token mixing are shuffled as the second version
 * shuffles the images, it computes and learns exactly the same. Its first weights are independent of
 * one another and alike, so shuffling them leaves their distribution as it is, and the two trainings
 * are equal in distribution: their curves differ as those of two seeds do. A convolution loses its
 * neighbours with either shuffle.
 *
 * Axes: N images, H × W image, C channels, P patch side.
 */
import type { DatasetSplits, ImageDataset } from '../../src/data/dataset.js';
import { UsageError } from '../../src/errors.js';
import { RandomStream } from '../../src/random.js';
import { defaultModels } from '../architectures/configs.js';
import type { ArchitectureName } from '../architectures/names.js';
import { noAugmentation } from '../augmentation.js';
import type { ClassifierConfig } from '../config.js';
import { plainTraining } from '../presets.js';

/** What is done to the images, and what it is called. */
export const shuffles = {
  original: 'as they are',
  patches: 'patches shuffled, and pixels inside',
  pixels: 'all pixels shuffled',
} as const;

export type Shuffle = keyof typeof shuffles;

export const shuffleNames = Object.keys(shuffles) as readonly Shuffle[];

/** Side of the patches that stay together, that of the models that have patches, P. */
export const shuffledPatch = 4;

/** One training of the experiment. */
export interface Trial {
  readonly arch: ArchitectureName;
  readonly shuffle: Shuffle;
  /** Of the first weights and the order of the examples; the shuffles are the same for all seeds. */
  readonly seed: number;
}

/** Everything that decides what the experiment does; written to `config.json` of its folder. */
export interface PermutationSettings {
  readonly archs: readonly ArchitectureName[];
  readonly seeds: readonly number[];
  /** Steps of each training. */
  readonly steps: number;
  readonly data: string;
}

export const trialsOf = ({ archs, seeds }: PermutationSettings): Trial[] =>
  seeds.flatMap((seed) =>
    archs.flatMap((arch) => shuffleNames.map((shuffle) => ({ arch, shuffle, seed }))),
  );

/** `mixer-patches-0` */
export const trialName = ({ arch, shuffle, seed }: Trial): string => `${arch}-${shuffle}-${seed}`;

/**
 * How a trial is trained: all alike, as plainly as can be, and without augmentation, which takes neighbours
 * for granted.
 */
export function trialConfig(
  { arch, shuffle, seed }: Trial,
  { steps, data }: PermutationSettings,
): ClassifierConfig {
  const evaluateEvery = Math.max(1, Math.round(steps / 20));
  return {
    ...plainTraining,
    preset: 'permutation',
    // Shuffled images cannot be loaded by a name, and no other images are to be taken for them.
    data: shuffle === 'original' ? data : `${data}, ${shuffles[shuffle]}`,
    seed,
    steps,
    batchSize: 32,
    model: defaultModels[arch],
    augmentation: noAugmentation,
    logEvery: Math.max(1, Math.round(steps / 100)),
    evaluateEvery,
    saveEvery: evaluateEvery,
  };
}

/** @throws UsageError where the images do not divide into patches */
export function shuffledSplits({ train, test }: DatasetSplits, shuffle: Shuffle): DatasetSplits {
  const order = pixelOrder(shuffle, train, shuffledPatch);
  return { train: reordered(train, order), test: reordered(test, order) };
}

/**
 * Which pixel comes to each place, [H · W], a permutation of 0 … H · W − 1 that is always the same.
 *
 * @param patch P
 * @throws UsageError where the image does not divide into patches
 */
export function pixelOrder(
  shuffle: Shuffle,
  { height, width }: { readonly height: number; readonly width: number },
  patch: number,
): Uint32Array {
  if (height % patch !== 0 || width % patch !== 0) {
    throw new UsageError(
      `images of ${height}×${width} do not divide into ${patch}×${patch} patches to shuffle; give images whose sides ${patch} divides`,
    );
  }
  const random = RandomStream.fromSeed(0).split('permutation experiment');
  const places = Uint32Array.from({ length: height * width }, (_, place) => place);
  if (shuffle === 'original') return places;
  if (shuffle === 'pixels') return random.split('pixels').permutation(height * width);
  const columns = width / patch;
  const patches = random.split('patches').permutation((height / patch) * columns);
  const inside = random.split('inside patches').permutation(patch * patch);
  return places.map((place) => {
    const [y, x] = [Math.floor(place / width), place % width];
    const from = patches[Math.floor(y / patch) * columns + Math.floor(x / patch)]!;
    const pixel = inside[(y % patch) * patch + (x % patch)]!;
    const fromY = Math.floor(from / columns) * patch + Math.floor(pixel / patch);
    const fromX = (from % columns) * patch + (pixel % patch);
    return fromY * width + fromX;
  });
}

/** Every image with its pixels in another order; the channels of a pixel stay together. */
export function reordered(dataset: ImageDataset, order: Uint32Array): ImageDataset {
  const { channels, count, images } = dataset;
  const shuffled = new Uint8Array(images.length);
  let to = 0;
  for (let image = 0; image < count; image++) {
    const first = image * order.length;
    for (const pixel of order) {
      const from = (first + pixel) * channels;
      for (let c = 0; c < channels; c++) shuffled[to++] = images[from + c]!;
    }
  }
  return { ...dataset, images: shuffled };
}
