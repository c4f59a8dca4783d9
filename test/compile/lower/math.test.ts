import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { float32 } from '../../../src/compile/step.js';
import { RandomStream } from '../../../src/random.js';
import { expectCompiledMatches, normal, uniform } from '../../support/compiled.js';

/** Functions with the ends of an interval in which they and their gradients are well defined. */
const functions: [string, (x: tf.Tensor) => tf.Tensor, number, number][] = [
  ['sin', tf.sin, -6, 6],
  ['cos', tf.cos, -6, 6],
  ['tan', tf.tan, -1.4, 1.4],
  ['asin', tf.asin, -0.95, 0.95],
  ['acos', tf.acos, -0.95, 0.95],
  ['atan', tf.atan, -5, 5],
  ['sinh', tf.sinh, -3, 3],
  ['cosh', tf.cosh, -3, 3],
  ['asinh', tf.asinh, -5, 5],
  ['acosh', tf.acosh, 1.1, 5],
  ['atanh', tf.atanh, -0.95, 0.95],
  ['exp', tf.exp, -5, 5],
  ['expm1', tf.expm1, -5, 5],
  ['log', tf.log, 0.01, 9],
  ['log1p', tf.log1p, -0.9, 9],
  ['erf', tf.erf, -3, 3],
];

describe.each(functions)('%s', (name, op, low, high) => {
  it('has the values and the gradient of the backend', async () => {
    const random = RandomStream.fromSeed(1).split(name);
    const inputs = {
      matrix: uniform(random, [5, 7], low, high),
      one: uniform(random, [1], low, high),
      none: uniform(random, [3, 0], low, high),
    };
    await expectCompiledMatches((x) => Object.values(x).map(op), inputs);
  });
});

describe.each<[string, (x: tf.Tensor) => tf.Tensor, (x: number) => number]>([
  ['log1p', tf.log1p, Math.log1p],
  ['expm1', tf.expm1, Math.expm1],
])('%s', (_, op, exact) => {
  it('keeps the digits of small numbers, and of those around the change of form', async () => {
    const magnitudes = [1e-30, 1e-10, 1e-7, 1e-4, 0.01, 0.3, 0.4999, 0.5, 0.5001, 0.9];
    const numbers = Float32Array.from(magnitudes.flatMap((x) => [x, -x]));
    const step = compileStep(({ x }) => ({ y: op(x!) }));
    const { y } = await step({ x: float32([numbers.length], numbers) });
    numbers.forEach((x, i) => {
      expect(Math.abs(y!.values[i]! / exact(x) - 1), `at ${x}`).toBeLessThan(5e-7);
    });
  });

  it('ends where the function ends', async () => {
    const x = float32([6], Float32Array.of(0, -1, Infinity, -Infinity, Number.NaN, 200));
    await expectCompiledMatches(({ x }) => op(x!), { x }, { gradientsOf: [] });
  });
});

describe('atan2', () => {
  it('has the values and the gradient of the backend in every quadrant', async () => {
    const random = RandomStream.fromSeed(2);
    const inputs = { a: normal(random, [6, 5]), b: normal(random, [5]) };
    await expectCompiledMatches(({ a, b }) => tf.atan2(a!, b!), inputs);
  });

  it('knows the axes and the origin', async () => {
    const inputs = {
      a: float32([6], Float32Array.of(1, -1, 0, 0, 0, -0)),
      b: float32([6], Float32Array.of(0, 0, 1, -1, 0, 1)),
    };
    await expectCompiledMatches(({ a, b }) => tf.atan2(a!, b!), inputs, { gradientsOf: [] });
  });

  it('tells the two zeros apart', async () => {
    const inputs = {
      a: float32([8], Float32Array.of(0, 0, -0, -0, 0, -0, 3, -3)),
      b: float32([8], Float32Array.of(0, -0, 0, -0, -2, -2, -0, -0)),
    };
    await expectCompiledMatches(({ a, b }) => tf.atan2(a!, b!), inputs, { gradientsOf: [] });
  });
});
