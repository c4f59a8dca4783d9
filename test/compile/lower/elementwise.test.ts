import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { float32, type HostTensor, int32 } from '../../../src/compile/step.js';
import { RandomStream } from '../../../src/random.js';
import {
  type CompareOptions,
  expectCompiledMatches,
  forward,
  integers,
  normal,
  uniform,
} from '../../support/compiled.js';

/** Pairs of shapes that broadcast: equal, from either side, from both, scalars, ones, none. */
const pairs: [number[], number[]][] = [
  [
    [3, 5],
    [3, 5],
  ],
  [[2, 3, 4], [4]],
  [[5], [2, 3, 5]],
  [
    [2, 1, 3],
    [1, 4, 1],
  ],
  [[], [2, 3]],
  [[1], [7]],
  [[1, 1], []],
  [
    [2, 3, 1, 5],
    [3, 4, 1],
  ],
  [
    [0, 3],
    [0, 3],
  ],
];
const shapes = [[3, 5], [], [1], [2, 1, 7], [0, 2]];

type Draw = (random: RandomStream, shape: readonly number[]) => HostTensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** Holds `op` to the backend on all pairs of shapes at once. */
function expectPairsMatch(
  op: Binary,
  random: RandomStream,
  { a = normal, b = normal, ...options }: { a?: Draw; b?: Draw } & CompareOptions = {},
): Promise<void> {
  const inputs = pairs.flatMap(([first, second], i) => [
    [`a${i}`, a(random, first)] as const,
    [`b${i}`, b(random, second)] as const,
  ]);
  return expectCompiledMatches(
    (x) => pairs.map((_, i) => op(x[`a${i}`]!, x[`b${i}`]!)),
    Object.fromEntries(inputs),
    options,
  );
}

const floats = (...values: number[]): HostTensor =>
  float32([values.length], Float32Array.from(values));

describe.each<[string, (x: tf.Tensor) => tf.Tensor]>([
  ['neg', tf.neg],
  ['abs', tf.abs],
  ['sign', tf.sign],
  ['square', tf.square],
  ['floor', tf.floor],
  ['ceil', tf.ceil],
  ['round', tf.round],
  ['clipByValue', (x) => tf.clipByValue(x, -0.5, 0.75)],
])('%s', (name, op) => {
  it('has the values and the gradient of the backend', async () => {
    const random = RandomStream.fromSeed(1).split(name);
    const inputs = Object.fromEntries(shapes.map((shape, i) => [`x${i}`, normal(random, shape)]));
    await expectCompiledMatches((x) => Object.values(x).map(op), inputs);
  });
});

describe.each<[string, (x: tf.Tensor) => tf.Tensor]>([
  ['sqrt', tf.sqrt],
  ['rsqrt', tf.rsqrt],
  ['reciprocal', tf.reciprocal],
])('%s', (name, op) => {
  it('has the values and the gradient of the backend for positive numbers', async () => {
    const x = uniform(RandomStream.fromSeed(1).split(name), [4, 5], 0.1, 3);
    await expectCompiledMatches(({ x }) => op(x!), { x });
  });

  it('has the values of the backend at the edge of its domain', async () => {
    const x = floats(0, -1, Infinity, Number.NaN);
    await expectCompiledMatches(({ x }) => op(x!), { x }, forward);
  });
});

/** These three gradients of TensorFlow.js do not broadcast. */
const narrow = ['maximum', 'minimum', 'squaredDifference'];

describe.each<[string, Binary]>([
  ['add', tf.add],
  ['sub', tf.sub],
  ['mul', tf.mul],
  ['maximum', tf.maximum],
  ['minimum', tf.minimum],
  ['squaredDifference', tf.squaredDifference],
])('%s', (name, op) => {
  const random = RandomStream.fromSeed(2).split(name);

  it('broadcasts', async () => {
    await expectPairsMatch(op, random, narrow.includes(name) ? forward : {});
  });

  it('has the gradient of the backend, equal elements included', async () => {
    const [a, b] = [normal(random, [3, 4]), normal(random, [3, 4])];
    a.values.set(b.values.subarray(0, 4));
    await expectCompiledMatches(({ a, b }) => op(a!, b!), { a, b });
  });

  it('computes with integers', async () => {
    const inputs = { a: integers(random, [4, 5], -9, 9), b: integers(random, [5], -9, 9) };
    await expectCompiledMatches(({ a, b }) => op(a!, b!), inputs);
  });

  it('lets NaN and infinity through', async () => {
    const inputs = {
      a: floats(Number.NaN, 1, Infinity, -Infinity, 0),
      b: floats(1, Number.NaN, 2, 2, Number.NaN),
    };
    await expectCompiledMatches(({ a, b }) => op(a!, b!), inputs, forward);
  });
});

