/**
 * What a step of translation learns from: images of each domain, in orders of their own, so that
 * nothing pairs them.
 */
import { type StepInput, uint8 } from '../src/compile/step.js';
import type { BatchShape } from '../src/data/augment/batch-shape.js';
import { randomFlip } from '../src/data/augment/flip.js';
import { randomShift } from '../src/data/augment/random-shift.js';
import { Batches, gatherBytes } from '../src/data/batches.js';
import { gatherConditions } from '../src/data/conditions.js';
import { oneHot } from '../src/data/one-hot.js';
import { RandomStream } from '../src/random.js';
import type { TranslationConfig } from './config.js';
import { type Domains, numClassesOf } from './domains.js';

/** Everything that the batches of a training depend on, besides the step. */
export interface TranslationData {
  readonly config: Pick<TranslationConfig, 'seed' | 'batchSize' | 'augmentation' | 'attributes'>;
  readonly train: Domains;
}

/** Bytes [B, H, W, C] of each domain, and where discriminators are told of them labels [B, K]. */
export type TranslationBatch = Readonly<
  Record<'a' | 'b', StepInput> & Partial<Record<'labelsA' | 'labelsB', StepInput>>
>;

/** A pure function of the step. */
export function translationBatches({
  config: { seed, batchSize, augmentation, attributes },
  train,
}: TranslationData): (step: number) => TranslationBatch {
  const random = RandomStream.fromSeed(seed);
  const numClasses = numClassesOf({ attributes }, train.a);
  const of = (letter: 'a' | 'b', labelsName: 'labelsA' | 'labelsB') => {
    const dataset = train[letter];
    const order = random.split('batches').split(letter);
    const batches = new Batches({ count: dataset.count, batchSize, random: order });
    const changes = random.split('augmentation').split(letter);
    const { height, width, channels } = dataset;
    const shape: BatchShape = [batchSize, height, width, channels];
    return (step: number): Partial<TranslationBatch> => {
      const stream = changes.split(step);
      const indices = batches.indices(step);
      const images = gatherBytes(dataset, indices);
      const flipped = randomFlip(images, shape, stream.split('flip'), augmentation.flip ? 0.5 : 0);
      const shifted = randomShift(flipped, shape, stream.split('shift'), augmentation.shift);
      if (numClasses === undefined) return { [letter]: uint8(shape, shifted) };
      const labels = gatherConditions(dataset, indices, { attributes });
      return {
        [letter]: uint8(shape, shifted),
        [labelsName]: oneHot(labels, numClasses, attributes.length),
      };
    };
  };
  const [a, b] = [of('a', 'labelsA'), of('b', 'labelsB')];
  return (step) => ({ ...a(step), ...b(step) }) as TranslationBatch;
}
