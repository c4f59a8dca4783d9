/**
 * What the updates of a GAN take at each step: reals, latents, classes and random maps.
 */
import { float32, type StepInput, uint8 } from '../src/compile/step.js';
import { Batches, gatherBytes } from '../src/data/batches.js';
import { conditionSize, gatherConditions } from '../src/data/conditions.js';
import type { ImageDataset } from '../src/data/dataset.js';
import { oneHot } from '../src/data/one-hot.js';
import { RandomStream } from '../src/random.js';
import { conditionsOf } from './condition.js';
import type { GanConfig } from './config.js';
import { drawLatents } from './sample.js';
import { drawAugmentationInputs } from './steps.js';

/** Everything that the batches of a training depend on, besides the step. */
export interface GanData {
  readonly config: GanConfig;
  readonly reals: ImageDataset;
  /** Never trained on. */
  readonly heldOut: ImageDataset;
}

type StepInputs = Record<string, StepInput>;

export interface GanBatch {
  /** Of both players, where they learn together. */
  readonly discriminator: StepInputs;
  readonly generator: StepInputs | undefined;
  /** At steps whose metrics are logged. */
  readonly heldOut: StepInputs | undefined;
}

/** What the updates of a step take, but for rates and decays: a pure function of the step. */
export function ganBatches({ config, reals, heldOut }: GanData): (step: number) => GanBatch {
  const random = RandomStream.fromSeed(config.seed);
  const { batchSize, augmentation, logEvery, steps, updates } = config;
  const { latentDim } = config.generator;
  const { height, width, channels } = reals;
  const imageShape = [batchSize, height, width, channels];
  const batches = new Batches({ count: reals.count, batchSize, random: random.split('batches') });
  const conditions = conditionsOf(config, reals);
  const size = conditions === undefined ? 0 : conditionSize(conditions);
  const labelsOf = (name: string, dataset: ImageDataset, indices: Uint32Array): StepInputs =>
    conditions === undefined
      ? {}
      : { [name]: oneHot(gatherConditions(dataset, indices, config), size, conditions.length) };
  const mapsOf = (whose: 'reals' | 'fakes', stream: RandomStream): StepInputs =>
    drawAugmentationInputs(whose, stream, { count: batchSize, height, width }, augmentation);
  const unseen = (stream: RandomStream): StepInputs => {
    const indices = Uint32Array.from({ length: batchSize }, () => stream.integer(heldOut.count));
    return {
      heldOut: uint8(imageShape, gatherBytes(heldOut, indices)),
      ...labelsOf('heldOutLabels', heldOut, indices),
    };
  };
  return (step) => {
    const indices = batches.indices(step);
    const shared = {
      reals: uint8(imageShape, gatherBytes(reals, indices)),
      ...labelsOf('labels', reals, indices),
    };
    const latents = random.split('latents').split(step);
    const maps = random.split('augmentation').split(step);
    const inputsOf = (player: string): StepInputs => ({
      ...shared,
      latents: float32(
        [batchSize, latentDim],
        drawLatents(latents.split(player), batchSize, latentDim),
      ),
      ...mapsOf('reals', maps.split(player)),
      ...mapsOf('fakes', maps.split(player)),
    });
    const logged = (step + 1) % logEvery === 0 || step + 1 === steps;
    return {
      discriminator: inputsOf('discriminator'),
      generator: updates === 'together' ? undefined : inputsOf('generator'),
      heldOut: logged ? unseen(random.split('held out').split(step)) : undefined,
    };
  };
}
