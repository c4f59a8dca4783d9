/**
 * Every function of one or two numbers, and every reduction, at the numbers where functions go wrong:
 * zeros, halves, the smallest and the largest, infinity, NaN, integers that no float holds.
 */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { float32, type HostTensor, int32, type StepTensors } from '../../../src/compile/step.js';
import { cpuEngine, type HostTensors, interpret } from '../../support/compiled.js';

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const largest = 3.4028234663852886e38;
const numbers = [
  ...[0, 1, -1, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 5.75, 6, 7, -7, 20, -20, 90, -90, -100],
  ...[1e-38, -1e-38, -3e-8, 3e-8, 1e10, -1e10, 3e9, -3e9, 2 ** 31, 2 ** 63, 2 ** 70],
  ...[largest, -largest, Infinity, -Infinity, Number.NaN],
];
const integers = [
  ...[0, 1, -1, 2, -2, 3, 7, -7, 46_341, 65_537],
  ...[16_777_217, -16_777_219, 2 ** 31 - 1, -(2 ** 31)],
];

const floatsOf = (values: readonly number[]): HostTensor =>
  float32([values.length], Float32Array.from(values));
const integersOf = (values: readonly number[]): HostTensor =>
  int32([values.length], Int32Array.from(values));
const pairsOf = (values: readonly number[]): [number[], number[]] => [
  values.flatMap((a) => values.map(() => a)),
  values.flatMap(() => values),
];

/** Functions of every number, with a gradient that is more than a projection. */
const smooth: Readonly<Record<string, Unary>> = {
  abs: tf.abs,
  square: tf.square,
  relu: tf.relu,
  relu6: tf.relu6,
  leakyRelu: (x) => tf.leakyRelu(x, 0.3),
  leakyReluUp: (x) => tf.leakyRelu(x, -0.3),
  prelu: (x) => tf.prelu(x, tf.scalar(0.3)),
  selu: tf.selu,
  clipByValue: (x) => tf.clipByValue(x, -0.5, 0.75),
  sqrt: tf.sqrt,
  rsqrt: tf.rsqrt,
  reciprocal: tf.reciprocal,
  exp: tf.exp,
  log: tf.log,
  log1p: tf.log1p,
  sigmoid: tf.sigmoid,
  logSigmoid: tf.logSigmoid,
  softplus: tf.softplus,
  sin: tf.sin,
  cos: tf.cos,
  atan: tf.atan,
  asinh: tf.asinh,
  cosh: tf.cosh,
  sinh: tf.sinh,
  pow2: (x) => tf.pow(x, 2),
  pow3: (x) => tf.pow(x, 3),
  pow1: (x) => tf.pow(x, 1),
  powHalf: (x) => tf.pow(x, 0.5),
  powMinusOne: (x) => tf.pow(x, -1),
  max: (x) => tf.max(x),
  min: (x) => tf.min(x),
  sum: (x) => tf.sum(x),
  softmax: (x) => tf.softmax(x),
};
const unary: Readonly<Record<string, Unary>> = {
  ...smooth,
  neg: tf.neg,
  sign: tf.sign,
  step: (x) => tf.step(x),
  stepUp: (x) => tf.step(x, 0.25),
  stepDown: (x) => tf.step(x, -1),
  floor: tf.floor,
  ceil: tf.ceil,
  round: tf.round,
  elu: tf.elu,
  tanh: tf.tanh,
  tan: tf.tan,
  asin: tf.asin,
  acos: tf.acos,
  acosh: tf.acosh,
  atanh: tf.atanh,
  expm1: tf.expm1,
  erf: tf.erf,
  toInt: (x) => tf.cast(x, 'int32'),
  toBool: (x) => tf.cast(x, 'bool'),
  isNaN: tf.isNaN,
  isInf: tf.isInf,
  isFinite: tf.isFinite,
  mean: (x) => tf.mean(x),
  prod: (x) => tf.prod(x),
  argMax: (x) => tf.argMax(x),
  argMin: (x) => tf.argMin(x),
  cumsum: (x) => tf.cumsum(x),
  cumsumBack: (x) => tf.cumsum(x, 0, true, true),
  logSumExp: (x) => tf.logSumExp(x),
  logSoftmax: (x) => tf.logSoftmax(x),
};
const binary: Readonly<Record<string, Binary>> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  divNoNan: tf.divNoNan,
  maximum: tf.maximum,
  minimum: tf.minimum,
  squaredDifference: tf.squaredDifference,
  pow: tf.pow,
  mod: tf.mod,
  floorDiv: tf.floorDiv,
  atan2: tf.atan2,
  less: tf.less,
  lessEqual: tf.lessEqual,
  greater: tf.greater,
  greaterEqual: tf.greaterEqual,
  equal: tf.equal,
  notEqual: tf.notEqual,
  prelu: tf.prelu as Binary,
};

