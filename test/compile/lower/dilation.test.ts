import * as tf from '@tensorflow/tfjs-core';
import { describe, it } from 'vitest';
import { RandomStream } from '../../../src/random.js';
import {
  expectCompiledMatches,
  forward,
  integers,
  normal,
  type TensorFunction,
} from '../../support/compiled.js';

type Pair = [number, number];

describe('dilation2d', () => {
  it.each<[Pair, Pair, Pair, 'same' | 'valid', Pair]>([
    [[5, 6], [3, 3], [1, 1], 'same', [1, 1]],
    [[5, 6], [3, 2], [1, 1], 'valid', [1, 1]],
    [[7, 6], [2, 3], [2, 2], 'same', [1, 1]],
    [[7, 6], [2, 2], [3, 3], 'valid', [1, 1]],
    [[7, 8], [2, 3], [1, 1], 'same', [2, 2]],
  ])(
    'of image %j, filter %j, strides %j, padding %s, dilations %j',
    async (image, size, strides, padding, dilations) => {
      const random = RandomStream.fromSeed(1);
      const x = normal(random, [2, ...image, 3]);
      // Few numbers make many equal maxima, of which the first gets the gradient.
      x.values.set(Float32Array.from(integers(random, [20], -1, 1).values));
      await expectCompiledMatches(
        ({ x, filter }) =>
          tf.dilation2d(x! as tf.Tensor4D, filter! as tf.Tensor3D, strides, padding, dilations),
        { x, filter: normal(random, [...size, 3]) },
      );
    },
  );

  it('takes NaN and −∞ for the highest of no window', async () => {
    const random = RandomStream.fromSeed(2);
    const x = normal(random, [1, 5, 5, 2]);
    x.values.set([Number.NaN, Number.NEGATIVE_INFINITY], 24);
    const filter = normal(random, [2, 2, 2]);
    const dilate: TensorFunction = ({ x, filter }) =>
      tf.dilation2d(x! as tf.Tensor4D, filter! as tf.Tensor3D, 1, 'same');
    await expectCompiledMatches(dilate, { x, filter });
    x.values.fill(Number.NaN);
    await expectCompiledMatches(dilate, { x, filter }, forward);
  });
});
