import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ClassifierConfig } from '../../classifier/config.js';
import { buildClassifier } from '../../classifier/model.js';
import { createOptimiser } from '../../classifier/optimiser.js';
import { classifierPresets } from '../../classifier/presets.js';
import { classifierStep, classifierUpdate, maskInput } from '../../classifier/step.js';
import { discriminatorOf, generatorOf } from '../../gan/players.js';
import { ganPresets } from '../../gan/presets.js';
import { discriminatorStep, generatorStep, type Players } from '../../gan/steps.js';
import { togetherStep } from '../../gan/together.js';
import type { LossName } from '../../src/adversarial/losses.js';
import { compileStep } from '../../src/compile/compile.js';
import {
  float32,
  type HostTensor,
  type RunnableStep,
  type StepFunction,
  scalar,
} from '../../src/compile/step.js';
import { mendSecondOrderGradients } from '../../src/compile/trace/second-order.js';
import { drawMasks } from '../../src/mixer/dropout.js';
import { seededInitialisation } from '../../src/mixer/initialisation.js';
import type { StemKind } from '../../src/mixer/stem-kinds.js';
import { RandomStream } from '../../src/random.js';
import { Adam } from '../../src/train/adam.js';
import { Player } from '../../src/train/player.js';
import type { NamedVariables } from '../../src/train/variables.js';
import {
  compileInParts,
  cpuEngine,
  expectSameTensors,
  type HostTensors,
  integers,
  interpret,
  normal,
} from '../support/compiled.js';

/** Tensors that are smaller than this, some zero but for rounding, are compared as if they were not. */
const smallest = 1e-2;

/** Something to train: steps by name, and the variables that they share. */
interface Trainee {
  readonly steps: Readonly<Record<string, StepFunction>>;
  readonly variables: Readonly<Record<string, tf.Variable>>;
}

/** Which step to run, and on what. */
type Run = readonly [step: string, inputs: HostTensors];

/**
 * Trains equal trainees, one eagerly on the `cpu` backend, one compiled, one compiled with its batches
 * taken apart, and one whose graphs are interpreted, and asserts equal outputs of every run and equal variables at the end.
 */
async function expectSameTraining(
  make: () => Trainee,
  runs: readonly Run[],
  relative = 1e-3,
): Promise<void> {
  const eager = await train(make(), cpuEngine().compile, runs);
  for (const compile of [compileStep, compileInParts, interpret]) {
    const compiled = await train(make(), compile, runs);
    eager.outputs.forEach((expected, i) => {
      expectSameTensors(compiled.outputs[i]!, expected, relative);
    });
    expectSameTensors(compiled.variables, eager.variables, relative, smallest);
  }
  // Something was learnt.
  expect(eager.variables).not.toEqual(eager.before);
}

async function train(
  { steps, variables }: Trainee,
  compile: (step: StepFunction) => RunnableStep,
  runs: readonly Run[],
) {
  const compiled = Object.fromEntries(
    Object.entries(steps).map(([name, step]) => [name, compile(step)]),
  );
  const before = valuesOf(variables);
  const outputs: HostTensors[] = [];
  for (const [name, inputs] of runs) outputs.push(await compiled[name]!(inputs));
  return { outputs, before, variables: valuesOf(variables) };
}

const valuesOf = (variables: Trainee['variables']): Record<string, HostTensor> =>
  Object.fromEntries(
    Object.entries(variables).map(([name, variable]) => [
      name,
      float32(variable.shape, variable.dataSync<'float32'>().slice()),
    ]),
  );

const random = RandomStream.fromSeed(1);

/**
 * Of optimisers that divide by the size of the gradient. With less, a gradient that is zero but for
 * rounding, as a bias's before a normalisation, would move its weight as far as any other.
 */
const epsilon = 1e-3;

/** One-hot rows. */
function labels(stream: RandomStream, batch: number, classes: number): HostTensor {
  const values = new Float32Array(batch * classes);
  for (let i = 0; i < batch; i++) values[i * classes + stream.integer(classes)] = 1;
  return float32([batch, classes], values);
}

