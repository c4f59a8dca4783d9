import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { float32 } from '../../../src/compile/step.js';
import { expectCompiledMatches, forward } from '../../support/compiled.js';

const vector = (...values: number[]) => float32([values.length], Float32Array.from(values));

describe('sigmoid', () => {
  const x = vector(-15, -18, -20, -50, -88, -90, -103, -200, 0, 1, 17, 40, 89, 3e38);

  it('is right far below zero, and so is its logarithm', async () => {
    const step = compileStep(({ x }) => ({ y: tf.sigmoid(x!), log: tf.log(tf.sigmoid(x!)) }));
    const { y, log } = await step({ x });
    Array.from(x.values).forEach((value, i) => {
      const exact = Math.fround(1 / (1 + Math.exp(-value)));
      expect(Math.abs(y!.values[i]! - exact)).toBeLessThanOrEqual(3e-7 * exact);
      expect(log!.values[i]).toBeCloseTo(Math.log(exact), 5);
    });
  });

  it('is right in swish and in the gradients of softplus and its logarithm', async () => {
    await expectCompiledMatches(
      ({ x }) => [tf.mul(x!, tf.sigmoid(x!)), tf.softplus(x!), tf.logSigmoid(x!)],
      { x: vector(-15, -18, -20, -50, 15, 18, 20, 50) },
    );
  });

  it('knows infinity and NaN', async () => {
    const x = vector(Infinity, -Infinity, Number.NaN);
    await expectCompiledMatches(({ x }) => tf.sigmoid(x!), { x }, forward);
  });

  it('lets a logistic regression train on from a loss of 20', async () => {
    const step = compileStep(({ w }) => {
      const loss = (w: tf.Tensor) => tf.neg(tf.log(tf.sigmoid(w))) as tf.Scalar;
      const { value, grad } = tf.valueAndGrad(loss)(w!);
      return { value, grad };
    });
    const { value, grad } = await step({ w: vector(-20) });
    expect(value!.values[0]).toBeCloseTo(20, 5);
    expect(grad!.values[0]).toBeCloseTo(-1, 6);
  });
});

describe('tanh', () => {
  it('stays within ±1', async () => {
    const numbers = Float32Array.from({ length: 4000 }, (_, i) => (i - 2000) / 100);
    const step = compileStep(({ x }) => ({ y: tf.tanh(x!) }));
    const { y } = await step({ x: float32([numbers.length], numbers) });
    expect(Math.max(...y!.values.map(Math.abs))).toBe(1);
  });
});
