import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, it } from 'vitest';
import { buildDiscriminator } from '../../gan/discriminator.js';
import { buildGenerator } from '../../gan/generator.js';
import { lossNames } from '../../gan/names.js';
import { discriminatorStep, generatorStep, type Players } from '../../gan/steps.js';
import { type AdversarialLoss, adversarialLosses } from '../../src/adversarial/losses.js';
import { squaredImageGradients } from '../../src/adversarial/penalty.js';
import { openEngine } from '../../src/engine/open.js';
import { Adam } from '../../src/train/adam.js';
import { gradientsOf } from '../../src/train/gradients.js';
import { Player } from '../../src/train/player.js';
import { modelVariables, type NamedVariables } from '../../src/train/variables.js';
import { expectAllClose, expectClose, valuesOf } from '../support/close.js';
import { assignInitialWeights, uniform } from './formula.js';
import { type Goldens, readGoldens } from './read.js';

const goldens = readGoldens('gan');
const forward = { relative: 1e-5 };
const backward = 1e-4;

type StepGolden = Goldens['gan']['steps'][number];

/** Both players at their initial weights, with fresh optimisers. */
function makePlayers({ config }: StepGolden): Players {
  const optimiser = (variables: NamedVariables) => new Adam('adam', variables, config.optimiser);
  const generator = new Player({
    name: 'generator',
    build: () => buildGenerator(config.generator, config.imageShape),
    optimiser,
    averaged: true,
  });
  const discriminator = new Player({
    name: 'discriminator',
    build: () => buildDiscriminator(config.discriminator, config.imageShape),
    optimiser,
  });
  for (const { variables } of [generator, generator.average!, discriminator]) {
    assignInitialWeights(variables);
  }
  return { generator, discriminator };
}

/** What the first step's gradients were: Adam's first moment is (1 − β₁) · g. */
function gradientsSeenBy({ optimiser, trainables: variables }: Player, beta1: number) {
  const moments = tf.split(
    optimiser.state.get('adam/m')!,
    [...variables.values()].map(({ size }) => size),
  );
  return new Map(
    [...variables].map(([name, { shape }], i) => [
      name,
      tf.div(tf.reshape(moments[i]!, shape), 1 - beta1),
    ]),
  );
}

/** Those that every machine has. */
const engines = ['cpu', 'wasm'] as const;

describe.each(engines)('against PyTorch, on %s', (engine) => {
  beforeAll(() => openEngine(engine));

  it.each(goldens.generators)('a generator with kernels of $config.upsamplingKernel', (golden) => {
    const model = buildGenerator(golden.config, golden.imageShape);
    const variables = modelVariables(model, 'generator');
    assignInitialWeights(variables);
    const latents = uniform('latents', [2, golden.config.latentDim]);
    const { reports, gradients } = gradientsOf(() => {
      const images = model.apply(latents, { training: true }) as tf.Tensor;
      return { loss: tf.sum<tf.Scalar>(tf.mul(images, uniform('dy', images.shape))), images };
    }, variables);
    expectClose(reports.images, golden.images, forward);
    expectAllClose(gradients, golden.gradients, backward);
  });

  it.each(goldens.discriminators)(
    'a discriminator with the $config.stem stem, and the gradients of its images',
    (golden) => {
      const model = buildDiscriminator(golden.config, [8, 8, 2]);
      assignInitialWeights(modelVariables(model, 'discriminator'));
      const { logits, squaredGradients } = squaredImageGradients(
        (images) => model.apply(images, { training: true }) as tf.Tensor,
        uniform('images', [3, 8, 8, 2]),
      );
      expectClose(logits, golden.logits, forward);
      expectClose(squaredGradients, golden.squaredGradients, { relative: backward });
    },
  );

  it.each(lossNames)('the %s loss', (name) => {
    const loss: AdversarialLoss = adversarialLosses[name];
    for (const player of ['discriminator', 'generator'] as const) {
      const golden = goldens.losses[name][player];
      const real = tf.variable(uniform('real', [4, 1], { scale: 2 }));
      const fake = tf.variable(uniform('fake', [4, 1], { scale: 2 }));
      const logits = new Map(
        Object.keys(golden.gradients).map((side) => [side, side === 'real' ? real : fake]),
      );
      const { reports, gradients } = gradientsOf(() => {
        const value = loss[player](real, fake);
        return { loss: value, value: tf.clone(value) };
      }, logits);
      expectClose(reports.value, golden.loss, forward);
      expectAllClose(gradients, golden.gradients, backward);
    }
  });

  it.each(goldens.steps)(
    'a discriminator step: $config.loss, penalty $config.penalty.kind, $config.discriminator.stem stem',
    (golden) => {
      const { loss, penalty, optimiser } = golden.config;
      const players = makePlayers(golden);
      const penalised = penalty.kind !== 'none';
      const step = discriminatorStep(players, { loss, penalty, penalised });
      const reports = tf.tidy(() =>
        step({
          reals: uniform('reals', [3, ...golden.config.imageShape]),
          latents: uniform('latents', [3, golden.config.generator.latentDim]),
          learningRate: tf.scalar(optimiser.learningRate),
        }),
      );
      const { reports: expected, gradients, updated } = golden.discriminator;
      expectAllClose(new Map(Object.entries(reports)), expected, backward);
      if (gradients === undefined || updated === undefined) return;
      const { discriminator } = players;
      expectAllClose(gradientsSeenBy(discriminator, optimiser.beta1), gradients, backward);
      expectAllClose(discriminator.variables, updated, backward);
    },
  );

  it.each(goldens.steps)(
    'a generator step: $config.loss, $config.discriminator.stem stem',
    (golden) => {
      const { loss, optimiser, emaDecay } = golden.config;
      const players = makePlayers(golden);
      const averages = players.generator.average!.variables;
      const averagesBefore = [...averages.values()].map((v) => tf.clone(v));
      const step = generatorStep(players, { loss });
      const reports = tf.tidy(() =>
        step({
          reals: uniform('reals', [3, ...golden.config.imageShape]),
          latents: uniform('latents', [3, golden.config.generator.latentDim]),
          learningRate: tf.scalar(optimiser.learningRate),
          emaDecay: tf.scalar(emaDecay),
        }),
      );
      const { reports: expected, gradients, updated } = golden.generator;
      expectAllClose(new Map(Object.entries(reports)), expected, backward);
      if (gradients === undefined || updated === undefined) return;
      const { generator } = players;
      expectAllClose(gradientsSeenBy(generator, optimiser.beta1), gradients, backward);
      expectAllClose(generator.variables, updated, backward);
      [...averages].forEach(([name, average], i) => {
        const target = updated[name.replace('average', 'generator')]!;
        const values = tf.tensor(target.values as number[], [...target.shape]);
        const averaged = tf.add(tf.mul(averagesBefore[i]!, emaDecay), tf.mul(values, 1 - emaDecay));
        expectClose(average, valuesOf(averaged), { relative: backward, what: name });
      });
    },
  );
});
