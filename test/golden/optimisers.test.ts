import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { crossEntropy } from '../../classifier/step.js';
import { openEngine } from '../../src/engine/open.js';
import { Adam } from '../../src/train/adam.js';
import type { Optimiser } from '../../src/train/optimiser.js';
import { Sgd } from '../../src/train/sgd.js';
import type { NamedVariables } from '../../src/train/variables.js';
import { type ExpectedTensor, expectAllClose, expectClose } from '../support/close.js';
import { uniform } from './formula.js';

interface Case {
  readonly weightDecay: number;
  readonly steps: readonly Record<string, ExpectedTensor>[];
}

interface Goldens extends Record<'adamw' | 'sgd' | 'momentum' | 'nesterov', Case> {
  readonly rates: readonly number[];
  readonly weightedLoss: {
    readonly weights: number[];
    readonly labels: number[];
    readonly loss: ExpectedTensor;
    readonly gradient: ExpectedTensor;
  };
}

const goldens = JSON.parse(
  readFileSync(new URL('optimisers.json', import.meta.url), 'utf8'),
) as Goldens;

const shapes = { 'layer/kernel': [2, 3], 'layer/bias': [3] };

const optimisers = {
  adamw: (variables: NamedVariables, weightDecay: number): Optimiser =>
    new Adam('adam', variables, { beta1: 0.9, beta2: 0.99, weightDecay }),
  sgd: (variables: NamedVariables, weightDecay: number): Optimiser =>
    new Sgd('sgd', variables, { momentum: 0, nesterov: false, weightDecay }),
  momentum: (variables: NamedVariables, weightDecay: number): Optimiser =>
    new Sgd('sgd', variables, { momentum: 0.9, nesterov: false, weightDecay }),
  nesterov: (variables: NamedVariables, weightDecay: number): Optimiser =>
    new Sgd('sgd', variables, { momentum: 0.8, nesterov: true, weightDecay }),
};

describe.each(['cpu', 'wasm'] as const)('against PyTorch, on %s', (engine) => {
  beforeAll(() => openEngine(engine));

  it.each(['adamw', 'sgd', 'momentum', 'nesterov'] as const)('five updates of %s', (name) => {
    const { weightDecay, steps } = goldens[name];
    const variables = new Map(
      Object.entries(shapes).map(([name, shape]) => [name, tf.variable(uniform(name, shape))]),
    );
    const optimiser = optimisers[name](variables, weightDecay);
    steps.forEach((expected, i) => {
      const gradients = Object.entries(shapes).map(
        ([name, shape]) =>
          [name, uniform(`gradient_${i}/${name}`, shape, { scale: 2 ** -i })] as const,
      );
      optimiser.apply(new Map(gradients), tf.scalar(goldens.rates[i]!));
      expectAllClose(variables, expected, 2e-6);
    });
    optimiser.dispose();
    for (const [name, { isDisposed }] of optimiser.state) expect(isDisposed, name).toBe(true);
  });

  it('the cross-entropy of weighted classes', () => {
    const { weights, labels, loss, gradient } = goldens.weightedLoss;
    const logits = uniform('logits', [4, 3], { scale: 2 });
    const targets = tf.oneHot(tf.tensor1d(labels, 'int32'), 3);
    const lossOf = (z: tf.Tensor) => crossEntropy(z, targets, weights);
    expectClose(lossOf(logits), loss, { relative: 1e-6 });
    expectClose(tf.grad(lossOf)(logits), gradient, { relative: 1e-5 });
  });
});
