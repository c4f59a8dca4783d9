/**
 * What `mixgan bench` times. Inputs are random: a step's time does not depend on the pictures.
 */

import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { defaultModels, type ModelConfig } from '../classifier/architectures/configs.js';
import { buildModel } from '../classifier/architectures/registry.js';
import { classifierStep, predictionStep } from '../classifier/step.js';
import type { GanConfig } from '../gan/config.js';
import { Gan } from '../gan/gan.js';
import { drawAugmentationInputs } from '../gan/steps.js';
import { compileGanStep } from '../gan/updates.js';
import { elementCount } from '../src/arrays.js';
import {
  float32,
  type HostTensor,
  type StepFunction,
  type StepInput,
  scalar,
  uint8,
} from '../src/compile/step.js';
import type { ImageShape } from '../src/data/dataset.js';
import { oneHot } from '../src/data/one-hot.js';
import type { Engine } from '../src/engine/engine.js';
import { mixerSizes } from '../src/mixer/configs/mixer.js';
import { seededInitialisation } from '../src/mixer/initialisation.js';
import { mlpMixer } from '../src/mixer/mixer.js';
import { unitScaling } from '../src/mixer/rescaling.js';
import { summarise } from '../src/mixer/summary.js';
import { RandomStream } from '../src/random.js';
import { Adam } from '../src/train/adam.js';
import { Player } from '../src/train/player.js';
import type { TranslationConfig } from '../translation/config.js';
import { discriminatorStep, generatorStep } from '../translation/steps.js';
import { Translation } from '../translation/translation.js';
import type { WorkloadName } from './names.js';

export interface PreparedWorkload {
  /** One timed step. */
  run(): Promise<void>;
  /** Images that a step takes or makes. */
  readonly images: number;
  /** Floating-point operations of a step's matrix products; undefined where it is not known. */
  readonly flops: number | undefined;
}

/**
 * The GAN whose speeds are quoted: every field is its own, so that they compare from one version to
 * another, whatever becomes of the presets.
 */
export const benchGan: GanConfig = {
  kind: 'gan',
  preset: 'bench',
  data: 'mnist',
  seed: 0,
  steps: 2600,
  batchSize: 64,
  conditional: false,
  attributes: [],
  recognitionWeight: 0,
  temperature: 1,
  generator: {
    arch: 'mixer',
    latentDim: 64,
    stages: [
      { channels: 64, numBlocks: 2, tokenDim: 64, channelDim: 128, branchGain: 1 },
      { channels: 32, numBlocks: 1, tokenDim: 98, channelDim: 64, branchGain: 0 },
    ],
    upsamplingKernel: 4,
  },
  discriminator: {
    arch: 'mixer',
    stem: 'conv',
    patch: 4,
    channels: 64,
    numBlocks: 2,
    tokenDim: 64,
    channelDim: 128,
  },
  loss: 'relativistic',
  updates: 'alternating',
  penalty: { kind: 'r1+r2', gamma: 1, finalShare: 1, every: 8 },
  augmentation: { translatePixels: 0, scale: 0, cutoutPixels: 0 },
  optimiser: {
    generatorRate: 1e-3,
    discriminatorRate: 1e-3,
    finalShare: 1,
    warmupSteps: 0,
    beta1: 0.5,
    beta2: 0.99,
  },
  emaDecay: 0.998,
  logEvery: 32,
  pictureEvery: 200,
  saveEvery: 400,
  evaluateEvery: 0,
};

