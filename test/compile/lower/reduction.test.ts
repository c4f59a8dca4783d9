import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { float32, int32 } from '../../../src/compile/step.js';
import { RandomStream } from '../../../src/random.js';
import { expectCompiledMatches, forward, integers, normal } from '../../support/compiled.js';

type Axes = number | number[] | undefined;
type Reduction = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;

/** Shapes with axes to reduce: one, some, all, none named, negative, of length 1. */
const cases: [number[], Axes][] = [
  [[3, 4, 5], 1],
  [[3, 4, 5], -1],
  [
    [3, 4, 5],
    [0, 2],
  ],
  [
    [3, 4, 5],
    [2, -3],
  ],
  [[3, 4, 5], undefined],
  [[2, 1, 3], 1],
  [[1], 0],
  [[], undefined],
];

/** `op` on every case, axes kept and not. */
const onCases =
  (op: Reduction) =>
  (inputs: Record<string, tf.Tensor>): tf.Tensor[] =>
    cases.flatMap(([, axes], i) => [op(inputs[i]!, axes), op(inputs[i]!, axes, true)]);

describe.each<[string, Reduction]>([
  ['sum', tf.sum],
  ['mean', tf.mean],
  ['max', tf.max],
  ['min', tf.min],
  ['logSumExp', tf.logSumExp],
  ['euclideanNorm', (x, axis, keepDims) => tf.norm(x, 'euclidean', axis, keepDims)],
])('%s', (name, op) => {
  const random = RandomStream.fromSeed(1).split(name);

  it('reduces any axes in values and gradients', async () => {
    const inputs = Object.fromEntries(cases.map(([shape], i) => [i, normal(random, shape)]));
    await expectCompiledMatches(onCases(op), inputs);
  });
});

describe.each<[string, Reduction]>([
  ['sum', tf.sum],
  ['mean', tf.mean],
  ['prod', tf.prod],
  ['max', tf.max],
  ['min', tf.min],
])('%s', (name, op) => {
  const random = RandomStream.fromSeed(2).split(name);

  it('reduces integers and truth values', async () => {
    const x = integers(random, [3, 4], -2, 2);
    await expectCompiledMatches(({ x }) => [op(x!, 1), op(tf.cast(x!, 'bool'), 0)], { x });
  });

  it('reduces nothing', async () => {
    const inputs = { x: normal(random, [0, 3]) };
    await expectCompiledMatches(({ x }) => [op(x!, 1), op(x!, 1, true)], inputs, forward);
  });
});

describe('sum and mean', () => {
  it('of no numbers are zero', async () => {
    const inputs = { x: normal(RandomStream.fromSeed(4), [0, 3]) };
    await expectCompiledMatches(({ x }) => [tf.sum(x!, 0), tf.mean(x!, 0)], inputs);
  });
});

describe('moments', () => {
  it('have values and gradients', async () => {
    const x = normal(RandomStream.fromSeed(5), [4, 3, 3, 2]);
    await expectCompiledMatches(
      ({ x }) => {
        const { mean, variance } = tf.moments(x!, [0, 1, 2]);
        return [mean, variance];
      },
      { x },
    );
  });
});

describe('any and all', () => {
  it('tell whether any or all are true', async () => {
    const x = integers(RandomStream.fromSeed(6), [6, 3], 0, 1);
    await expectCompiledMatches(
      ({ x }) => {
        const truth = tf.cast(x!, 'bool');
        return [tf.any(truth, 1), tf.all(truth, 1), tf.any(truth), tf.all(truth, 0, true)];
      },
      { x },
    );
  });

  it('of none are false and true', async () => {
    const step = compileStep(({ x }) => {
      const none = tf.cast(x!, 'bool');
      return {
        any: tf.cast(tf.any(none, 0), 'int32'),
        all: tf.cast(tf.all(none, 0), 'int32'),
      };
    });
    // The `cpu` backend says false to both.
    expect(await step({ x: int32([0, 2], new Int32Array()) })).toEqual({
      any: int32([2], Int32Array.of(0, 0)),
      all: int32([2], Int32Array.of(1, 1)),
    });
  });
});

