/**
 * What a step of translation learns from: images of each domain, in orders of their own, so that
 * nothing pairs them.
 */
import { type StepInput, uint8 } from '../src/compile/step.js';
import type { BatchShape } from '../src/data/augment/batch-shape.js';
import { randomFlip } from '../src/data/augment/flip.js';
import { randomShift } from '../src/data/augment/random-shift.js';
import { Batches, gatherBytes } from '../src/data/batches.js';
import { RandomStream } from '../src/random.js';
import type { TranslationConfig } from './config.js';
import type { Domains } from './domains.js';

/** Everything that the batches of a training depend on, besides the step. */
export interface TranslationData {
  readonly config: Pick<TranslationConfig, 'seed' | 'batchSize' | 'augmentation'>;
  readonly train: Domains;
}

/** Bytes [B, H, W, C] of each domain. */
export type TranslationBatch = Readonly<Record<'a' | 'b', StepInput>>;

/** A pure function of the step. */
export function translationBatches({
  config: { seed, batchSize, augmentation },
  train,
}: TranslationData): (step: number) => TranslationBatch {
  const random = RandomStream.fromSeed(seed);
  const of = (letter: 'a' | 'b') => {
    const dataset = train[letter];
    const order = random.split('batches').split(letter);
    const batches = new Batches({ count: dataset.count, batchSize, random: order });
    const changes = random.split('augmentation').split(letter);
    const { height, width, channels } = dataset;
    const shape: BatchShape = [batchSize, height, width, channels];
    return (step: number): StepInput => {
      const stream = changes.split(step);
      const images = gatherBytes(dataset, batches.indices(step));
      const flipped = randomFlip(images, shape, stream.split('flip'), augmentation.flip ? 0.5 : 0);
      return uint8(shape, randomShift(flipped, shape, stream.split('shift'), augmentation.shift));
    };
  };
  const [a, b] = [of('a'), of('b')];
  return (step) => ({ a: a(step), b: b(step) });
}
