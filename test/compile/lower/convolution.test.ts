import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { float32 } from '../../../src/compile/step.js';
import { RandomStream } from '../../../src/random.js';
import { expectCompiledMatches, normal } from '../../support/compiled.js';

type Pair = [number, number];
type Padding = Parameters<typeof tf.conv2d>[3];
type Case = [image: Pair, kernel: Pair, strides: Pair, padding: Padding];

const explicit = (top: number, bottom: number, left: number, right: number): Padding => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
];

/** Kernels that equal their stride, are a multiple of it, and are neither; images they fit or not. */
const cases: Case[] = [
  [[6, 8], [2, 2], [2, 2], 'valid'],
  [[7, 8], [2, 3], [2, 3], 'same'],
  [[8, 8], [4, 4], [2, 2], 'same'],
  [[7, 9], [4, 2], [2, 1], 'valid'],
  [[5, 6], [3, 3], [1, 1], 'same'],
  [[5, 6], [3, 3], [1, 1], 'valid'],
  [[7, 6], [3, 3], [2, 2], 'same'],
  [[7, 6], [3, 3], [2, 2], 'valid'],
  [[7, 7], [5, 3], [2, 3], 'same'],
  [[5, 5], [1, 1], [1, 1], 'same'],
  [[6, 5], [1, 1], [2, 2], 'same'],
  [[5, 5], [5, 5], [1, 1], 'valid'],
  [[1, 1], [3, 3], [1, 1], 'same'],
  [[6, 6], [3, 3], [2, 2], 1],
  [[6, 6], [4, 4], [2, 2], explicit(1, 2, 0, 3)],
  [[6, 7], [3, 2], [2, 2], explicit(2, 0, 1, 1)],
];

/** B = 3, C = 2, C' = 4. */
const [batch, inputs, outputs] = [3, 2, 4];

describe('conv2d', () => {
  it.each(cases)(
    'of image %j, kernel %j, strides %j, padding %j',
    async (image, kernel, strides, padding) => {
      const random = RandomStream.fromSeed(1);
      const tensors = {
        x: normal(random, [batch, ...image, inputs]),
        filter: normal(random, [...kernel, inputs, outputs]),
      };
      await expectCompiledMatches(
        ({ x, filter }) => tf.conv2d(x! as tf.Tensor4D, filter! as tf.Tensor4D, strides, padding),
        tensors,
      );
    },
  );

  it('dilates', async () => {
    const random = RandomStream.fromSeed(2);
    const tensors = { x: normal(random, [2, 8, 9, 3]), filter: normal(random, [3, 2, 3, 2]) };
    await expectCompiledMatches(({ x, filter }) => {
      const [image, weights] = [x! as tf.Tensor4D, filter! as tf.Tensor4D];
      return [
        tf.conv2d(image, weights, 1, 'same', 'NHWC', 2),
        tf.conv2d(image, weights, 1, 'valid', 'NHWC', [2, 3]),
      ];
    }, tensors);
  });

  it('rounds an odd length as told, which the gradients of TensorFlow.js forget', async () => {
    const random = RandomStream.fromSeed(3);
    const tensors = { x: normal(random, [2, 6, 6, 1]), filter: normal(random, [3, 3, 1, 2]) };
    await expectCompiledMatches(
      ({ x, filter }) =>
        (['floor', 'round', 'ceil'] as const).map((rounding) =>
          tf.conv2d(x! as tf.Tensor4D, filter! as tf.Tensor4D, 2, 0, 'NHWC', 1, rounding),
        ),
      tensors,
      { gradientsOf: [] },
    );
  });

  it('differentiates as many windows as there were', async () => {
    const step = compileStep(({ x, filter }) => {
      const convolve = (x: tf.Tensor, filter: tf.Tensor): tf.Tensor =>
        tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 0, 'NHWC', 1, 'ceil');
      const [dx, dfilter] = tf.grads((x, filter) => tf.sum(convolve(x, filter)))([x!, filter!]);
      return { dx: dx!, dfilter: dfilter! };
    });
    const ones = (side: number) => float32([1, side, side, 1], new Float32Array(side ** 2).fill(1));
    const filter = float32([3, 3, 1, 1], new Float32Array(9).fill(1));
    const { dx, dfilter } = await step({ x: ones(4), filter });
    // Rows 0 … 2 and 2 … 4 of 4, and columns likewise.
    const covered = [1, 1, 2, 1];
    expect(Array.from(dx!.values)).toEqual(covered.flatMap((i) => covered.map((j) => i * j)));
    const seen = [2, 2, 1];
    expect(Array.from(dfilter!.values)).toEqual(seen.flatMap((i) => seen.map((j) => i * j)));
  });

  it('takes an image without a batch', async () => {
    const random = RandomStream.fromSeed(4);
    const tensors = { x: normal(random, [5, 5, 2]), filter: normal(random, [3, 3, 2, 2]) };
    await expectCompiledMatches(
      ({ x, filter }) => tf.conv2d(x! as tf.Tensor3D, filter! as tf.Tensor4D, 1, 'same'),
      tensors,
    );
  });

  it.each(cases)(
    'channels first of image %j, kernel %j, strides %j, padding %j',
    async (image, kernel, strides, padding) => {
      const random = RandomStream.fromSeed(8);
      const explicit = Array.isArray(padding);
      const pads = explicit
        ? ([padding[0], padding[3], padding[1], padding[2]] as Padding)
        : padding;
      await expectCompiledMatches(
        ({ x, filter }) =>
          tf.conv2d(x! as tf.Tensor4D, filter! as tf.Tensor4D, strides, pads, 'NCHW'),
        {
          x: normal(random, [batch, inputs, ...image]),
          filter: normal(random, [...kernel, inputs, outputs]),
        },
      );
    },
  );

  it('makes nothing of no images, and of images smaller than the kernel', async () => {
    const filter = normal(RandomStream.fromSeed(9), [3, 3, 2, 4]);
    await expectCompiledMatches(
      ({ x, small, filter }) => [
        tf.conv2d(x! as tf.Tensor4D, filter! as tf.Tensor4D, 1, 'same'),
        tf.conv2d(small! as tf.Tensor4D, filter! as tf.Tensor4D, 1, 'valid'),
      ],
      {
        x: float32([0, 5, 5, 2], new Float32Array()),
        small: normal(RandomStream.fromSeed(10), [1, 2, 4, 2]),
        filter,
      },
      { gradientsOf: ['filter'] },
    );
  });

  it('is refused for images that lack more than a row of the kernel', async () => {
    const step = compileStep(({ x, filter }) => ({
      y: tf.conv2d(x! as tf.Tensor4D, filter! as tf.Tensor4D, 1, 'valid'),
    }));
    const tensors = {
      x: float32([1, 1, 4, 1], new Float32Array(4)),
      filter: float32([3, 3, 1, 1], new Float32Array(9)),
    };
    await expect(step(tensors)).rejects.toThrow(
      'no lowering of windows [3,3] larger than the image [1,4] in Conv2D, called',
    );
  });
});

