/** Convolutions and poolings of volumes [B, D, H, W, C]. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { float32 } from '../../../src/compile/step.js';
import { RandomStream } from '../../../src/random.js';
import { expectCompiledMatches, forward, integers, normal } from '../../support/compiled.js';

type Three = [number, number, number];
type Padding = 'same' | 'valid';

/** Kernels that equal their stride, are a multiple of it, and are neither; strides beyond the kernel. */
const cases: [volume: Three, kernel: Three, strides: Three, padding: Padding][] = [
  [[4, 4, 6], [2, 2, 2], [2, 2, 2], 'valid'],
  [[3, 5, 4], [2, 2, 2], [1, 2, 1], 'same'],
  [[4, 3, 3], [3, 3, 3], [1, 1, 1], 'same'],
  [[4, 3, 5], [3, 2, 3], [1, 1, 1], 'valid'],
  [[5, 4, 4], [3, 3, 3], [2, 2, 2], 'same'],
  [[5, 4, 4], [3, 1, 2], [2, 2, 3], 'valid'],
  [[4, 4, 5], [1, 1, 1], [2, 2, 2], 'same'],
  [[1, 1, 1], [2, 2, 2], [1, 1, 1], 'same'],
];
const named = 'of volume %j, kernel %j, strides %j, padding %s';

const [batch, inputs, outputs] = [2, 2, 3];

describe('conv3d', () => {
  it.each(cases)(named, async (volume, kernel, strides, padding) => {
    const random = RandomStream.fromSeed(1);
    await expectCompiledMatches(
      ({ x, filter }) => tf.conv3d(x! as tf.Tensor5D, filter! as tf.Tensor5D, strides, padding),
      {
        x: normal(random, [batch, ...volume, inputs]),
        filter: normal(random, [...kernel, inputs, outputs]),
      },
    );
  });

  it.each(cases)(`${named}, without a gradient`, async (volume, kernel, strides, padding) => {
    const random = RandomStream.fromSeed(9);
    await expectCompiledMatches(
      ({ x, filter }) => tf.conv3d(x! as tf.Tensor5D, filter! as tf.Tensor5D, strides, padding),
      {
        x: normal(random, [batch, ...volume, inputs]),
        filter: normal(random, [...kernel, inputs, outputs]),
      },
      forward,
    );
  });

  it('dilates', async () => {
    const random = RandomStream.fromSeed(2);
    await expectCompiledMatches(
      ({ x, filter }) =>
        tf.conv3d(x! as tf.Tensor5D, filter! as tf.Tensor5D, 1, 'same', 'NDHWC', [2, 1, 2]),
      { x: normal(random, [2, 4, 3, 5, 2]), filter: normal(random, [2, 2, 3, 2, 2]) },
    );
  });

  it('keeps integers', async () => {
    const random = RandomStream.fromSeed(3);
    await expectCompiledMatches(
      ({ x, filter }) => tf.conv3d(x! as tf.Tensor5D, filter! as tf.Tensor5D, 1, 'same'),
      {
        x: integers(random, [2, 3, 3, 2, 2], -9, 9),
        filter: integers(random, [2, 2, 2, 2, 3], -9, 9),
      },
    );
  });

  it('takes a volume without a batch', async () => {
    const random = RandomStream.fromSeed(4);
    await expectCompiledMatches(
      ({ x, filter }) => tf.conv3d(x! as tf.Tensor4D, filter! as tf.Tensor5D, 1, 'valid'),
      { x: normal(random, [3, 3, 3, 2]), filter: normal(random, [2, 2, 2, 2, 3]) },
    );
  });
});

describe('conv3dTranspose', () => {
  it.each<[Three, Three, Three, Padding, Three]>([
    [[2, 2, 3], [2, 2, 2], [2, 2, 2], 'same', [4, 4, 6]],
    [[2, 3, 2], [3, 3, 2], [2, 2, 1], 'same', [4, 5, 2]],
    [[2, 2, 2], [2, 3, 1], [1, 1, 1], 'valid', [3, 4, 2]],
  ])(
    'of volume %j, kernel %j, strides %j, padding %s to %j',
    async (volume, kernel, strides, padding, to) => {
      const random = RandomStream.fromSeed(5);
      await expectCompiledMatches(
        ({ x, filter }) =>
          tf.conv3dTranspose(
            x! as tf.Tensor5D,
            filter! as tf.Tensor5D,
            [batch, ...to, outputs],
            strides,
            padding,
          ),
        {
          x: normal(random, [batch, ...volume, inputs]),
          filter: normal(random, [...kernel, outputs, inputs]),
        },
      );
    },
  );
});

describe('maxPool3d', () => {
  it.each(cases)(named, async (volume, window, strides, padding) => {
    const x = normal(RandomStream.fromSeed(6), [batch, ...volume, inputs]);
    // The gradient of the `cpu` backend is wrong for windows whose sides differ.
    const isCube = new Set(window).size === 1;
    await expectCompiledMatches(
      ({ x }) => tf.maxPool3d(x! as tf.Tensor5D, window, strides, padding),
      { x },
      isCube ? {} : forward,
    );
  });

  it('gives the gradient of equal maxima to the last of them', async () => {
    const x = float32([1, 2, 2, 2, 1], Float32Array.of(3, 1, 3, 2, 0, 3, 1, 2));
    await expectCompiledMatches(({ x }) => tf.maxPool3d(x! as tf.Tensor5D, 2, 2, 'valid'), { x });
  });

  it('gives the gradient of oblong windows to their maxima', async () => {
    const step = compileStep(({ x }) => ({
      dx: tf.grad((x) => tf.sum(tf.maxPool3d(x as tf.Tensor5D, [1, 2, 3], [1, 2, 3], 'valid')))(x!),
    }));
    const { dx } = await step({ x: float32([1, 1, 2, 3, 1], Float32Array.of(1, 2, 9, 3, 4, 5)) });
    expect(Array.from(dx!.values)).toEqual([0, 0, 1, 0, 0, 0]);
  });

  it('makes floats of integers', async () => {
    const x = integers(RandomStream.fromSeed(7), [2, 3, 3, 3, 1], -9, 9);
    await expectCompiledMatches(
      ({ x }) => [
        tf.maxPool3d(x! as tf.Tensor5D, 2, 1, 'same'),
        tf.maxPool3d(tf.cast(tf.greater(x!, 0), 'bool') as tf.Tensor5D, 2, 1, 'same'),
      ],
      { x },
    );
  });
});

describe('avgPool3d', () => {
  it.each(cases)(named, async (volume, window, strides, padding) => {
    const x = normal(RandomStream.fromSeed(8), [batch, ...volume, inputs]);
    // With padding, the gradient of the `cpu` backend divides by too much.
    await expectCompiledMatches(
      ({ x }) => tf.avgPool3d(x! as tf.Tensor5D, window, strides, padding),
      { x },
      padding === 'valid' ? {} : forward,
    );
  });

  it('divides the gradient at the border by the pixels that a window has there', async () => {
    const step = compileStep(({ x }) => ({
      dx: tf.grad((x) => tf.sum(tf.avgPool3d(x as tf.Tensor5D, 2, 2, 'same')))(x!),
    }));
    const { dx } = await step({ x: float32([1, 1, 1, 3, 1], new Float32Array(3)) });
    expect(Array.from(dx!.values)).toEqual([0.5, 0.5, 1]);
  });
});