describe('argMax and argMin', () => {
  it('give the first of equals, along any axis', async () => {
    const x = integers(RandomStream.fromSeed(8), [4, 5, 3], 0, 2);
    await expectCompiledMatches(
      ({ x }) => [0, 1, 2, -1].flatMap((axis) => [tf.argMax(x!, axis), tf.argMin(x!, axis)]),
      { x },
    );
  });

  it('do not differentiate', async () => {
    const x = normal(RandomStream.fromSeed(9), [4, 5]);
    await expectCompiledMatches(({ x }) => tf.argMax(x!, 1), { x }, forward);
  });
});

describe('max and min', () => {
  it('send the gradient to all equals', async () => {
    const x = float32([2, 4], Float32Array.of(1, 3, 3, 2, 0, 0, 0, 5));
    await expectCompiledMatches(({ x }) => [tf.max(x!, 1), tf.min(x!, 1)], { x });
  });
});

describe('softmax', () => {
  it.each([[[3, 5]], [[7]], [[2, 3, 4]], [[4, 1]]])(
    'of %j, and its logarithm, have values and gradients',
    async (shape) => {
      const x = normal(RandomStream.fromSeed(10), shape);
      await expectCompiledMatches(
        ({ x }) => [tf.softmax(tf.mul(x!, 5)), tf.logSoftmax(tf.mul(x!, 5))],
        { x },
      );
    },
  );

  it('stands large logits', async () => {
    const x = float32([1, 3], Float32Array.of(1000, -1000, 999));
    await expectCompiledMatches(({ x }) => [tf.softmax(x!), tf.logSoftmax(x!)], { x });
  });
});

describe('cumsum', () => {
  it('runs along the last axis in all ways, with gradients', async () => {
    const x = normal(RandomStream.fromSeed(11), [3, 5]);
    await expectCompiledMatches(
      ({ x }) => [
        tf.cumsum(x!, 1),
        tf.cumsum(x!, 1, true),
        tf.cumsum(x!, 1, false, true),
        tf.cumsum(x!, 1, true, true),
      ],
      { x },
    );
  });

  it('runs along other axes, and over integers', async () => {
    const random = RandomStream.fromSeed(12);
    const inputs = { x: normal(random, [3, 4, 2]), n: integers(random, [4, 3], -5, 5) };
    await expectCompiledMatches(
      ({ x, n }) => [tf.cumsum(x!, 0), tf.cumsum(x!, 1, true), tf.cumsum(n!, 0)],
      inputs,
      forward,
    );
  });
});

describe('cumprod', () => {
  it('runs along any axis in all ways', async () => {
    const x = normal(RandomStream.fromSeed(13), [3, 6, 2]);
    await expectCompiledMatches(
      ({ x }) => [
        tf.cumprod(x!, 1),
        tf.cumprod(x!, 1, true),
        tf.cumprod(x!, 1, false, true),
        tf.cumprod(x!, 1, true, true),
        tf.cumprod(x!, 0),
      ],
      { x },
      forward,
    );
  });
});

describe('topk', () => {
  it('gives the largest and where they are', async () => {
    const random = RandomStream.fromSeed(14);
    const inputs = { x: normal(random, [3, 7]), n: integers(random, [9], 0, 3) };
    await expectCompiledMatches(
      ({ x, n }) => [x!, n!].flatMap((t) => Object.values(tf.topk(t, 3))),
      inputs,
      forward,
    );
  });
});

