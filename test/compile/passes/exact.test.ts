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

describe('the gradient of a ReLU', () => {
  it.each([1, 2000])('is 0, 1 or NaN, of %i times as many numbers', async (times) => {
    const numbers = [1, -1, 0, -0, 1e-45, -1e-45, 1e-38, 3e38, Infinity, -Infinity, Number.NaN];
    const x = vector(...Array.from({ length: times }, () => numbers).flat());
    const step = compileStep(({ x }) => ({ y: tf.grad((x) => tf.relu(x))(x!) }));
    const { y } = await step({ x });
    const wanted = numbers.map((number) => (number > 0 ? 1 : number * 0 === 0 ? 0 : number));
    const expected = wanted.map((value) => (value === Number.NEGATIVE_INFINITY ? 0 : value));
    y!.values.forEach((value, i) => {
      // Either zero will do.
      expect(value + 0).toBe(expected[i % numbers.length]);
    });
  });
});

describe('factors', () => {
  it('stay where numbers would leave the range of float32 without them', async () => {
    const step = compileStep(({ x, y }) => {
      const norm = tf.sqrt(tf.sum(tf.square(tf.mul(y!, 1e-25))));
      return {
        squares: tf.square(tf.mul(x!, 1e-10)),
        norm,
        gradient: tf.grad((y) => tf.sqrt(tf.sum(tf.square(tf.mul(y, 1e-25)))))(y!),
        small: tf.div(tf.mul(x!, 1e-30), tf.mul(x!, 1e-35)),
        none: tf.mul(tf.mul(y!, 0), tf.mul(y!, 2)),
        there: tf.sum(tf.mul(tf.mul(y!, 3e12), 1e-25)),
      };
    });
    const x = vector(1e20, 3e20);
    const y = vector(3e25, 4e25);
    const { squares, norm, gradient, small, none, there } = await step({ x, y });
    const relative = (values: ArrayLike<number>, wanted: readonly number[]) =>
      Array.from(values, (value, i) => Math.abs(value / wanted[i]! - 1));
    expect(Math.max(...relative(squares!.values, [1e20, 9e20]))).toBeLessThan(1e-6);
    expect(norm!.values[0]).toBeCloseTo(5, 5);
    expect(Math.max(...relative(gradient!.values, [6e-26, 8e-26]))).toBeLessThan(1e-6);
    expect(Math.max(...relative(small!.values, [1e5, 1e5]))).toBeLessThan(1e-6);
    expect(Array.from(none!.values)).toEqual([0, 0]);
    expect(Math.max(...relative(there!.values, [2.1e13]))).toBeLessThan(1e-6);
  });

  it('stay in large layers, where a product could take them', async () => {
    const size = 256;
    const a = float32([size, size], new Float32Array(size * size).fill(1e-12));
    const step = compileStep(({ a }) => {
      const product = tf.matMul(a!, a!);
      return { scaled: tf.max(tf.mul(product, 1e-30)), product: tf.max(product) };
    });
    const { scaled, product } = await step({ a });
    expect(scaled!.values[0]).toBe(0);
    expect(product!.values[0]! / 2.56e-22).toBeCloseTo(1, 5);
  });
});
