import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { RandomStream } from '../../../src/random.js';
import { expectCompiledMatches, normal } from '../../support/compiled.js';

type Pair = [number, number];

/** Up and down, by whole factors and others, and to one pixel. */
const sizes: [Pair, Pair][] = [
  [
    [3, 3],
    [6, 6],
  ],
  [
    [4, 4],
    [7, 7],
  ],
  [
    [6, 6],
    [3, 3],
  ],
  [
    [5, 5],
    [2, 2],
  ],
  [
    [4, 4],
    [1, 1],
  ],
];

/**
 * Sides of different length, of which the `cpu` backend gets the bilinear gradient wrong, and a
 * single pixel, for which its search of the nearest never ends.
 */
const oblongs: [Pair, Pair][] = [
  [
    [1, 1],
    [3, 3],
  ],
  [
    [3, 4],
    [6, 8],
  ],
  [
    [5, 4],
    [2, 9],
  ],
];

type Resize = typeof tf.image.resizeBilinear;

describe.each<[string, Resize]>([
  ['resizeBilinear', tf.image.resizeBilinear],
  ['resizeNearestNeighbor', tf.image.resizeNearestNeighbor as Resize],
])('%s', (name, resize) => {
  it.each(sizes)('from %j to %j', async (from, to) => {
    // The nearest pixels' gradient of the `cpu` backend is right for the first image alone.
    const batch = name === 'resizeBilinear' ? 2 : 1;
    const x = normal(RandomStream.fromSeed(1), [batch, ...from, 3]);
    await expectCompiledMatches(
      ({ x }) => [false, true].map((align) => resize(x! as tf.Tensor4D, to, align)),
      { x },
    );
  });

  it.each([...sizes, ...oblongs])('from %j to %j by the centres of pixels', async (from, to) => {
    const x = normal(RandomStream.fromSeed(2), [2, ...from, 3]);
    await expectCompiledMatches(
      ({ x }) => [resize(x! as tf.Tensor4D, to, false, true), resize(x! as tf.Tensor4D, to)],
      { x },
      { gradientsOf: [] },
    );
  });

  // Of these the `cpu` backend knows no gradient: the transpose is tested by ⟨A x, y⟩ = ⟨x, Aᵀ y⟩.
  it.each([...sizes, ...oblongs])(
    'from %j to %j has the transpose as its gradient',
    async (from, to) => {
      const random = RandomStream.fromSeed(3).split(name);
      for (const centres of [false, true]) {
        const step = compileStep(({ x, y }) => {
          const forward = (x: tf.Tensor): tf.Tensor => resize(x as tf.Tensor4D, to, false, centres);
          const back = tf.grad((x) => tf.sum(tf.mul(forward(x), y!)))(x!);
          return { there: tf.sum(tf.mul(forward(x!), y!)), back: tf.sum(tf.mul(x!, back)) };
        });
        const { there, back } = await step({
          x: normal(random, [2, ...from, 3]),
          y: normal(random, [2, ...to, 3]),
        });
        expect(back!.values[0]).toBeCloseTo(there!.values[0]!, 3);
      }
    },
  );
});

describe('resizeNearestNeighbor', () => {
  it('keeps integers', async () => {
    const x = normal(RandomStream.fromSeed(4), [1, 3, 3, 1]);
    await expectCompiledMatches(
      ({ x }) =>
        tf.image.resizeNearestNeighbor(tf.cast(tf.mul(x!, 9), 'int32') as tf.Tensor4D, [6, 6]),
      { x },
      { gradientsOf: [] },
    );
  });
});
