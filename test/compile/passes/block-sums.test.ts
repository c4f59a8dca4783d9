import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { float32 } from '../../../src/compile/step.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

it('products of a row and a column of 2²⁰ equal terms are as exact as their sum', async () => {
  const length = 2 ** 20;
  const tenths = float32([length], new Float32Array(length).fill(0.1));
  const ones = float32([length], new Float32Array(length).fill(1));
  const step = compileStep(({ x, y }) => ({
    dot: tf.dot(x!, y!),
    itself: tf.dot(x!, tf.mul(x!, 3)),
    along: tf.matMul(tf.reshape(x!, [1, length]), tf.reshape(y!, [1, length]), false, true),
    sum: tf.sum(tf.mul(x!, y!)),
    gradient: tf.sum(tf.grad((y) => tf.square(tf.dot(x!, y)))(y!)),
  }));
  const results = await step({ x: tenths, y: ones });
  const tenth = Math.fround(0.1);
  const sum = length * tenth;
  const expected = {
    ...{ dot: sum, itself: 3 * sum * tenth, along: sum, sum },
    gradient: 2 * sum * sum,
  };
  for (const [name, value] of Object.entries(expected)) {
    expect(Math.abs(results[name]!.values[0]! / value - 1), name).toBeLessThan(1e-5);
  }
  expect(results.along!.shape).toEqual([1, 1]);
  await step.dispose();
});