/** The translations whose speeds are quoted, with sizes of their own for the same reason. */
const benchTranslation: TranslationConfig = {
  kind: 'translation',
  preset: 'bench',
  data: 'emoji:noto,twemoji',
  seed: 0,
  steps: 10_000,
  batchSize: 16,
  attributes: [],
  generator: {
    arch: 'mixer',
    channels: 16,
    halvings: 2,
    numBlocks: 3,
    tokenDim: 64,
    channelDim: 128,
    branchGain: 1,
    norm: 'instance',
    outerKernel: 3,
    upsamplingKernel: 4,
    skip: true,
    residual: true,
  },
  discriminator: {
    arch: 'mixer',
    stem: 'conv',
    patch: 4,
    channels: 64,
    numBlocks: 2,
    tokenDim: 64,
    channelDim: 128,
  },
  loss: 'relativistic',
  penalty: { kind: 'none', gamma: 0, every: 1 },
  cycleWeight: 2,
  identityWeight: 0,
  poolSize: 0,
  augmentation: { flip: false, shift: 0 },
  optimiser: {
    generatorRate: 1e-4,
    discriminatorRate: 1e-4,
    constantShare: 1,
    beta1: 0.5,
    beta2: 0.999,
  },
  emaDecay: 0.99,
  logEvery: 20,
  pictureEvery: 500,
  saveEvery: 500,
};
const benchCyclegan: TranslationConfig = {
  ...benchTranslation,
  batchSize: 4,
  loss: 'lsgan',
  generator: {
    arch: 'cyclegan',
    channels: 32,
    halvings: 2,
    numBlocks: 6,
    norm: 'instance',
    outerKernel: 7,
    upsamplingKernel: 4,
    skip: false,
    residual: false,
  },
  discriminator: { arch: 'patchgan', channels: 32, halvings: 2, norm: 'instance' },
  cycleWeight: 10,
  identityWeight: 5,
};

const numClasses = 10;
const mnistShape: ImageShape = [28, 28, 1];
const mnistSizes: ModelConfig = {
  arch: 'mixer',
  patch: 4,
  channels: 128,
  tokenDim: 64,
  channelDim: 256,
  numBlocks: 4,
};
const cifarShape: ImageShape = [32, 32, 3];
const cifarSizes: ModelConfig = {
  arch: 'mixer',
  patch: 4,
  channels: 120,
  tokenDim: 60,
  channelDim: 480,
  numBlocks: 16,
};

export const workloads: Readonly<Record<WorkloadName, (engine: Engine) => PreparedWorkload>> = {
  'classifier-step': (engine) => classifierWorkload(engine, mnistShape, mnistSizes, 128),
  'classifier-step-cifar': (engine) => classifierWorkload(engine, cifarShape, cifarSizes, 64),
  'resnet-step': (engine) => classifierWorkload(engine, mnistShape, defaultModels.resnet, 64),
  'gan-step': (engine) => ganWorkload(engine, withPenaltyEvery(1)),
  'gan-step-lazy': (engine) => ganWorkload(engine, benchGan),
  'translation-step': (engine) => translationWorkload(engine, benchTranslation),
  'cyclegan-step': (engine) => translationWorkload(engine, benchCyclegan),
  sample: (engine) => samplingWorkload(engine, 64),
  'sample-1': (engine) => samplingWorkload(engine, 1),
  predict: (engine) => predictionWorkload(engine, classifierOf(mnistShape, mnistSizes)),
  'mixer-b16-predict': (engine) => {
    const init = seededInitialisation(RandomStream.fromSeed(0).split('weights'));
    return predictionWorkload(engine, mlpMixer(mixerSizes['B/16'], { init, scaling: unitScaling }));
  },
};

/** Of pixels in 0 … 255. */
function classifierOf(imageShape: ImageShape, model: ModelConfig): LayersModel {
  const init = seededInitialisation(RandomStream.fromSeed(0).split('weights'));
  return buildModel(model, { imageShape, numClasses }, { init, scaling: unitScaling });
}

/** One image at a time. */
function predictionWorkload(engine: Engine, model: LayersModel): PreparedWorkload {
  const step = engine.compile(predictionStep(model), { frozen: true });
  const imageShape = model.inputs[0]!.shape.slice(1) as number[];
  const inputs = { images: pictures([1, ...imageShape]) };
  return {
    run: async () => void (await step(inputs)),
    images: 1,
    flops: summarise(model).flops,
  };
}

function classifierWorkload(
  engine: Engine,
  imageShape: ImageShape,
  sizes: ModelConfig,
  batchSize: number,
): PreparedWorkload {
  const model = classifierOf(imageShape, sizes);
  const player = new Player({
    name: 'model',
    build: () => model,
    optimiser: (trainables) => new Adam('adam', trainables, { beta1: 0.9, beta2: 0.999 }),
  });
  const step = engine.compile(classifierStep(player));
  const inputs = {
    images: pictures([batchSize, ...imageShape]),
    targets: classes(batchSize),
    learningRate: scalar(1e-3),
  };
  return {
    run: async () => void (await step(inputs)),
    images: batchSize,
    // The backward pass takes the products of the forward pass twice over.
    flops: 3 * batchSize * summarise(model).flops,
  };
}