describe('pow', () => {
  const random = RandomStream.fromSeed(4);

  it('broadcasts in values and gradients', async () => {
    await expectPairsMatch(tf.pow, random, { a: (r, shape) => uniform(r, shape, 0.2, 2) });
  });

  it('raises to constants', async () => {
    const x = uniform(random, [6], 0.2, 2);
    const exponents = [0, 0.5, 1, 2, 3, -1, 2.5];
    await expectCompiledMatches(({ x }) => exponents.map((e) => tf.pow(x!, e)), { x });
  });

  it('raises negative numbers, and a constant to a power', async () => {
    const x = normal(random, [6]);
    await expectCompiledMatches(({ x }) => [tf.pow(x!, 2), tf.pow(x!, 3), tf.pow(0.9, x!)], { x });
  });

  it('raises integers', async () => {
    const inputs = { a: integers(random, [8], -4, 4), b: integers(random, [8], 0, 4) };
    await expectCompiledMatches(({ a, b }) => tf.pow(a!, b!), inputs);
  });
});

describe('addN', () => {
  it('adds one, two and many', async () => {
    const random = RandomStream.fromSeed(9);
    const inputs = { a: normal(random, [3]), b: normal(random, [3]), c: normal(random, [3]) };
    await expectCompiledMatches(
      ({ a, b, c }) => [tf.addN([a!]), tf.addN([a!, b!]), tf.addN([a!, b!, c!, a!])],
      inputs,
    );
  });
});

describe.each<[string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor]>([
  ['equal', tf.equal],
  ['notEqual', tf.notEqual],
  ['greater', tf.greater],
  ['greaterEqual', tf.greaterEqual],
  ['less', tf.less],
  ['lessEqual', tf.lessEqual],
])('%s', (name, op) => {
  const small: Draw = (random, shape) => integers(random, shape, -2, 2);

  it.each(['int32', 'float32', 'bool'] as const)('compares %s', async (dtype) => {
    await expectPairsMatch(
      (a, b) => op(tf.cast(a, dtype), tf.cast(b, dtype)),
      RandomStream.fromSeed(10).split(name),
      { a: small, b: small },
    );
  });

  it('knows that NaN compares with nothing', async () => {
    const inputs = { a: floats(Number.NaN, 1, Number.NaN), b: floats(1, Number.NaN, Number.NaN) };
    await expectCompiledMatches(({ a, b }) => op(a!, b!), inputs, forward);
  });
});

describe('logic', () => {
  it('combines truth values with broadcasting', async () => {
    const random = RandomStream.fromSeed(11);
    const inputs = { a: integers(random, [4, 5], 0, 1), b: integers(random, [5], 0, 1) };
    await expectCompiledMatches(({ a, b }) => {
      const [p, q] = [tf.cast(a!, 'bool'), tf.cast(b!, 'bool')];
      return [tf.logicalAnd(p, q), tf.logicalOr(p, q), tf.logicalXor(p, q), tf.logicalNot(p)];
    }, inputs);
  });

  it('tells NaN, infinity and numbers apart', async () => {
    const x = floats(Number.NaN, Infinity, -Infinity, 0, -3);
    await expectCompiledMatches(
      ({ x }) => {
        const whole = tf.ones([2], 'int32');
        return [tf.isNaN, tf.isInf, tf.isFinite].flatMap((test) => [test(x!), test(whole)]);
      },
      { x },
      forward,
    );
  });
});

describe('where', () => {
  it('chooses with broadcasting, and sends the gradient where it came from', async () => {
    const random = RandomStream.fromSeed(12);
    const inputs = {
      choice: integers(random, [4, 1], 0, 1),
      a: normal(random, [3]),
      b: normal(random, [2, 4, 3]),
    };
    await expectCompiledMatches(
      ({ choice, a, b }) => [
        tf.where(tf.cast(choice!, 'bool'), a!, b!),
        tf.where(tf.less(choice!, 0), a!, tf.mul(b!, 2)),
      ],
      inputs,
    );
  });

  it('chooses integers and truth values', async () => {
    const random = RandomStream.fromSeed(13);
    const inputs = { a: integers(random, [6], 0, 5), b: integers(random, [6], 0, 1) };
    await expectCompiledMatches(({ a, b }) => {
      const condition = tf.cast(b!, 'bool');
      const isLarge = tf.greater(a!, 2);
      return [tf.where(condition, a!, tf.neg(a!)), tf.where(condition, isLarge, condition)];
    }, inputs);
  });
});

describe('cast', () => {
  it('truncates towards zero, and takes all but zero for true', async () => {
    const x = floats(-1.9, -0.5, 0, 0.5, 1.9, 7);
    await expectCompiledMatches(
      ({ x }) => {
        const truth = tf.cast(x!, 'bool');
        return [tf.cast(x!, 'int32'), truth, tf.cast(truth, 'float32'), tf.cast(truth, 'int32')];
      },
      { x },
      forward,
    );
  });

  it('passes the gradient on', async () => {
    const random = RandomStream.fromSeed(14);
    const inputs = { x: normal(random, [4]), n: integers(random, [4], -3, 3) };
    await expectCompiledMatches(({ x, n }) => tf.mul(x!, tf.cast(n!, 'float32')), inputs);
  });
});

describe('arithmetic with truth values', () => {
  it('is refused with its name', async () => {
    const step = compileStep(({ a }) => {
      const truth = tf.cast(a!, 'bool');
      return { sum: tf.cast(tf.add(truth, truth), 'int32') };
    });
    await expect(step({ a: int32([1], Int32Array.of(1)) })).rejects.toThrow(
      'compile has no lowering of bool operands in Add, called',
    );
  });
});