describe('a number that is none', () => {
  const sizes = [1, 7, 8, 16, 33, 64];

  it('is the maximum and the minimum wherever it stands', async () => {
    const inputs = Object.fromEntries(
      sizes.flatMap((size) =>
        [...new Set([0, 1, size >> 1, size - 1])].map((at) => {
          const values = RandomStream.fromSeed(size).normals(size * 3);
          for (let row = 0; row < 3; row++) values[row * size + at] = Number.NaN;
          return [`${size}/${at}`, float32([3, size], values)];
        }),
      ),
    );
    await expectCompiledMatches(
      (tensors) =>
        Object.values(tensors).flatMap((x) => [
          ...[tf.max(x), tf.max(x, 0), tf.max(x, 1), tf.min(x), tf.min(x, 0), tf.min(x, 1, true)],
          ...[tf.argMax(x, 0), tf.argMax(x, 1), tf.argMin(x, 0), tf.argMin(x, 1)],
        ]),
      inputs,
      forward,
    );
  });

  it('does not keep the first of equal numbers from being the best', async () => {
    const rows = [
      [2, 5, 5, 1],
      [Number.NaN, 5, Infinity, Infinity],
      [-Infinity, Number.NaN, -Infinity, -Infinity],
      [3, Number.NaN, 1, 1],
      [Infinity, Number.NaN, Infinity, 0],
      [Number.NaN, Number.NaN, Number.NaN, Number.NaN],
    ];
    const x = float32([6, 4], Float32Array.from(rows.flat()));
    await expectCompiledMatches(({ x }) => [tf.argMax(x!, 1), tf.argMin(x!, 1)], { x }, forward);
  });
});

describe('a long sum', () => {
  it.each<[number[], number[]]>([
    [[2 ** 20], [0]],
    [[2 ** 16, 3], [0]],
    [
      [2 ** 14, 3, 4],
      [0, 2],
    ],
    [
      [1024, 1024],
      [0, 1],
    ],
    [[2, 10_007, 3], [1]],
    [
      [300, 2, 299],
      [0, 2],
    ],
  ])('of equal terms, [%o] along %o, is right to seven digits', async (shape, axes) => {
    const term = Math.fround(0.1);
    const size = shape.reduce((a, b) => a * b);
    const count = axes.reduce((product, axis) => product * shape[axis]!, 1);
    const x = float32(shape, new Float32Array(size).fill(term));
    const step = compileStep(({ x }) => ({
      sum: tf.sum(x!, axes),
      kept: tf.sum(x!, axes, true),
      mean: tf.mean(x!, axes),
    }));
    const { sum, kept, mean } = await step({ x });
    for (const value of [...sum!.values, ...kept!.values]) {
      expect(Math.abs(value / (term * count) - 1)).toBeLessThan(1e-5);
    }
    for (const value of mean!.values) expect(Math.abs(value / term - 1)).toBeLessThan(1e-5);
    const left = (length: number, axis: number) => (axes.includes(axis) ? [] : [length]);
    expect(sum!.shape).toEqual(shape.flatMap(left));
    expect(kept!.shape).toEqual(shape.map((length, axis) => (axes.includes(axis) ? 1 : length)));
  });
});

describe('softmax', () => {
  it('knows infinity, NaN, and numbers as large as there are', async () => {
    const rows = [
      [3e38, -3e38, 1],
      [1e30, 1e30, -1e30],
      [Infinity, 1, 2],
      [-Infinity, 1, 2],
      [-Infinity, -Infinity, -Infinity],
      [Number.NaN, 1, 2],
      [1, 2, Number.NaN],
      [1e-40, 0, -1e-40],
      [0, -90, -100],
      [200, 100, 0],
    ];
    const x = float32([rows.length, 3], Float32Array.from(rows.flat()));
    await expectCompiledMatches(
      ({ x }) => [
        ...[tf.softmax(x!), tf.logSoftmax(x!), tf.logSumExp(x!, 1)],
        // Their own scale each, however small the others make them.
        ...rows.map((_, i) => tf.softmax(tf.slice(x!, i, 1))),
      ],
      { x },
      { ...forward, relative: 1e-6 },
    );
  });
});
