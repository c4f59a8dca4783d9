import { float32, type HostTensor, type StepInput } from '../src/compile/step.js';
import { augmentAffine } from '../src/data/augment/affine.js';
import type { BatchShape } from '../src/data/augment/batch-shape.js';
import { cutMix } from '../src/data/augment/cut-mix.js';
import { elasticDistortion } from '../src/data/augment/elastic.js';
import { randomErasing } from '../src/data/augment/erasing.js';
import { randomFlip } from '../src/data/augment/flip.js';
import { smoothedTargets } from '../src/data/augment/label-smoothing.js';
import { mixup } from '../src/data/augment/mixup.js';
import { randAugment } from '../src/data/augment/rand-augment.js';
import { randomCrop } from '../src/data/augment/random-crop.js';
import { Batches, gatherBytes, gatherLabels } from '../src/data/batches.js';
import { type ImageDataset, inSharedMemory } from '../src/data/dataset.js';
import { type BatchFeed, batchMaker, feedBatches } from '../src/data/feed.js';
import { middleColour, type Normalisation } from '../src/data/normalisation.js';
import type { ThreadTask } from '../src/data/thread.js';
import { ThreadPool } from '../src/data/thread-pool.js';
import { UsageError } from '../src/errors.js';
import { RandomStream } from '../src/random.js';
import type { Augmentation } from './augmentation.js';
import type { ClassifierConfig } from './config.js';

/** Everything that the batches of a training depend on, besides the step. */
export interface BatchSource {
  readonly config: Pick<ClassifierConfig, 'seed' | 'batchSize' | 'augmentation' | 'mixupAlpha'>;
  readonly train: ImageDataset;
  /** Of the model: what is erased becomes the mean colour. */
  readonly normalisation?: Normalisation | undefined;
}

/** What a step takes of the data. */
export type TrainingBatch = {
  /** [B, H, W, C], bytes. */
  readonly images: Extract<StepInput, { dtype: 'uint8' }>;
  /** [B, K]; each row sums to 1. */
  readonly targets: HostTensor;
};

/**
 * The images and targets of a step, augmented and mixed: a pure function of the step.
 * @throws UsageError when an augmentation does not fit the images
 */
export function trainingBatches({
  config,
  train,
  normalisation,
}: BatchSource): (step: number) => TrainingBatch {
  const { seed, batchSize, augmentation } = config;
  requireFit(augmentation, train);
  const numClasses = train.classNames.length;
  const random = RandomStream.fromSeed(seed);
  const batches = new Batches({ count: train.count, batchSize, random: random.split('batches') });
  const shape = [batchSize, train.height, train.width, train.channels] as const;
  const colour = middleColour(normalisation, train.channels);
  return (step) => {
    const indices = batches.indices(step);
    const stream = random.split('augmentation').split(step);
    const pixels = augmented(gatherBytes(train, indices), shape, stream, augmentation, colour);
    const labels = gatherLabels(train, indices);
    const targets = smoothedTargets(labels, numClasses, augmentation.labelSmoothing);
    const mixed = mix({ pixels, labels: targets }, shape, stream, config);
    return {
      images: { dtype: 'uint8', shape, values: mixed.pixels },
      targets: float32([batchSize, numClasses], mixed.labels),
    };
  };
}

/** The batches of `trainingBatches`, ready when they are needed. */
export function feedTrainingBatches(source: BatchSource): BatchFeed<TrainingBatch> {
  return feedBatches({
    make: trainingBatches(source),
    startThreads: (count) =>
      new ThreadPool(count, {
        from: import.meta.url,
        module: './batches.js',
        exportName: 'batchTask',
        data: { ...source, train: inSharedMemory(source.train) },
      }),
  });
}

/** The work of a thread that `feedTrainingBatches` starts. */
export const batchTask = (source: BatchSource): ThreadTask<number, TrainingBatch> =>
  batchMaker(trainingBatches(source));

function requireFit({ cropPadding }: Augmentation, { name, height, width }: ImageDataset): void {
  if (cropPadding < Math.min(height, width)) return;
  throw new UsageError(
    `augmentation.cropPadding: ${cropPadding} pixels move images of ${height}×${width} out of sight (${name})`,
  );
}

/**
 * What is done to images one by one.
 * @param colour of what is erased, [C]
 */
function augmented(
  images: Uint8Array,
  shape: BatchShape,
  stream: RandomStream,
  augmentation: Augmentation,
  colour: readonly number[],
): Uint8Array {
  const { cropPadding, flip, randAugment: options, elastic, erasing } = augmentation;
  const { rotateDegrees, translatePixels, scale, shearDegrees } = augmentation;
  let pixels = images;
  if (cropPadding > 0) pixels = randomCrop(pixels, shape, stream.split('crop'), cropPadding);
  if (flip > 0) pixels = randomFlip(pixels, shape, stream.split('flip'), flip);
  if (options.ops > 0) pixels = randAugment(pixels, shape, stream.split('randAugment'), options);
  if (elastic.pixels > 0) {
    pixels = elasticDistortion(pixels, shape, stream.split('elastic'), elastic);
  }
  if (rotateDegrees > 0 || translatePixels > 0 || scale > 0 || shearDegrees > 0) {
    pixels = augmentAffine(pixels, shape, stream.split('affine'), augmentation);
  }
  if (erasing.probability > 0) {
    pixels = randomErasing(pixels, shape, stream.split('erasing'), erasing, colour);
  }
  return pixels;
}

interface Examples {
  readonly pixels: Uint8Array;
  readonly labels: Float32Array;
}

/** CutMix, mixup or neither, for the whole batch. */
function mix(
  { pixels, labels }: Examples,
  shape: BatchShape,
  stream: RandomStream,
  { augmentation, mixupAlpha }: BatchSource['config'],
): Examples {
  const { probability, alpha } = augmentation.cutMix;
  if (probability > 0 && stream.split('mix').uniform() < probability) {
    return cutMix(pixels, labels, shape, alpha, stream.split('cutMix'));
  }
  if (mixupAlpha === 0) return { pixels, labels };
  return mixup(pixels, labels, shape[0], mixupAlpha, stream.split('mixup'));
}
