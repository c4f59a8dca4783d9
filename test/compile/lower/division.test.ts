import * as tf from '@tensorflow/tfjs-core';
import { describe, it } from 'vitest';
import { float32, int32 } from '../../../src/compile/step.js';
import { RandomStream } from '../../../src/random.js';
import { expectCompiledMatches, normal, uniform } from '../../support/compiled.js';

const dividends = int32([8], Int32Array.of(7, -7, 7, -7, 0, 6, 2_000_000_011, -5));
const divisors = int32([8], Int32Array.of(2, 2, -2, -2, 3, -3, 10, 7));

const whole = (value: number): tf.Scalar => tf.scalar(value, 'int32');

describe('div', () => {
  it('broadcasts in values and gradients', async () => {
    const random = RandomStream.fromSeed(1);
    const inputs = { a: normal(random, [2, 1, 4]), b: uniform(random, [3, 1], 0.3, 2) };
    await expectCompiledMatches(({ a, b }) => [tf.div(a!, b!), tf.div(b!, a!)], inputs);
  });

  it('divides by constants, and constants', async () => {
    const x = uniform(RandomStream.fromSeed(2), [5], 0.3, 2);
    await expectCompiledMatches(({ x }) => [tf.div(x!, 3), tf.div(3, x!), tf.div(0, x!)], { x });
  });

  it('gives infinity and NaN for a divisor of zero', async () => {
    const inputs = {
      a: float32([3], Float32Array.of(1, -1, 0)),
      b: float32([3], Float32Array.of(0, 0, 0)),
    };
    await expectCompiledMatches(({ a, b }) => [tf.div(a!, b!), tf.divNoNan(a!, b!)], inputs, {
      gradientsOf: [],
    });
  });

  it('of integers rounds down', async () => {
    await expectCompiledMatches(({ a, b }) => tf.div(a!, b!), { a: dividends, b: divisors });
  });
});

describe('floorDiv', () => {
  it('rounds down, of integers too large for a float as well', async () => {
    await expectCompiledMatches(
      ({ a, b }) => [tf.floorDiv(a!, b!), tf.floorDiv(a!, whole(3)), tf.floorDiv(whole(-9), b!)],
      { a: dividends, b: divisors },
    );
  });

  it('gives integers for floats', async () => {
    const inputs = {
      a: float32([4], Float32Array.of(7.5, -7.5, 7.5, -7.5)),
      b: float32([4], Float32Array.of(2, 2, -2, -2)),
    };
    await expectCompiledMatches(({ a, b }) => tf.floorDiv(a!, b!), inputs, { gradientsOf: [] });
  });
});

describe('mod', () => {
  it('of integers has the sign of the divisor', async () => {
    await expectCompiledMatches(({ a, b }) => [tf.mod(a!, b!), tf.mod(a!, whole(4))], {
      a: dividends,
      b: divisors,
    });
  });

  it('of floats has the sign of the divisor, and a gradient', async () => {
    const random = RandomStream.fromSeed(3);
    const inputs = { a: uniform(random, [4, 5], -9, 9), b: uniform(random, [5], 1, 3) };
    await expectCompiledMatches(
      ({ a, b }) => [tf.mod(a!, b!), tf.mod(a!, tf.neg(b!)), tf.mod(a!, 1)],
      inputs,
    );
  });
});

describe('the smallest integer', () => {
  it('is divided by all there is, −1 among it, and wraps', async () => {
    const inputs = {
      a: int32([6], Int32Array.of(-(2 ** 31), -(2 ** 31), -(2 ** 31), 2 ** 31 - 1, 7, -(2 ** 31))),
      b: int32([6], Int32Array.of(-1, 3, -3, -2, -1, 0)),
    };
    await expectCompiledMatches(
      ({ a, b }) => [
        tf.floorDiv(a!, b!),
        tf.mod(a!, b!),
        tf.div(a!, whole(-1)),
        tf.div(a!, whole(3)),
      ],
      inputs,
    );
  });
});

describe('an integer divisor of zero', () => {
  it('gives zero', async () => {
    const inputs = {
      a: int32([3], Int32Array.of(7, -7, 0)),
      b: int32([3], Int32Array.of(0, 0, 2)),
    };
    await expectCompiledMatches(
      ({ a, b }) => [tf.floorDiv(a!, b!), tf.mod(a!, b!), tf.div(a!, b!)],
      inputs,
    );
  });
});
