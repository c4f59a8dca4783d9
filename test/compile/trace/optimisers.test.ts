import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { float32 } from '../../../src/compile/step.js';
import { RandomStream } from '../../../src/random.js';
import { expectClose, valuesOf } from '../../support/close.js';

/** What stock optimisers keep to themselves. */
type Stock = tf.Optimizer & {
  learningRate: number;
  iterations: number;
  setLearningRate?(rate: number): void;
};

const optimisers: Readonly<Record<string, () => tf.Optimizer>> = {
  sgd: () => tf.train.sgd(0.1),
  momentum: () => tf.train.momentum(0.05, 0.9),
  nesterov: () => tf.train.momentum(0.05, 0.9, true),
  adagrad: () => tf.train.adagrad(0.1),
  adadelta: () => tf.train.adadelta(0.001),
  adam: () => tf.train.adam(0.05),
  adamax: () => tf.train.adamax(0.05, 0.9, 0.999, 1e-7, 0.01),
  rmsprop: () => tf.train.rmsprop(0.02, 0.9, 0.5),
  'centred rmsprop': () => tf.train.rmsprop(0.01, 0.9, 0.5, 1e-7, true),
};

const random = RandomStream.fromSeed(3);
const xs = random.normals(8 * 3);
const ys = random.normals(8);

/** A regression, eagerly and compiled, from the same start. */
function regression(make: () => tf.Optimizer) {
  const one = () => {
    const weight = tf.variable(tf.tensor2d([0.3, -0.2, 0.5], [3, 1]));
    const bias = tf.variable(tf.tensor1d([0.1]));
    const optimiser = make() as Stock;
    const loss = (x: tf.Tensor, y: tf.Tensor) =>
      optimiser.minimize(
        () => tf.losses.meanSquaredError(y, tf.add(tf.matMul(x, weight), bias)) as tf.Scalar,
        true,
        [weight, bias],
      )!;
    return { weight, bias, optimiser, loss };
  };
  const [eager, fast] = [one(), one()];
  const step = compileStep(({ x, y }) => ({ loss: fast.loss(x!, y!) }));
  return {
    eager,
    fast,
    stepEagerly: () =>
      tf.tidy(() => eager.loss(tf.tensor2d(xs, [8, 3]), tf.tensor2d(ys, [8, 1])).dataSync()[0]!),
    step: async () => {
      const { loss } = await step({ x: float32([8, 3], xs), y: float32([8, 1], ys) });
      return loss!.values[0]!;
    },
    dispose: () => step.dispose(),
  };
}

/** An optimiser's weights as they are now. */
const copiesOf = async (optimiser: tf.Optimizer) =>
  (await optimiser.getWeights()).map(({ name, tensor }) => ({ name, tensor: tf.clone(tensor) }));

describe.each(Object.entries(optimisers))('%s in a compiled step', (name, make) => {
  it('makes the steps that it makes eagerly, and counts them', async () => {
    const { eager, fast, step, stepEagerly, dispose } = regression(make);
    for (let i = 0; i < 50; i++) {
      const expected = stepEagerly();
      expect(await step()).toBeCloseTo(expected, 4);
      expect(fast.optimiser.iterations).toBe(i + 1);
    }
    expectClose(fast.weight, valuesOf(eager.weight), { relative: 1e-4 });
    await dispose();
  });

  it('follows its learning rate without another trace', async () => {
    const { eager, fast, step, stepEagerly, dispose } = regression(make);
    for (const rate of [0.03, 0.01, 0.02]) {
      for (const { optimiser } of [eager, fast]) {
        if (optimiser.setLearningRate) optimiser.setLearningRate(rate);
        else optimiser.learningRate = rate;
      }
      for (let i = 0; i < 5; i++) expect(await step()).toBeCloseTo(stepEagerly(), 4);
    }
    expectClose(fast.weight, valuesOf(eager.weight), { relative: 1e-4 });
    await dispose();
  });

  it.skipIf(name === 'adamax')('goes on from the weights that it gave away', async () => {
    const { eager, fast, step, stepEagerly, dispose } = regression(make);
    const steps = async (count: number) => {
      for (let i = 0; i < count; i++) expect(await step()).toBeCloseTo(stepEagerly(), 4);
    };
    await steps(10);
    const both = [fast.optimiser, eager.optimiser];
    const kept = await Promise.all(both.map(copiesOf));
    await steps(10);
    const [actual, expected] = await Promise.all(both.map(copiesOf));
    expect(actual![0]!.tensor.dataSync()[0]).toBe(20);
    actual!.forEach(({ name, tensor }, i) => {
      expectClose(tensor, valuesOf(expected![i]!.tensor), {
        relative: 1e-4,
        floor: 1e-3,
        what: name,
      });
    });
    await Promise.all(both.map((optimiser, i) => optimiser.setWeights(kept[i]!)));
    await steps(5);
    expect(fast.optimiser.iterations).toBe(15);
    await dispose();
  });
});

it('is traced anew when another setting of its optimiser changes', async () => {
  const { eager, fast, step, stepEagerly, dispose } = regression(() => tf.train.adam(0.05));
  for (const beta1 of [0.9, 0.5, 0.9]) {
    for (const { optimiser } of [eager, fast]) Object.assign(optimiser, { beta1 });
    for (let i = 0; i < 4; i++) expect(await step()).toBeCloseTo(stepEagerly(), 5);
  }
  await dispose();
});

describe('a step that has to do with the learning rate itself', () => {
  const weight = () => tf.variable(tf.tensor1d([1, 2]));
  const loss = (of: tf.Variable) => () => tf.sum(tf.square(of)) as tf.Scalar;

  it('is refused when it sets it, with the line, and leaves it as it was', async () => {
    const optimiser = tf.train.adam(0.1) as tf.AdamOptimizer & { learningRate: number };
    const of = weight();
    const step = compileStep(() => {
      optimiser.learningRate = 0.1 / (1 + (optimiser as unknown as Stock).iterations);
      return { loss: optimiser.minimize(loss(of), true, [of])! };
    });
    await expect(step({})).rejects.toThrow(
      /sets the learning rate of Adam .*optimisers\.test\.ts:\d+/,
    );
    expect(optimiser.learningRate).toBe(0.1);
    await step.dispose();
  });

  it('is refused when it computes with it', async () => {
    const optimiser = tf.train.adam(0.1) as tf.AdamOptimizer & { learningRate: number };
    const of = weight();
    const step = compileStep(() => {
      optimiser.minimize(loss(of), false, [of]);
      return { rate: tf.scalar(optimiser.learningRate) };
    });
    await expect(step({})).rejects.toThrow(/does something else each time/);
    expect(optimiser.learningRate).toBe(0.1);
    await step.dispose();
  });
});
