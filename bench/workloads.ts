/**
 * What `mixgan bench` times. Inputs are random: a step's time does not depend on the pictures.
 */

import type { Tensor } from '@tensorflow/tfjs-core';
import { buildClassifier } from '../classifier/model.js';
import { classifierPresets } from '../classifier/presets.js';
import { classifierStep, predictionStep } from '../classifier/step.js';
import { Gan } from '../gan/gan.js';
import { ganPresets } from '../gan/presets.js';
import { discriminatorStep, generatorStep } from '../gan/steps.js';
import { type Engine, float32, type HostTensor, scalar } from '../src/engine/engine.js';
import { summarise } from '../src/mixer/summary.js';
import { RandomStream } from '../src/random.js';
import { Adam } from '../src/train/adam.js';
import type { WorkloadName } from './names.js';

export interface PreparedWorkload {
  /** One timed step. */
  run(): Promise<void>;
  /** Images that a step takes or makes. */
  readonly batchSize: number;
  /** Floating-point operations of a step's matrix products; undefined where it is not known. */
  readonly flops: number | undefined;
  dispose(): void;
}

const gan = ganPresets['mnist-quick']!;
const imageShape = [28, 28, 1] as const;

/** The classifier that speeds are quoted for: 28×28×1, P 4, C 128, D_S 64, D_C 256, L 4. */
const classifierConfig = {
  ...classifierPresets['digits-quick']!,
  model: { patch: 4, channels: 128, tokenDim: 64, channelDim: 256, numBlocks: 4 },
};
const task = { imageShape, classNames: [...'0123456789'] };

export const workloads: Readonly<Record<WorkloadName, (engine: Engine) => PreparedWorkload>> = {
  'classifier-step': (engine) => {
    const batchSize = 128;
    const { model, variables } = buildClassifier(classifierConfig, task);
    const adam = new Adam('adam', variables, { beta1: 0.9, beta2: 0.999 });
    const step = engine.compile(classifierStep(model, variables, adam));
    const targets = new Float32Array(batchSize * 10);
    for (let i = 0; i < batchSize; i++) targets[i * 10 + (i % 10)] = 1;
    const inputs = {
      images: images(batchSize),
      targets: float32([batchSize, 10], targets),
      learningRate: scalar(1e-3),
    };
    return {
      run: async () => void (await step(inputs)),
      batchSize,
      // The backward pass takes the products of the forward pass twice over.
      flops: 3 * batchSize * summarise(model).flops,
      dispose: () => {
        model.dispose();
        adam.dispose();
      },
    };
  },
  'gan-step': (engine) => ganWorkload(engine, 1),
  'gan-step-lazy': (engine) => ganWorkload(engine, gan.penalty.every),
  sample: (engine) => {
    const batchSize = 64;
    const players = new Gan(gan, imageShape);
    const step = engine.compile(({ latents }) => ({
      images: players.averaged.apply(latents!) as Tensor,
    }));
    const inputs = { latents: latents(batchSize) };
    return {
      run: async () => void (await step(inputs)),
      batchSize,
      flops: batchSize * summarise(players.averaged).flops,
      dispose: () => players.dispose(),
    };
  },
  predict: (engine) => {
    const { model } = buildClassifier(classifierConfig, task);
    const step = engine.compile(predictionStep(model));
    const inputs = { images: images(1) };
    return {
      run: async () => void (await step(inputs)),
      batchSize: 1,
      flops: summarise(model).flops,
      dispose: () => model.dispose(),
    };
  },
};

/** Both players' updates; the gradient penalty is taken at one step in `every`. */
function ganWorkload(engine: Engine, every: number): PreparedWorkload {
  const { batchSize, loss } = gan;
  const players = new Gan(gan, imageShape);
  const penalty = { ...gan.penalty, every };
  const compileDiscriminator = (penalised: boolean) =>
    engine.compile(discriminatorStep(players, { loss, penalty, penalised }));
  const discriminator = {
    penalised: compileDiscriminator(true),
    plain: compileDiscriminator(false),
  };
  const generator = engine.compile(generatorStep(players, { loss }));
  const inputs = {
    reals: images(batchSize),
    latents: latents(batchSize),
    learningRate: scalar(1e-4),
  };
  const cycle = async (): Promise<void> => {
    for (let i = 0; i < every; i++) {
      await discriminator[i === 0 ? 'penalised' : 'plain'](inputs);
      await generator({ ...inputs, emaDecay: scalar(0.99) });
    }
  };
  return {
    run: cycle,
    batchSize: batchSize * every,
    // How many products the second derivative takes depends on the engine's own gradients.
    flops: undefined,
    dispose: () => players.dispose(),
  };
}

const random = RandomStream.fromSeed(0).split('bench');

const images = (count: number): HostTensor =>
  float32([count, ...imageShape], random.split('images').normals(count * 28 * 28));

const latents = (count: number): HostTensor =>
  float32(
    [count, gan.generator.latentDim],
    random.split('latents').normals(count * gan.generator.latentDim),
  );
