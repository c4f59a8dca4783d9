import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { RandomStream } from '../../../src/random.js';
import { expectCompiledMatches, normal } from '../../support/compiled.js';

type Pair = [number, number];

describe('depthwiseConv2d', () => {
  it.each<[Pair, Pair, number, Pair, 'same' | 'valid' | number]>([
    [[5, 6], [3, 3], 1, [1, 1], 'same'],
    [[5, 6], [3, 3], 2, [1, 1], 'valid'],
    [[7, 7], [3, 3], 1, [2, 2], 'same'],
    [[8, 8], [2, 3], 3, [2, 2], 'valid'],
    [[6, 6], [1, 1], 2, [1, 1], 'same'],
    [[6, 6], [2, 2], 1, [2, 2], 'same'],
    [[6, 6], [3, 3], 1, [2, 2], 1],
    // The number of windows along both axes follows from the height of one.
    [[6, 8], [4, 1], 1, [1, 1], 1],
    [[6, 8], [3, 1], 2, [2, 2], 0],
  ])(
    'of image %j, kernel %j, multiplier %i, strides %j, padding %s',
    async (image, kernel, multiplier, strides, padding) => {
      const random = RandomStream.fromSeed(1);
      const tensors = {
        x: normal(random, [2, ...image, 3]),
        filter: normal(random, [...kernel, 3, multiplier]),
      };
      await expectCompiledMatches(
        ({ x, filter }) =>
          tf.depthwiseConv2d(x! as tf.Tensor4D, filter! as tf.Tensor4D, strides, padding),
        tensors,
      );
    },
  );

  it('channels first, of which the `cpu` backend makes nothing', async () => {
    const random = RandomStream.fromSeed(4);
    const step = compileStep(({ x, filter }) => {
      const image = x! as tf.Tensor4D;
      const weights = filter! as tf.Tensor4D;
      const last = tf.transpose(image, [0, 2, 3, 1]);
      return {
        first: tf.depthwiseConv2d(image, weights, 1, 'same', 'NCHW'),
        last: tf.transpose(tf.depthwiseConv2d(last, weights, 1, 'same'), [0, 3, 1, 2]),
      };
    });
    const { first, last } = await step({
      x: normal(random, [2, 3, 5, 4]),
      filter: normal(random, [3, 2, 3, 2]),
    });
    expect(first).toEqual(last);
  });

  it('dilates', async () => {
    const random = RandomStream.fromSeed(2);
    const tensors = { x: normal(random, [2, 8, 9, 3]), filter: normal(random, [3, 2, 3, 2]) };
    await expectCompiledMatches(
      ({ x, filter }) =>
        tf.depthwiseConv2d(x! as tf.Tensor4D, filter! as tf.Tensor4D, 1, 'same', 'NHWC', [2, 3]),
      tensors,
    );
  });
});

describe('fused.depthwiseConv2d', () => {
  it('adds a bias and applies an activation', async () => {
    const random = RandomStream.fromSeed(3);
    const tensors = {
      x: normal(random, [2, 5, 5, 2]),
      filter: normal(random, [3, 3, 2, 2]),
      bias: normal(random, [4]),
    };
    await expectCompiledMatches(
      ({ x, filter, bias }) =>
        (['linear', 'relu6'] as const).map((activation) =>
          tf.fused.depthwiseConv2d({
            x: x! as tf.Tensor4D,
            filter: filter! as tf.Tensor4D,
            strides: 1,
            pad: 'same',
            bias: bias!,
            activation,
          }),
        ),
      tensors,
    );
  });
});

describe('separableConv2d', () => {
  it('mixes space and channels apart', async () => {
    const random = RandomStream.fromSeed(4);
    const tensors = {
      x: normal(random, [2, 6, 5, 3]),
      depthwise: normal(random, [3, 3, 3, 2]),
      pointwise: normal(random, [1, 1, 6, 4]),
    };
    await expectCompiledMatches(
      ({ x, depthwise, pointwise }) =>
        tf.separableConv2d(
          x! as tf.Tensor4D,
          depthwise! as tf.Tensor4D,
          pointwise! as tf.Tensor4D,
          [2, 2],
          'same',
        ),
      tensors,
    );
  });
});
