import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AdversarialLoss, adversarialLosses } from '../../src/adversarial/losses.js';
import { openEngine } from '../../src/engine/open.js';
import { Adam } from '../../src/train/adam.js';
import { gradientsOf } from '../../src/train/gradients.js';
import { Player } from '../../src/train/player.js';
import { modelVariables, type NamedVariables } from '../../src/train/variables.js';
import { lossNames } from '../../translation/names.js';
import { discriminatorOf, generatorOf } from '../../translation/players.js';
import { discriminatorStep, generatorStep, type Players } from '../../translation/steps.js';
import { expectAllClose, expectClose } from '../support/close.js';
import { assignInitialWeights, uniform } from './formula.js';
import { type Goldens, readGoldens } from './read.js';

const goldens = readGoldens('translation');
const forward = { relative: 1e-5 };
const backward = 1e-4;

type StepGolden = Goldens['translation']['steps'][number];

/** Everyone at their initial weights, with fresh optimisers. */
function makePlayers({ config }: StepGolden): Players {
  const { imageShape, optimiser } = config;
  const player = (name: string, build: () => ReturnType<typeof generatorOf>): Player => {
    const made = new Player({
      name,
      build,
      optimiser: (variables: NamedVariables) => new Adam(`adam/${name}`, variables, optimiser),
    });
    assignInitialWeights(made.variables);
    return made;
  };
  const generator = () => generatorOf(config.generator, imageShape, {});
  const discriminator = () => discriminatorOf(config.discriminator, imageShape, {});
  return {
    aToB: player('aToB', generator),
    bToA: player('bToA', generator),
    discriminatorA: player('discriminatorA', discriminator),
    discriminatorB: player('discriminatorB', discriminator),
  };
}

/** What the first step's gradients were: Adam's first moment is (1 − β₁) · g. */
function gradientsSeenBy({ optimiser, trainables }: Player, beta1: number): [string, tf.Tensor][] {
  const [, moments] = [...optimiser.state].find(([name]) => name.endsWith('/m'))!;
  const parts = tf.split(
    moments,
    [...trainables.values()].map(({ size }) => size),
  );
  return [...trainables].map(([name, { shape }], i) => [
    name,
    tf.div(tf.reshape(parts[i]!, shape), 1 - beta1),
  ]);
}

/** Holds an update to what PyTorch makes of it: reports, gradients, weights. */
function expectUpdate(
  learners: readonly Player[],
  reports: Record<string, tf.Tensor>,
  golden: StepGolden['generators'],
  beta1: number,
): void {
  expectAllClose(new Map(Object.entries(reports)), golden.reports, backward);
  const seen = new Map(learners.flatMap((player) => gradientsSeenBy(player, beta1)));
  expectAllClose(seen, golden.gradients, backward);
  const variables = new Map(learners.flatMap(({ variables: own }) => [...own]));
  for (const [name, expected] of Object.entries(golden.updated)) {
    expectClose(variables.get(name)!, expected, { relative: backward, what: name });
  }
}

/** Those that every machine has. */
const engines = ['cpu', 'wasm'] as const;

describe.each(engines)('against PyTorch, on %s', (engine) => {
  beforeAll(() => openEngine(engine));

  const cases = [
    ...goldens.generators.map((golden) => ({
      golden,
      build: () => generatorOf(golden.config, [8, 8, 2], {}),
    })),
    ...goldens.discriminators.map((golden) => ({
      golden,
      build: () => discriminatorOf(golden.config, [8, 8, 2], {}),
    })),
  ];
  it.each(cases)('the model $golden.config', ({ golden, build }) => {
    const model = build();
    const variables = modelVariables(model, 'model');
    assignInitialWeights(variables);
    const image = tf.variable(uniform('image', [2, 8, 8, 2]));
    const { reports, gradients } = gradientsOf(
      () => {
        const output = model.apply(image, { training: true }) as tf.Tensor;
        return { loss: tf.sum<tf.Scalar>(tf.mul(output, uniform('dy', output.shape))), output };
      },
      new Map<string, tf.Variable>([['image', image], ...variables]),
    );
    expectClose(reports.output, golden.output, forward);
    expectAllClose(gradients, golden.gradients, backward);
  });

  it.each(lossNames)('the %s loss', (name) => {
    const loss: AdversarialLoss = adversarialLosses[name];
    const [real, fake] = ['real', 'fake'].map((side) => uniform(side, [3, 4, 1], { scale: 2 }));
    expectClose(loss.discriminator(real!, fake!), goldens.losses[name].discriminator, forward);
    expectClose(loss.generator(real!, fake!), goldens.losses[name].generator, forward);
  });

  it.each(goldens.steps)('both updates: $config.loss, $config.generator.arch', (golden) => {
    const { config } = golden;
    const { learningRate, beta1 } = config.optimiser;
    const players = makePlayers(golden);
    const images = (prefix = '') => ({
      a: uniform(`${prefix}a`, [2, ...config.imageShape]),
      b: uniform(`${prefix}b`, [2, ...config.imageShape]),
    });
    const rates = { learningRate: tf.scalar(learningRate), emaDecay: tf.scalar(0.9) };
    const told = tf.tidy(() => generatorStep(players, config)({ ...images(), ...rates }));
    expectUpdate([players.aToB, players.bToA], told, golden.generators, beta1);

    const { a: fakeA, b: fakeB } = images('old ');
    const penalised = config.penalty.kind !== 'none';
    const judged = tf.tidy(() =>
      discriminatorStep(players, { ...config, penalised })({ ...images(), fakeA, fakeB, ...rates }),
    );
    const judges = [players.discriminatorA, players.discriminatorB];
    expectUpdate(judges, judged, golden.discriminators, beta1);
    expect(Object.keys(judged)).toHaveLength(penalised ? 12 : 8);
  });
});
