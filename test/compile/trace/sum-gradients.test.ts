import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { mendSecondOrderGradients } from '../../../src/compile/trace/second-order.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  mendSecondOrderGradients();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const ops = { sum: tf.sum, mean: tf.mean } as const;

describe.each(['sum', 'mean'] as const)('the gradient of a %s', (name) => {
  const op = ops[name];

  it.each([
    { axis: undefined, terms: 6 },
    { axis: 0, terms: 2 },
    { axis: -1, terms: 3 },
    { axis: [0, 1], terms: 6 },
  ])('along $axis is that of each term', ({ axis, terms }) => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    const share = name === 'sum' ? 1 : 1 / terms;
    const gradient = tf.grad((y: tf.Tensor) => tf.mul(2, op(y, axis)))(x);
    expect(Array.from(gradient.dataSync())).toEqual(
      Array.from(Float32Array.of(...new Array<number>(6).fill(2 * share))),
    );
  });

  it('is made of no array as large as what is summed', () => {
    const x = tf.zeros([64, 64]);
    const make = vi.spyOn(tf.engine(), 'makeTensor');
    tf.grad((y: tf.Tensor) => op(tf.square(y)))(x);
    const longest = Math.max(...make.mock.calls.map(([values]) => values.length));
    expect(longest).toBeLessThan(64);
  });
});