/** The same weights for every model of the same shapes. */
function seedWeights(model: tfl.LayersModel): void {
  const stream = random.split('weights');
  model.setWeights(
    model.getWeights().map((weight) => {
      const scale = weight.rank > 1 ? Math.sqrt(2 / (weight.size / weight.shape.at(-1)!)) : 0;
      const values = stream.normals(weight.size).map((value) => scale * value);
      // Vectors are biases, shifts and means, or scales and variances: they start as they are.
      return weight.rank > 1 ? tf.tensor(values, weight.shape) : weight;
    }),
  );
}

const weightsOf = (model: tfl.LayersModel): Trainee['variables'] =>
  Object.fromEntries(model.weights.map((weight, i) => [`${i}`, weight.read() as tf.Variable]));

/** An update as any TensorFlow.js program would write it. */
function stockStep(model: tfl.LayersModel, optimizer: tf.Optimizer): StepFunction {
  return ({ labels, ...inputs }) => {
    const xs = Object.values(inputs);
    const loss = optimizer.minimize(
      () => {
        const logits = model.apply(xs.length === 1 ? xs[0]! : xs, { training: true }) as tf.Tensor;
        return tf.losses.softmaxCrossEntropy(labels!, logits) as tf.Scalar;
      },
      true,
      model.trainableWeights.map((weight) => weight.read() as tf.Variable),
    );
    return { loss: loss! };
  };
}

describe('a stock MLP', () => {
  const { layers } = tfl;
  const mlp = (optimizer: () => tf.Optimizer) => (): Trainee => {
    const model = tfl.sequential({
      layers: [
        layers.dense({ units: 16, activation: 'relu', inputShape: [10] }),
        layers.dense({ units: 8, activation: 'tanh' }),
        layers.dense({ units: 3 }),
      ],
    });
    seedWeights(model);
    return { steps: { update: stockStep(model, optimizer()) }, variables: weightsOf(model) };
  };
  const stream = random.split('mlp');
  const runs = Array.from(
    { length: 5 },
    (): Run => ['update', { x: normal(stream, [12, 10]), labels: labels(stream, 12, 3) }],
  );

  it.each<[string, () => tf.Optimizer]>([
    ['sgd', () => tf.train.sgd(0.1)],
    ['momentum', () => tf.train.momentum(0.05, 0.9)],
    ['Nesterov momentum', () => tf.train.momentum(0.05, 0.9, true)],
    ['adam', () => tf.train.adam(0.01)],
    ['adamax', () => tf.train.adamax(0.01)],
    ['rmsprop', () => tf.train.rmsprop(0.01)],
    ['centred rmsprop', () => tf.train.rmsprop(0.01, 0.9, 0.5, 1e-6, true)],
    ['adagrad', () => tf.train.adagrad(0.05)],
    ['adadelta', () => tf.train.adadelta(0.5)],
  ])('learns with %s', async (_, optimizer) => {
    await expectSameTraining(mlp(optimizer), runs);
  });
});