describe('conv2dTranspose', () => {
  it.each<[Pair, Pair, Pair, 'same' | 'valid', Pair]>([
    [[3, 4], [2, 2], [2, 2], 'same', [6, 8]],
    [[3, 4], [4, 4], [2, 2], 'same', [6, 8]],
    [[3, 4], [3, 3], [2, 2], 'same', [5, 8]],
    [[3, 3], [3, 2], [1, 1], 'valid', [5, 4]],
    [[2, 3], [5, 5], [3, 2], 'valid', [9, 9]],
    [[3, 3], [1, 1], [2, 2], 'same', [6, 6]],
  ])(
    'of image %j, kernel %j, strides %j, padding %s to %j',
    async (image, kernel, strides, padding, to) => {
      const random = RandomStream.fromSeed(5);
      const tensors = {
        x: normal(random, [batch, ...image, inputs]),
        filter: normal(random, [...kernel, outputs, inputs]),
      };
      await expectCompiledMatches(
        ({ x, filter }) =>
          tf.conv2dTranspose(
            x! as tf.Tensor4D,
            filter! as tf.Tensor4D,
            [batch, ...to, outputs],
            strides,
            padding,
          ),
        tensors,
      );
    },
  );
});

describe('conv1d', () => {
  it('of odd and even lengths', async () => {
    const random = RandomStream.fromSeed(6);
    const tensors = { x: normal(random, [2, 7, 3]), filter: normal(random, [3, 3, 2]) };
    await expectCompiledMatches(
      ({ x, filter }) =>
        (
          [
            [1, 'same'],
            [2, 'same'],
            [3, 'valid'],
          ] as const
        ).map(([stride, padding]) =>
          tf.conv1d(x! as tf.Tensor3D, filter! as tf.Tensor3D, stride, padding),
        ),
      tensors,
    );
  });
});

describe('fused.conv2d', () => {
  it.each(['linear', 'relu', 'elu', 'leakyrelu'] as const)(
    'adds a bias and applies %s',
    async (activation) => {
      const random = RandomStream.fromSeed(7);
      const tensors = {
        x: normal(random, [2, 5, 5, 2]),
        filter: normal(random, [3, 3, 2, 3]),
        bias: normal(random, [3]),
      };
      await expectCompiledMatches(
        ({ x, filter, bias }) =>
          tf.fused.conv2d({
            x: x! as tf.Tensor4D,
            filter: filter! as tf.Tensor4D,
            strides: 2,
            pad: 'same',
            bias: bias!,
            activation,
            leakyreluAlpha: 0.1,
          }),
        tensors,
      );
    },
  );
});