type Outputs = (inputs: StepTensors) => Record<string, tf.Tensor>;

/** How far a number may be from what it should be. */
interface Allowed {
  readonly relative: number;
  /** Outputs whose elements may be off by so much whatever they are. */
  readonly absolute?: Readonly<Record<string, number>>;
  /** Elements that eager TensorFlow.js has wrong, or double precision only has right. */
  readonly except?: (output: string, element: number) => boolean;
}

/** Holds a step, compiled and interpreted, to eager: types, NaN, infinities, and each number by itself. */
async function expectSame(
  outputs: Outputs,
  inputs: HostTensors,
  { relative, absolute = {}, except = () => false }: Allowed,
): Promise<void> {
  const step = (tensors: StepTensors) =>
    Object.fromEntries(
      Object.entries(outputs(tensors)).map(([name, y]) => [
        name,
        y.dtype === 'bool' ? tf.cast(y, 'int32') : y,
      ]),
    );
  const wanted = await cpuEngine().compile(step)(inputs);
  const wrong: string[] = [];
  for (const [how, make] of Object.entries({ compiled: compileStep, interpreted: interpret })) {
    const actual = await make(step)(inputs);
    for (const [name, { dtype, values }] of Object.entries(wanted)) {
      if (actual[name]!.dtype !== dtype) wrong.push(`${name} is ${actual[name]!.dtype}`);
      values.forEach((value, i) => {
        const other = actual[name]!.values[i]!;
        const off = Math.abs(other - value);
        // Below the normal numbers only a few digits are left.
        const limit =
          dtype === 'int32' ? 0 : Math.max(relative * Math.abs(value), 1e-42, absolute[name] ?? 0);
        const same = Object.is(other, value) || other === value || off <= limit;
        if (!same && !except(name, i)) {
          const at = Object.values(inputs).map((input) => input.values[i] ?? 'all');
          wrong.push(`${how} ${name}(${at}) is ${other}, not ${value}`);
        }
      });
    }
  }
  expect(wrong).toEqual([]);
}

/** Each function of what there is. */
const applied =
  <F>(
    functions: Readonly<Record<string, F>>,
    apply: (f: F, inputs: StepTensors) => tf.Tensor,
  ): Outputs =>
  (inputs) =>
    Object.fromEntries(Object.entries(functions).map(([name, f]) => [name, apply(f, inputs)]));

/** TensorFlow.js approximates the first, and loses what is below 1e−16 in the others. */
const approximate = { erf: 2e-7, elu: 1e-15, selu: 1e-15 };

const valuesOf = applied(unary, (f, { x }) => f(x!));

describe('floats', () => {
  const x = floatsOf(numbers);

  it('go through every function as in eager TensorFlow.js', async () => {
    await expectSame(
      valuesOf,
      { x },
      {
        relative: 1e-6,
        // The interpreter's running sums keep what is lost in those of float32.
        absolute: { ...approximate, cumsum: 100 },
      },
    );
  });

  it('that are all there but NaN and infinity are reduced as in eager TensorFlow.js', async () => {
    const finite = { x: floatsOf(numbers.filter((number) => Math.abs(number) < 1e6)) };
    await expectSame(valuesOf, finite, {
      relative: 1e-6,
      absolute: { ...approximate, logSoftmax: 1e-5 },
    });
  });

  it('have the gradients of eager TensorFlow.js', async () => {
    const gradients = applied(smooth, (f, { x }) => tf.grad(f)(x!));
    await expectSame(gradients, { x }, { relative: 2e-6 });
  });

  it('go by two through every function as in eager TensorFlow.js', async () => {
    const ends = [1e30, Infinity, -Infinity, Number.NaN];
    const [a, b] = pairsOf([0, 1, -1, 2, -2, 0.5, 3, -3, 7.5, -7.5, ...ends]);
    await expectSame(
      applied(binary, (f, { a, b }) => f(a!, b!)),
      { a: floatsOf(a), b: floatsOf(b) },
      {
        relative: 1e-6,
        except: (name, i) =>
          // A power of ±1 is ±1 here, as the standard of floats says; to JavaScript it is NaN.
          name === 'pow' && Math.abs(a[i]!) === 1 && !Number.isFinite(b[i]!),
      },
    );
  });
});

