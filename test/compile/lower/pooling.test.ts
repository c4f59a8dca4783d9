import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { float32, type StepTensors } from '../../../src/compile/step.js';
import { RandomStream } from '../../../src/random.js';
import { expectCompiledMatches, forward, integers, normal } from '../../support/compiled.js';

type Pair = [number, number];

const windows: [Pair, Pair, Pair, 'same' | 'valid' | number][] = [
  [[6, 8], [2, 2], [2, 2], 'valid'],
  [[7, 7], [2, 2], [2, 2], 'valid'],
  [[7, 7], [2, 3], [2, 3], 'same'],
  [[6, 5], [3, 3], [2, 2], 'valid'],
  [[6, 5], [3, 3], [2, 2], 'same'],
  [[5, 5], [3, 3], [1, 1], 'same'],
  [[5, 5], [2, 2], [1, 1], 'valid'],
  [[5, 6], [1, 1], [1, 1], 'valid'],
  [[7, 7], [2, 2], [3, 3], 'valid'],
  [[4, 4], [4, 4], [1, 1], 'valid'],
  [[6, 6], [3, 3], [2, 2], 1],
  // The number of windows along both axes follows from the height of one.
  [[6, 8], [4, 1], [1, 1], 1],
  [[6, 8], [2, 3], [2, 1], 1],
];

const image = (size: Pair): number[] => [3, ...size, 2];

describe('maxPool', () => {
  it.each(windows)(
    'of image %j, window %j, strides %j, padding %s',
    async (size, window, strides, padding) => {
      const random = RandomStream.fromSeed(1);
      // Few numbers make many equal maxima, of which the first gets the gradient.
      const inputs = { x: normal(random, image(size)), ties: integers(random, image(size), -2, 2) };
      inputs.x.values.set(Float32Array.from(inputs.ties.values).subarray(0, 40));
      await expectCompiledMatches(
        ({ x }) => tf.maxPool(x! as tf.Tensor4D, window, strides, padding),
        { x: inputs.x },
      );
    },
  );
});

describe('avgPool', () => {
  it.each(windows)(
    'of image %j, window %j, strides %j, padding %s',
    async (size, window, strides, padding) => {
      const x = normal(RandomStream.fromSeed(2), image(size));
      // With padding, the gradient of the `cpu` backend divides by too much.
      const padded = padding !== 'valid';
      await expectCompiledMatches(
        ({ x }) => tf.avgPool(x! as tf.Tensor4D, window, strides, padding),
        { x },
        padded ? { gradientsOf: [] } : {},
      );
    },
  );

  it('divides the gradient at the border by the pixels that a window has there', async () => {
    const step = compileStep(({ x }) => {
      const pooled = (x: tf.Tensor): tf.Tensor => tf.avgPool(x as tf.Tensor4D, 2, 2, 'same');
      return { gradient: tf.grad((x) => tf.sum(pooled(x)))(x!) };
    });
    const { gradient } = await step({ x: float32([1, 3, 3, 1], new Float32Array(9)) });
    // Windows of four pixels, two at the edges, one in the corner.
    expect(Array.from(gradient!.values)).toEqual([
      ...[0.25, 0.25, 0.5],
      ...[0.25, 0.25, 0.5],
      ...[0.5, 0.5, 1],
    ]);
  });
});

describe('pooling with padding as wide as the window', () => {
  it('makes −∞ and NaN of windows that see nothing', async () => {
    const x = normal(RandomStream.fromSeed(4), [2, 2, 3, 2]);
    await expectCompiledMatches(
      ({ x }) => [
        tf.maxPool(x! as tf.Tensor4D, 2, 2, 2),
        tf.avgPool(x! as tf.Tensor4D, 2, 2, 2),
        tf.avgPool3d(tf.expandDims(x!, 3) as tf.Tensor5D, [2, 2, 1], [3, 3, 1], 3),
      ],
      { x },
      forward,
    );
  });
});

it('passes over NaN in the windows of maxPool, wherever it stands', async () => {
  const { NaN: none } = Number;
  const rows = [
    ...[1, none, 3, 4, none, 2],
    ...[none, none, none, 5, 6, none],
    ...[5, 6, 7, none, 2, 1],
    ...[none, 2, 3, 9, 1, none],
  ];
  await expectCompiledMatches(
    ({ x }) => {
      const pooled = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid');
      return [pooled(x!), tf.grad((x) => tf.sum(pooled(x)))(x!)];
    },
    { x: float32([1, 4, 6, 1], Float32Array.from(rows)) },
    forward,
  );
});

describe('the gradient of maxPool', () => {
  it('is that of one window where that of another is infinite', async () => {
    const x = normal(RandomStream.fromSeed(6), [1, 2, 4, 1]);
    const dy = float32([1, 1, 2, 1], Float32Array.of(Number.POSITIVE_INFINITY, 2));
    const gradient = ({ x, dy }: StepTensors) =>
      tf.grad((x) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'))(x!, dy);
    await expectCompiledMatches(gradient, { x, dy }, forward);
  });
});

describe('maxPool of integers', () => {
  it('keeps them', async () => {
    const x = integers(RandomStream.fromSeed(5), [2, 5, 5, 2], -9, 9);
    await expectCompiledMatches(
      ({ x }) => [
        tf.maxPool(x! as tf.Tensor4D, 3, 2, 'same'),
        tf.maxPool(tf.greater(x!, 5) as tf.Tensor4D, 2, 1, 'valid'),
      ],
      { x },
    );
  });
});

describe('maxPoolWithArgmax', () => {
  it.each(windows.filter(([, , , padding]) => typeof padding === 'string'))(
    'of image %j, window %j, strides %j, padding %s',
    async (size, window, strides, padding) => {
      const random = RandomStream.fromSeed(6);
      await expectCompiledMatches(
        ({ x, ties }) =>
          [x!, ties!].flatMap((image) =>
            [false, true].flatMap((inBatch) => {
              const { result, indexes } = tf.maxPoolWithArgmax(
                image as tf.Tensor4D,
                window,
                strides,
                padding as 'same' | 'valid',
                inBatch,
              );
              return [result!, indexes!];
            }),
          ),
        { x: normal(random, image(size)), ties: integers(random, image(size), -2, 2) },
        forward,
      );
    },
  );
});

describe('pool', () => {
  it('dilates', async () => {
    const x = normal(RandomStream.fromSeed(3), [2, 8, 8, 2]);
    await expectCompiledMatches(({ x }) => tf.pool(x! as tf.Tensor4D, 2, 'max', 'valid', 2, 1), {
      x,
    });
  });
});
