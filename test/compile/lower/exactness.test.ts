/**
 * Holds `src/compile/exactness.md` to what functions give over the whole range of float32, measured
 * against double precision.
 */
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { float32, type HostTensor } from '../../../src/compile/step.js';
import { RandomStream } from '../../../src/random.js';
import { erf } from '../../support/interpreter/elementwise.js';

interface Subject {
  readonly op: (x: tf.Tensor) => tf.Tensor;
  readonly exact: (x: number) => number;
  readonly derivative: (x: number) => number;
  /** Where the derivative is well-conditioned. */
  readonly smooth?: (x: number) => boolean;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const [scale, alpha] = [1.0507009873554805, 1.6732632423543772];
const inside = (x: number): boolean => Math.abs(x) < 0.99;

const subjects: Readonly<Record<string, Subject>> = {
  sqrt: { op: tf.sqrt, exact: Math.sqrt, derivative: (x) => 0.5 / Math.sqrt(x) },
  rsqrt: { op: tf.rsqrt, exact: (x) => 1 / Math.sqrt(x), derivative: (x) => -0.5 * x ** -1.5 },
  reciprocal: { op: tf.reciprocal, exact: (x) => 1 / x, derivative: (x) => -1 / x ** 2 },
  exp: { op: tf.exp, exact: Math.exp, derivative: Math.exp },
  expm1: { op: tf.expm1, exact: Math.expm1, derivative: Math.exp },
  log: { op: tf.log, exact: Math.log, derivative: (x) => (x < 0 ? Number.NaN : 1 / x) },
  log1p: {
    op: tf.log1p,
    exact: Math.log1p,
    derivative: (x) => 1 / (1 + x),
    smooth: (x) => x > -0.9,
  },
  sigmoid: { op: tf.sigmoid, exact: sigmoid, derivative: (x) => sigmoid(x) * sigmoid(-x) },
  logSigmoid: { op: tf.logSigmoid, exact: (x) => -softplus(-x), derivative: (x) => sigmoid(-x) },
  softplus: { op: tf.softplus, exact: softplus, derivative: sigmoid },
  swish: {
    op: (x) => tf.mul(x, tf.sigmoid(x)),
    exact: (x) => x * sigmoid(x),
    derivative: (x) => sigmoid(x) * (1 + x * sigmoid(-x)),
  },
  tanh: { op: tf.tanh, exact: Math.tanh, derivative: (x) => 1 - Math.tanh(x) ** 2 },
  erf: {
    op: tf.erf,
    exact: erf,
    derivative: (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x),
  },
  elu: {
    op: tf.elu,
    exact: (x) => (x > 0 ? x : Math.expm1(x)),
    derivative: (x) => Math.exp(Math.min(x, 0)),
  },
  selu: {
    op: tf.selu,
    exact: (x) => scale * (x > 0 ? x : alpha * Math.expm1(x)),
    derivative: (x) => scale * (x > 0 ? 1 : alpha * Math.exp(x)),
  },
  sin: { op: tf.sin, exact: Math.sin, derivative: Math.cos },
  cos: { op: tf.cos, exact: Math.cos, derivative: (x) => -Math.sin(x) },
  tan: { op: tf.tan, exact: Math.tan, derivative: (x) => Math.cos(x) ** -2 },
  asin: {
    op: tf.asin,
    exact: Math.asin,
    derivative: (x) => 1 / Math.sqrt(1 - x * x),
    smooth: inside,
  },
  acos: {
    op: tf.acos,
    exact: Math.acos,
    derivative: (x) => -1 / Math.sqrt(1 - x * x),
    smooth: inside,
  },
  atan: { op: tf.atan, exact: Math.atan, derivative: (x) => 1 / (1 + x * x) },
  sinh: { op: tf.sinh, exact: Math.sinh, derivative: Math.cosh },
  cosh: { op: tf.cosh, exact: Math.cosh, derivative: Math.sinh },
  asinh: { op: tf.asinh, exact: Math.asinh, derivative: (x) => 1 / Math.sqrt(1 + x * x) },
  acosh: {
    op: tf.acosh,
    exact: Math.acosh,
    derivative: (x) => 1 / Math.sqrt(x * x - 1),
    smooth: (x) => x > 1.01,
  },
  atanh: {
    op: tf.atanh,
    exact: Math.atanh,
    derivative: (x) => 1 / (1 - x * x),
    smooth: inside,
  },
  'pow(x, 2.5)': {
    op: (x) => tf.pow(x, 2.5),
    exact: (x) => x ** 2.5,
    derivative: (x) => 2.5 * x ** 1.5,
  },
  'pow(x, 3)': { op: (x) => tf.pow(x, 3), exact: (x) => x ** 3, derivative: (x) => 3 * x ** 2 },
  'pow(x, −1)': { op: (x) => tf.pow(x, -1), exact: (x) => 1 / x, derivative: (x) => -1 / x ** 2 },
};

const largest = 3.4028234663852886e38;

/** Numbers of every magnitude and both signs, more of them where functions bend, and the ends. */
function sweep(): Float32Array {
  const random = RandomStream.fromSeed(1).split('exactness');
  const bits = Float32Array.from(
    new Float32Array(Uint32Array.from({ length: 60_000 }, () => random.integer(2 ** 32)).buffer),
  );
  const near = (width: number) =>
    Float32Array.from({ length: 20_000 }, () => random.uniform(-width, width));
  const ends = [0, -0, 1, -1, largest, -largest, 1e-45, -1e-45, Infinity, -Infinity, Number.NaN];
  return Float32Array.from([...ends, ...bits, ...near(110), ...near(4), ...near(1)]);
}

/**
 * How many units in the last place `actual` is from what it should be. Below 1e−36 the place is that
 * of 1e−36.
 */
function unitsOff(actual: number, exact: number): number {
  const wanted = Math.fround(exact);
  if (Object.is(actual, wanted) || actual === wanted) return 0;
  if (Number.isNaN(actual) || Number.isNaN(wanted)) return Number.POSITIVE_INFINITY;
  // What is rounded up to infinity is one unit beyond the largest.
  const number = (x: number): number => (Math.abs(x) > largest ? Math.sign(x) * 2 ** 128 : x);
  const exponent = Math.floor(Math.log2(Math.max(Math.min(Math.abs(wanted), largest), 1e-36)));
  return Math.abs(number(actual) - number(wanted)) / 2 ** (exponent - 23);
}

/** The largest error of each function, and of each gradient as a share of it, or of 1. */
async function measured(): Promise<Map<string, { units: number; gradient: number }>> {
  const numbers = sweep();
  const moderate = numbers.filter((x) => 1e-3 < Math.abs(x) && Math.abs(x) < 60);
  const entries = Object.entries(subjects);
  const values = compileStep(({ x }) =>
    Object.fromEntries(entries.map(([name, { op }]) => [name, op(x!)])),
  );
  const gradients = compileStep(({ x }) =>
    Object.fromEntries(entries.map(([name, { op }]) => [name, tf.grad(op)(x!)])),
  );
  const run = (step: typeof values, x: Float32Array): Promise<Record<string, HostTensor>> =>
    step({ x: float32([x.length], x) });
  const [results, slopes] = [await run(values, numbers), await run(gradients, moderate)];
  const worst = (x: Float32Array, error: (number: number, i: number) => number): number =>
    x.reduce((most, number, i) => Math.max(most, error(number, i)), 0);
  return new Map(
    entries.map(([name, { exact, derivative, smooth = () => true }]) => [
      name,
      {
        units: worst(numbers, (x, i) => unitsOff(results[name]!.values[i]!, exact(x))),
        gradient: worst(moderate, (x, i) => {
          const wanted = Math.fround(derivative(x));
          if (!smooth(x) || !Number.isFinite(wanted)) return 0;
          return Math.abs(slopes[name]!.values[i]! - wanted) / Math.max(1, Math.abs(wanted));
        }),
      },
    ]),
  );
}

/** The rows of a table that begin with a function's name. */
async function stated(): Promise<Map<string, { units: number; gradient: number }>> {
  const page = await readFile(
    new URL('../../../src/compile/exactness.md', import.meta.url),
    'utf8',
  );
  const rows = page.matchAll(/^\| `([^`]+)` +\| ([\d.]+) +\| ([\d.e−]+) +\|/gm);
  return new Map(
    Array.from(rows, ([, name, units, gradient]) => [
      name!,
      { units: Number(units), gradient: Number(gradient!.replace('−', '-')) },
    ]),
  );
}

describe('the table of errors', () => {
  it('names every function, and what each is off by at the most', async () => {
    const [errors, table] = [await measured(), await stated()];
    expect([...table.keys()]).toEqual([...errors.keys()]);
    const beyond = [...errors].filter(([name, { units, gradient }]) => {
      const limits = table.get(name)!;
      return !(units <= limits.units && gradient <= limits.gradient);
    });
    expect(beyond).toEqual([]);
  });
});
