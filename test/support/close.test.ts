import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { expectAllClose, expectClose } from './close.js';

describe('expectClose', () => {
  const expected = { shape: [2, 3], values: [1, 2, 3, 4, 5, 10] };

  it('measures the difference against the largest element', () => {
    const actual = tf.tensor2d([1.009, 2, 3, 4, 5, 10], [2, 3]);
    expect(() => expectClose(actual, expected, { relative: 1e-3 })).not.toThrow();
  });

  it('tells the worst element', () => {
    const actual = tf.tensor2d([1.1, 2, 3, 4, 5.5, 10], [2, 3]);
    expect(() => expectClose(actual, expected, { relative: 1e-3, what: 'logits' })).toThrow(
      'logits: 2 of 6 elements are off; the worst is [1,1], 5.5 for 5, off by 5.0e-2 of the largest, allowed 0.001',
    );
  });

  it('refuses NaN wherever it is', () => {
    const actual = tf.tensor2d([1, 2, 3, Number.NaN, 5, 10], [2, 3]);
    expect(() => expectClose(actual, expected, { relative: 1 })).toThrow(
      'tensor: 1 of 6 elements are off; the worst is [1,0], NaN for 4',
    );
  });

  it('refuses another shape with the same values', () => {
    const actual = tf.tensor1d([1, 2, 3, 4, 5, 10]);
    expect(() => expectClose(actual, expected, { relative: 1 })).toThrow(
      'shape [6], expected [2,3]',
    );
  });

  it('holds zeros to the floor', () => {
    const zeros = { shape: [2], values: [0, 0] };
    const actual = tf.tensor1d([0, 1e-5]);
    expect(() => expectClose(actual, zeros, { relative: 1e-3, floor: 0.1 })).not.toThrow();
    expect(() => expectClose(actual, zeros, { relative: 1e-3, floor: 0.001 })).toThrow('1 of 2');
    expect(() => expectClose(actual, zeros, { relative: 1e-3 })).toThrow('1 of 2');
  });
});

describe('expectAllClose', () => {
  const expected = { a: { shape: [1], values: [100] }, b: { shape: [1], values: [0] } };

  it('holds each tensor to its own size, but no less than a hundredth of the largest', () => {
    const close = (a: number, b: number) => () =>
      expectAllClose(
        new Map([
          ['a', tf.tensor1d([a])],
          ['b', tf.tensor1d([b])],
        ]),
        expected,
        1e-2,
      );
    expect(close(100.9, 0.009)).not.toThrow();
    expect(close(101.1, 0)).toThrow('a: 1 of 1');
    expect(close(100, 0.011)).toThrow('b: 1 of 1');
  });

  it('names tensors that only one side has', () => {
    const actual = new Map([
      ['a', tf.tensor1d([100])],
      ['c', tf.tensor1d([0])],
    ]);
    expect(() => expectAllClose(actual, expected, 1)).toThrow('missing: b; not expected: c');
  });
});
