import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { scalar, uint8 } from '../../../src/compile/step.js';
import { Batches, evaluationBatches, gatherBytes } from '../../../src/data/batches.js';
import type { ImageDataset } from '../../../src/data/dataset.js';
import { loadDataset } from '../../../src/data/load.js';
import type { Engine } from '../../../src/engine/engine.js';
import { InputError } from '../../../src/errors.js';
import type * as family from '../../../src/family/family.js';
import { createInference } from '../../../src/inference.js';
import { withAbstractModel } from '../../../src/mixer/abstract.js';
import { type Initialisation, seededInitialisation } from '../../../src/mixer/initialisation.js';
import { imageInput, rescale, unitScaling } from '../../../src/mixer/rescaling.js';
import { summarise } from '../../../src/mixer/summary.js';
import { RandomStream } from '../../../src/random.js';
import { FolderRecord } from '../../../src/train/folder-record.js';
import { gradientsOf } from '../../../src/train/gradients.js';
import { trainLoop } from '../../../src/train/loop.js';
import { Player } from '../../../src/train/player.js';
import { Sgd } from '../../../src/train/sgd.js';
import { compileUpdate, gradientStep, updateStep } from '../../../src/train/update.js';
import { assignVariables } from '../../../src/train/variables.js';
import type { ToyConfig } from './family.js';

function build({ bias = false }: ToyConfig, shape: readonly number[], init: Initialisation) {
  const { image, x } = imageInput(shape, unitScaling);
  const flat = tfl.layers.flatten({ name: 'flatten' }).apply(x);
  const kernelInitializer = init.scaledKernel('dense', 1);
  const dense = tfl.layers.dense({ units: 1, useBias: bias, kernelInitializer, name: 'dense' });
  return tfl.model({ inputs: image, outputs: dense.apply(flat) as tfl.SymbolicTensor });
}

const playerOf = (config: ToyConfig, shape: readonly number[]): Player =>
  new Player({
    name: 'model',
    build: () => build(config, shape, seededInitialisation(RandomStream.fromSeed(config.seed))),
    optimiser: (all) => new Sgd('sgd', all, { momentum: 0, nesterov: false, weightDecay: 0 }),
  });

/** Squared errors of images, [B, 1]. */
const errors = (model: tfl.LayersModel, images: tf.Tensor): tf.Tensor =>
  tf.squaredDifference(
    model.apply(images) as tf.Tensor,
    tf.mean(rescale(images, unitScaling), [1, 2]),
  );

async function meanError(engine: Engine, model: tfl.LayersModel, data: ImageDataset) {
  const inputs = { images: [data.height, data.width, data.channels] };
  const options = { inputs, outputs: { error: 1 } };
  const look = createInference(engine, (x) => ({ error: errors(model, x.images!) }), options);
  const all = evaluationBatches(data.count, data.count)[0]!;
  const { error } = await look({ images: gatherBytes(data, all) });
  return error.reduce((a, b) => a + b) / data.count;
}

export const toyTraining: family.Training<ToyConfig> = {
  input(_config, { name, height, width, channels }) {
    if (channels !== 1) throw new InputError(`${name}: a toy sees grey, not ${channels} channels`);
    return { imageShape: [height, width, channels], numClasses: 0 };
  },
  summarise: (config, { imageShape }) =>
    withAbstractModel((init) => build(config, imageShape, init), summarise),
  copies: () => 3,
  async train(config, { train, test }, { begin, engine }) {
    const { imageShape } = toyTraining.input(config, train);
    const player = playerOf(config, imageShape);
    const { model, trainables } = player;
    const { batchSize, rate, every, steps } = config;
    const lossOf = (images: tf.Tensor) => ({ loss: tf.mean<tf.Scalar>(errors(model, images)) });
    const update = compileUpdate(engine, {
      gradient: gradientStep(({ images }) => ({
        ...gradientsOf(() => lossOf(images!), trainables),
        weight: tf.scalar(batchSize),
      })),
      update: updateStep(player),
    });
    const random = RandomStream.fromSeed(config.seed).split('batches');
    const batches = new Batches({ count: train.count, batchSize, random });
    return trainLoop(
      {
        ...(await begin()),
        config: { ...config, task: { imageShape } },
        schedule: { steps, logEvery: every, milestoneEvery: every, saveEvery: every },
        trainee: {
          kind: 'toy',
          variables: player.state,
          async step(step) {
            const pixels = gatherBytes(train, batches.indices(step));
            const images = uint8([batchSize, ...imageShape], pixels);
            const { loss } = await update(() => ({ images }), { learningRate: scalar(rate) });
            return { loss: loss!.values[0]! };
          },
          milestone: async () => ({ testLoss: await meanError(engine, model, test) }),
          headline: ({ loss }) => ({ loss: loss! }),
        },
      },
      FolderRecord.open,
    );
  },
  describe: ({ metrics }, run) => `${run}: off by ${metrics.testLoss}`,
};

const storedSchema = z.object({ task: z.object({ imageShape: z.array(z.number()) }) });

async function restored({ config, checkpoint: load }: family.Trained<ToyConfig>) {
  const checkpoint = await load();
  const player = playerOf(config, storedSchema.parse(checkpoint.config).task.imageShape);
  assignVariables(checkpoint, player.state);
  return { checkpoint, model: player.model };
}

export async function evaluateToy(
  opened: family.OpenedRun<ToyConfig>,
  data: string | undefined,
  context: family.CommandContext,
): Promise<family.Outcome> {
  const { test } = await loadDataset(data ?? opened.config.data);
  const engine = await context.engine();
  const { model, checkpoint } = await restored(opened);
  const error = await meanError(engine, model, test);
  return { document: { step: checkpoint.step, error }, text: () => `off by ${error}` };
}

export const toyExport: family.FamilyExport<ToyConfig> = {
  flags: z.strictObject({}),
  restore: async (opened) => ({
    ...(await restored(opened)),
    ...{ inputs: ['image'], output: 'brightness', description: 'From images to their brightness' },
  }),
};
