/**
 * Which images an evaluation looks at.
 *
 * The protocol fixes every choice that a figure depends on, so that the figures of two runs on the
 * same data and engine compare. Of the training images, in a fixed random order, the first N are
 * the reals that everything is measured against, and the next N, which are disjoint from them, set
 * the floor: the score of real images, which no generator can be expected to beat. The generator
 * draws N images from fixed latents without truncation; a conditional one is asked for the classes
 * of the N reals. Where there are fewer than 2 N training images, N is half of them.
 */
import type { ImageDataset } from '../src/data/dataset.js';
import { InputError } from '../src/errors.js';
import { RandomStream } from '../src/random.js';

export interface EvaluationProtocol {
  /** Of the order of the real images, and of the latents. */
  readonly seed: number;
  /** Images on each side, N: for the Fréchet distance and the classes. */
  readonly samples: number;
  /** The first so many of them, for what compares all pairs: kernel, manifolds, memorisation. */
  readonly manifoldSamples: number;
}

/** With the sizes that the data allowed. */
export interface SizedProtocol extends EvaluationProtocol {
  readonly trainingImages: number;
  /** Those that are looked at. */
  readonly heldOutImages: number;
}

/** The protocol of every published figure. Changing it changes what the figures mean. */
export const evaluationProtocol: EvaluationProtocol = {
  seed: 0,
  samples: 4000,
  manifoldSamples: 2000,
};

/** For a look while a run trains. A Fréchet distance of fewer images is larger: compare like with like. */
export const quickEvaluationProtocol: EvaluationProtocol = {
  seed: 0,
  samples: 1024,
  manifoldSamples: 1024,
};

/** The images themselves. */
export interface EvaluationPlan {
  readonly protocol: SizedProtocol;
  /** Numbers of training images: N reals, N for the floor, then the others where they are looked at. */
  readonly training: Uint32Array;
  /** Numbers of held-out images. */
  readonly heldOut: Uint32Array;
  /** Of the latents. */
  readonly latents: () => RandomStream;
}

/** For density and coverage an image needs five neighbours. */
const fewestSamples = 6;

/** @throws InputError where there are too few training images */
export function planEvaluation(
  wanted: EvaluationProtocol,
  train: ImageDataset,
  heldOut: ImageDataset | undefined,
): EvaluationPlan {
  const samples = Math.min(wanted.samples, Math.floor(train.count / 2));
  const manifoldSamples = Math.min(wanted.manifoldSamples, samples);
  if (manifoldSamples < fewestSamples) {
    throw new InputError(
      `${train.name}: an evaluation needs at least ${2 * fewestSamples} images, not ${train.count}`,
    );
  }
  const random = RandomStream.fromSeed(wanted.seed).split('evaluation');
  const unseen = random
    .split('held-out images')
    .permutation(heldOut?.count ?? 0)
    .subarray(0, manifoldSamples);
  const protocol = {
    ...{ seed: wanted.seed, samples, manifoldSamples },
    ...{ trainingImages: train.count, heldOutImages: unseen.length },
  };
  const order = random.split('training images').permutation(train.count);
  return {
    protocol,
    training: order.subarray(0, trainingLooks(protocol)),
    heldOut: unseen,
    latents: () => random.split('latents'),
  };
}

/** The check for memorisation needs every training image, the scores only the first 2 N. */
export const trainingLooks = ({ samples, trainingImages, heldOutImages }: SizedProtocol): number =>
  heldOutImages === 0 ? 2 * samples : trainingImages;