/** Whether TensorFlow.js has the function of integers. */
function takesIntegers(f: Unary): boolean {
  try {
    tf.tidy(() => void f(tf.tensor1d([1, 2], 'int32')));
    return true;
  } catch {
    return false;
  }
}

describe('floats by two', () => {
  it('have the gradients of eager TensorFlow.js, of equal numbers, zeros and NaN too', async () => {
    const [a, b] = pairsOf([0, 1, -1, 2, 0.5, 3, -3, 7.5, -7.5, 1e10, Number.NaN]);
    const { add, sub, mul, div, divNoNan, maximum, minimum, mod, atan2, pow, prelu } = binary;
    const functions = { add, sub, mul, div, divNoNan, maximum, minimum, mod, atan2, pow, prelu };
    const gradientOf = (which: 0 | 1) =>
      applied(functions, (f, { a, b }) => tf.grads((a, b) => f!(a!, b!))([a!, b!])[which]!);
    const inputs = { a: floatsOf(a), b: floatsOf(b) };
    const except = (name: string, i: number) =>
      // A power of 1, see above.
      name === 'pow' && Math.abs(a[i]!) === 1 && Number.isNaN(b[i]!);
    await expectSame(gradientOf(0), inputs, { relative: 2e-6, except });
    await expectSame(gradientOf(1), inputs, { relative: 2e-6, except });
  });
});

describe('integers', () => {
  it('go through every function that takes them as in eager TensorFlow.js', async () => {
    await tf.setBackend('cpu');
    const takers = Object.fromEntries(Object.entries(unary).filter(([, f]) => takesIntegers(f)));
    expect(Object.keys(takers).length).toBeGreaterThan(35);
    // Those compute the numbers in float32, and eager in float64.
    const rounds = ['softplus', 'logSigmoid', 'selu', 'mean'];
    await expectSame(
      applied(takers, (f, { x }) => f(x!)),
      { x: integersOf(integers) },
      {
        relative: 1e-4,
        except: (name, i) =>
          (rounds.includes(name) && Math.abs(integers[i]!) > 2 ** 24) ||
          // Eager computes it in floats.
          (name === 'abs' && Math.abs(integers[i]!) > 2 ** 24) ||
          // Eager rounds the product before it wraps.
          (/^(square|pow)/.test(name) && Math.abs(integers[i]!) > 46_340),
      },
    );
  });

  it('go by two through every function as in eager TensorFlow.js', async () => {
    const [a, b] = pairsOf(integers);
    const isExact = (value: number): boolean => Math.abs(value) <= 2 ** 53;
    await expectSame(
      applied(binary, (f, { a, b }) => f(a!, b!)),
      { a: integersOf(a), b: integersOf(b) },
      {
        relative: 1e-6,
        // Products and powers that double precision rounds before they wrap.
        except: (name, i) =>
          (name === 'mul' && !isExact(a[i]! * b[i]!)) ||
          (name === 'squaredDifference' && !isExact((a[i]! - b[i]!) ** 2)) ||
          (name === 'pow' && !isExact(a[i]! ** b[i]!)),
      },
    );
  });

  it('that no float holds stay as they are in constants', async () => {
    await expectSame(
      ({ x }) => {
        const constant = tf.tensor1d([16_777_217, -16_777_219, 2 ** 31 - 1], 'int32');
        const sum = tf.add(constant, tf.scalar(2 ** 30 + 1, 'int32'));
        return {
          constant,
          sum,
          added: tf.add(x!, tf.scalar(16_777_217, 'int32')),
          filled: tf.fill([3], 16_777_217, 'int32'),
          product: tf.mul(tf.scalar(46_341, 'int32'), tf.scalar(46_341, 'int32')),
          wrapped: tf.cast(
            tf.add(tf.scalar(2 ** 31 - 1, 'int32'), tf.scalar(1, 'int32')),
            'float32',
          ),
          negated: tf.cast(tf.neg(tf.scalar(-(2 ** 31), 'int32')), 'float32'),
          total: tf.cast(tf.sum(tf.fill([3], 2 ** 30, 'int32')), 'float32'),
          power: tf.prod(tf.fill([25], 3, 'int32')),
          products: tf.prod(tf.mul(x!, tf.scalar(123_457, 'int32'))),
          sums: tf.sum(tf.mul(x!, tf.scalar(2 ** 29 + 1, 'int32'))),
          running: tf.cumsum(tf.mul(x!, tf.scalar(2 ** 29 + 1, 'int32'))),
          cast: tf.cast(tf.tensor1d([NaN, Infinity, 3e9]), 'int32'),
        };
      },
      { x: integersOf([1, 2, 3]) },
      { relative: 0 },
    );
  });
});
