import * as tf from '@tensorflow/tfjs-core';
import { describe, it } from 'vitest';
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

  it('dilates, which TensorFlow.js does not differentiate', async () => {
    const random = RandomStream.fromSeed(2);
    const tensors = { x: normal(random, [2, 8, 9, 3]), filter: normal(random, [3, 2, 3, 2]) };
    await expectCompiledMatches(
      ({ x, filter }) =>
        tf.depthwiseConv2d(x! as tf.Tensor4D, filter! as tf.Tensor4D, 1, 'same', 'NHWC', [2, 3]),
      tensors,
      { gradientsOf: [] },
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