describe('a stock CNN', () => {
  const { layers } = tfl;
  const cnn = (optimizer: () => tf.Optimizer) => (): Trainee => {
    const image = tfl.input({ shape: [12, 12, 1] });
    const mask = tfl.input({ shape: [36] });
    const apply = (x: tfl.SymbolicTensor, ...list: tfl.layers.Layer[]): tfl.SymbolicTensor =>
      list.reduce((value, layer) => layer.apply(value) as tfl.SymbolicTensor, x);
    const features = apply(
      image,
      layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', useBias: false }),
      layers.batchNormalization(),
      layers.activation({ activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.separableConv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' }),
      layers.averagePooling2d({ poolSize: 2 }),
      layers.flatten(),
    );
    const dropped = layers.multiply().apply([features, mask]) as tfl.SymbolicTensor;
    const model = tfl.model({
      inputs: [image, mask],
      outputs: apply(dropped, layers.dense({ units: 5 })),
    });
    seedWeights(model);
    return { steps: { update: stockStep(model, optimizer()) }, variables: weightsOf(model) };
  };
  const stream = random.split('cnn');
  const batchOf = (size: number): HostTensors => {
    const mask = integers(stream, [size, 36], 0, 1);
    return {
      image: normal(stream, [size, 12, 12, 1]),
      mask: float32(
        mask.shape,
        Float32Array.from(mask.values, (keep) => 2 * keep),
      ),
      labels: labels(stream, size, 5),
    };
  };

  it.each<[string, () => tf.Optimizer]>([
    ['sgd', () => tf.train.sgd(0.05)],
    ['adam', () => tf.train.adam(0.005, 0.9, 0.999, epsilon)],
    ['rmsprop', () => tf.train.rmsprop(0.002, 0.9, 0, epsilon)],
  ])('learns with %s, on batches of two sizes', async (_, optimizer) => {
    const sizes = [6, 6, 4, 6];
    await expectSameTraining(
      cnn(optimizer),
      sizes.map((size) => ['update', batchOf(size)]),
    );
  });
});

describe('the classifier', () => {
  const task = { imageShape: [8, 8, 1], classNames: ['a', 'b', 'c'] } as const;
  const preset = classifierPresets['digits-quick']!;
  const config: ClassifierConfig = {
    ...preset,
    model: { arch: 'mixer', patch: 4, channels: 12, tokenDim: 8, channelDim: 16, numBlocks: 2 },
  };
  const make = (): Trainee => {
    const player = new Player({
      name: 'model',
      build: () => buildClassifier(config, task).model,
      optimiser: (trainables) => new Adam('adam', trainables, { beta1: 0.9, beta2: 0.99, epsilon }),
    });
    return {
      steps: { update: classifierStep(player) },
      variables: Object.fromEntries(player.state),
    };
  };

  it('learns the same, on batches of two sizes', async () => {
    const stream = random.split('classifier');
    const runs = [6, 6, 5, 6].map(
      (size): Run => [
        'update',
        {
          images: normal(stream, [size, 8, 8, 1]),
          targets: labels(stream, size, 3),
          learningRate: scalar(2e-3),
        },
      ],
    );
    await expectSameTraining(make, runs);
  });
});

describe('the classifier with all that an update can do', () => {
  const task = { imageShape: [8, 8, 1], classNames: ['a', 'b', 'c'] } as const;
  const rates = { rate: 1, finalShare: 1, warmupSteps: 0, schedule: 'cosine' } as const;
  const base: ClassifierConfig = {
    ...classifierPresets['digits-quick']!,
    model: { arch: 'mixer', patch: 4, channels: 12, tokenDim: 8, channelDim: 16, numBlocks: 2 },
    emaDecay: 0.9,
  };
  const make = (config: ClassifierConfig, adamw: boolean) => (): Trainee => {
    const moments = { beta1: 0.9, beta2: 0.99, epsilon, weightDecay: 0.1 };
    const player = new Player({
      name: 'model',
      build: () => buildClassifier(config, task).model,
      optimiser: (trainables) =>
        adamw
          ? new Adam('adam', trainables, moments)
          : createOptimiser(config.optimiser, trainables),
      averaged: true,
    });
    const options = { clipNorm: 0.1, classWeights: [1, 2, 0.5] };
    return {
      steps: {
        gradient: classifierUpdate(player, options).gradient,
        update: classifierStep(player, options),
      },
      variables: Object.fromEntries(player.state),
    };
  };
  const runs = (config: ClassifierConfig): Run[] => {
    const stream = random.split('options');
    const { model } = buildClassifier(config, task);
    return ['gradient', 'update', 'gradient', 'update'].map((name, i) => [
      name,
      {
        images: normal(stream, [6, 8, 8, 1]),
        targets: labels(stream, 6, 3),
        ...Object.fromEntries(
          drawMasks(model, 6, stream.split(i)).map(({ layer, shape, values }) => [
            maskInput(layer),
            float32(shape, values),
          ]),
        ),
        ...(name === 'update' ? { learningRate: scalar(0.02), emaDecay: scalar(0.7) } : {}),
      },
    ]);
  };

  it('learns the same: AdamW, dropout, stochastic depth', async () => {
    const config = { ...base, stochasticDepth: 0.5, dropout: 0.2 };
    await expectSameTraining(make(config, true), runs(config));
  });

  it('learns the same: Nesterov’s momentum, batch normalisation', async () => {
    const config: ClassifierConfig = {
      ...base,
      model: { arch: 'resnet', channels: [4], blocksPerStage: 1 },
      stochasticDepth: 0.5,
      optimiser: { kind: 'sgd', ...rates, momentum: 0.9, nesterov: true, weightDecay: 0.01 },
    };
    await expectSameTraining(make(config, false), runs(config));
  });
});

describe('the GAN', () => {
  beforeAll(mendSecondOrderGradients);

  const imageShape = [8, 8, 1] as const;
  const preset = ganPresets['mnist-quick']!;
  const make = (stem: StemKind, loss: LossName) => (): Trainee => {
    const config = {
      ...preset,
      loss,
      generator: {
        arch: 'mixer' as const,
        latentDim: 6,
        stages: [
          { channels: 8, numBlocks: 1, tokenDim: 4, channelDim: 12 },
          { channels: 6, numBlocks: 1, tokenDim: 8, channelDim: 8 },
        ],
        upsamplingKernel: 4,
      },
      discriminator: {
        arch: 'mixer' as const,
        stem,
        patch: 4,
        channels: 8,
        numBlocks: 1,
        tokenDim: 4,
        channelDim: 12,
      },
    };
    // Gradients of a penalty are large, and their rounding with them.
    const adam = { ...config.optimiser, epsilon: 0.1 };
    const about = (name: string) => ({
      name,
      optimiser: (trainables: NamedVariables) => new Adam(`adam/${name}`, trainables, adam),
    });
    const build = { init: seededInitialisation(RandomStream.fromSeed(config.seed)) };
    const players: Players = {
      generator: new Player({
        ...about('generator'),
        build: () => generatorOf(config.generator, imageShape, build),
        averaged: true,
      }),
      discriminator: new Player({
        ...about('discriminator'),
        build: () => discriminatorOf(config.discriminator, imageShape, build),
      }),
    };
    const { penalty } = config;
    return {
      steps: {
        penalised: discriminatorStep(players, { loss, penalty, penalised: true }),
        plain: discriminatorStep(players, { loss, penalty, penalised: false }),
        generator: generatorStep(players, { loss }),
        together: togetherStep(players, { loss, penalty, penalised: false }),
        togetherPenalised: togetherStep(players, { loss, penalty, penalised: true }),
      },
      variables: Object.fromEntries([...players.generator.state, ...players.discriminator.state]),
    };
  };
  const stream = random.split('gan');
  const batch = 4;
  const learningRate = scalar(1e-2);
  const discriminate = (step: string): Run => [
    step,
    {
      reals: normal(stream, [batch, ...imageShape]),
      latents: normal(stream, [batch, 6]),
      learningRate,
    },
  ];
  const generate = (loss: LossName): Run => {
    const [, { reals, latents }] = discriminate('plain') as [string, Record<string, HostTensor>];
    return [
      'generator',
      {
        ...(loss === 'relativistic' ? { reals: reals! } : {}),
        latents: latents!,
        learningRate,
        emaDecay: scalar(0.9),
      },
    ];
  };

  it.each<[StemKind, LossName]>([
    ['conv', 'relativistic'],
    ['patch', 'non-saturating'],
    ['overlap', 'hinge'],
  ])('learns the same, with stem %s and loss %s', async (stem, loss) => {
    await expectSameTraining(make(stem, loss), [
      discriminate('penalised'),
      generate(loss),
      discriminate('plain'),
      generate(loss),
      discriminate('penalised'),
      generate(loss),
    ]);
  });

  it.each<[StemKind, LossName]>([
    ['conv', 'relativistic'],
    ['patch', 'non-saturating'],
  ])('learns the same together, with stem %s and loss %s', async (stem, loss) => {
    const together = (step: string): Run => {
      const [, { reals, latents }] = discriminate('plain') as [string, Record<string, HostTensor>];
      const rates = { discriminatorRate: learningRate, generatorRate: learningRate };
      return [step, { reals: reals!, latents: latents!, ...rates, emaDecay: scalar(0.9) }];
    };
    await expectSameTraining(make(stem, loss), [
      together('togetherPenalised'),
      together('together'),
      together('togetherPenalised'),
    ]);
  });
});