const withPenaltyEvery = (every: number): GanConfig => ({
  ...benchGan,
  penalty: { ...benchGan.penalty, every },
});

/**
 * Both players' updates, `penalty.every` times, so that one of them takes the gradient penalty, where
 * there is one.
 */
export function ganWorkload(engine: Engine, config: GanConfig): PreparedWorkload {
  const { batchSize, conditional, generator, penalty, augmentation } = config;
  const { every } = penalty;
  const players = new Gan(config, mnistShape, conditional ? numClasses : undefined);
  const update = compileGanStep(engine, players, config);
  const [height, width] = mnistShape;
  const maps = (whose: 'reals' | 'fakes') =>
    drawAugmentationInputs(
      whose,
      RandomStream.fromSeed(0),
      { count: batchSize, height, width },
      augmentation,
    );
  const inputs = {
    reals: pictures([batchSize, ...mnistShape]),
    latents: noise('latents', [batchSize, generator.latentDim]),
    ...(conditional && { labels: classes(batchSize) }),
    ...maps('reals'),
    ...maps('fakes'),
  };
  const batches = { discriminator: inputs, generator: inputs };
  const rates = {
    discriminatorRate: scalar(1e-4),
    generatorRate: scalar(1e-4),
    emaDecay: scalar(0.99),
  };
  return {
    run: async () => {
      for (let i = 0; i < every; i++) {
        const penalised = i === 0 && penalty.kind !== 'none';
        await update(penalised, batches, rates);
      }
    },
    images: batchSize * every,
    // How many products the second derivative takes depends on how it is derived.
    flops: undefined,
  };
}

/** Both generators' update, and that of both discriminators, on images of 32 × 32 in colour. */
function translationWorkload(engine: Engine, config: TranslationConfig): PreparedWorkload {
  const { batchSize, optimiser } = config;
  const translation = new Translation(config, cifarShape);
  const generators = engine.compile(generatorStep(translation, config));
  const discriminators = engine.compile(
    discriminatorStep(translation, { ...config, penalised: false }),
  );
  const shape = [batchSize, ...cifarShape];
  const images = { a: pictures(shape), b: pictures(shape) };
  const [generatorRate, discriminatorRate, emaDecay] = [
    scalar(optimiser.generatorRate),
    scalar(optimiser.discriminatorRate),
    scalar(config.emaDecay),
  ];
  return {
    run: async () => {
      const rates = { learningRate: generatorRate, emaDecay };
      const { fakeA, fakeB } = await generators({ ...images, ...rates });
      const fakes = { fakeA: fakeA!, fakeB: fakeB! };
      await discriminators({ ...images, ...fakes, learningRate: discriminatorRate });
    },
    images: 2 * batchSize,
    flops: undefined,
  };
}

function samplingWorkload(engine: Engine, batchSize: number): PreparedWorkload {
  const players = new Gan(benchGan, mnistShape);
  const { model } = players.generator.evaluated;
  const draw: StepFunction = ({ latents }) => ({ images: model.apply(latents!) as Tensor });
  const step = engine.compile(draw, { frozen: true });
  const inputs = { latents: noise('latents', [batchSize, benchGan.generator.latentDim]) };
  return {
    run: async () => void (await step(inputs)),
    images: batchSize,
    flops: batchSize * summarise(model).flops,
  };
}

/** One-hot, [B, K], the classes in turn. */
const classes = (batchSize: number): HostTensor =>
  oneHot(
    Int32Array.from({ length: batchSize }, (_, i) => i % numClasses),
    numClasses,
  );

/** Random bytes. */
function pictures(shape: readonly number[]): StepInput {
  const random = RandomStream.fromSeed(0).split('bench').split('pictures');
  return uint8(
    shape,
    Uint8Array.from({ length: elementCount(shape) }, () => random.integer(256)),
  );
}

/** Standard normal values. */
function noise(name: string, shape: readonly number[]): HostTensor {
  const size = elementCount(shape);
  return float32(shape, RandomStream.fromSeed(0).split('bench').split(name).normals(size));
}
