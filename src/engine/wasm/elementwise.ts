/**
 * Elementwise kernels that the stock backend runs one scalar library call at a time: `Tanh`, `Erf`,
 * `Exp`, `Maximum`, `Minimum` and `LeakyRelu`, as vector loops. Accurate to a few units in the last
 * place of float32.
 */
import * as tf from '@tensorflow/tfjs-core';
import { addressOf, type BackendWasm, floatBytes, floatsOf, type MendedKernel } from './heap.js';
import {
  abs,
  add,
  addInt,
  and,
  type Code,
  compileLoops,
  constant,
  div,
  integer,
  type Loop,
  type LoopScope,
  less,
  max,
  min,
  mul,
  nearest,
  or,
  select,
  shiftLeft,
  shiftRight,
  sub,
  subInt,
  toInt,
} from './simd.js';

const bodies = {
  Exp: (scope: LoopScope) => exp(scope, scope.a),
  Tanh: tanh,
  Erf: erf,
  Maximum: ({ a, b }: LoopScope) => max(a, b),
  Minimum: ({ a, b }: LoopScope) => min(a, b),
  MaximumScalar: ({ a, scalar }: LoopScope) => max(a, scalar),
  MinimumScalar: ({ a, scalar }: LoopScope) => min(a, scalar),
  LeakyRelu: ({ a, scalar }: LoopScope) =>
    add(max(a, constant(0)), mul(min(a, constant(0)), scalar)),
};

export const elementwiseKernels: readonly MendedKernel[] = [
  ...[tf.Exp, tf.Tanh, tf.Erf].map(unaryKernel),
  ...[tf.Maximum, tf.Minimum].map(binaryKernel),
  {
    kernelName: tf.LeakyRelu,
    run: (call, stock) => {
      const x = call.inputs.x as tf.TensorInfo;
      const loop = loopFor(call.backend, 'LeakyRelu', x);
      if (loop === undefined) return stock(call);
      return run(call.backend, loop, x, x, Number(call.attrs?.alpha));
    },
  },
];

function unaryKernel(kernelName: string): MendedKernel {
  return {
    kernelName,
    run: (call, stock) => {
      const x = call.inputs.x as tf.TensorInfo;
      const loop = loopFor(call.backend, kernelName as keyof typeof bodies, x);
      return loop === undefined ? stock(call) : run(call.backend, loop, x, x, 0);
    },
  };
}

function binaryKernel(kernelName: string): MendedKernel {
  return {
    kernelName,
    run: (call, stock) => {
      const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
      const isSame = tf.util.arraysEqual(a.shape, b.shape);
      const isScalar = b.shape.length === 0;
      if (b.dtype !== 'float32' || !(isSame || isScalar)) return stock(call);
      const name = isSame ? kernelName : `${kernelName}Scalar`;
      const loop = loopFor(call.backend, name as keyof typeof bodies, a);
      if (loop === undefined) return stock(call);
      return run(call.backend, loop, a, b, isSame ? 0 : floatsOf(call.backend, b)[0]!);
    },
  };
}

function run(
  backend: BackendWasm,
  loop: Loop,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  scalar: number,
): tf.TensorInfo {
  const out = backend.makeOutput([...a.shape], 'float32');
  const size = tf.util.sizeFromShape(a.shape);
  const places = [a, b, out].map((tensor) => addressOf(backend, tensor));
  const runFrom = (index: number, count: number) => {
    const [aPlace, bPlace, outPlace] = places.map((place) => place + index * floatBytes);
    loop(aPlace!, bPlace!, outPlace!, count * floatBytes, scalar);
  };
  runFrom(0, size - (size % lanes));
  // The last vector overlaps the one before it, so that nothing is written past the end.
  if (size % lanes > 0) runFrom(size - lanes, lanes);
  return out;
}

const lanes = 4;
const loopsOf = new WeakMap<BackendWasm, Record<keyof typeof bodies, Loop> | undefined>();

/** The loop for float32 operands shaped like `x`; `undefined` where the stock kernel must do. */
function loopFor(
  backend: BackendWasm,
  name: keyof typeof bodies,
  x: tf.TensorInfo,
): Loop | undefined {
  if (x.dtype !== 'float32' || tf.util.sizeFromShape(x.shape) < lanes) return undefined;
  if (!loopsOf.has(backend)) {
    const memory = memoryOf(backend);
    loopsOf.set(backend, memory && compileLoops(bodies, memory));
  }
  return loopsOf.get(backend)?.[name];
}

/** The memory that the backend's heap is made of, if its loader exposes it and SIMD is there. */
function memoryOf(backend: BackendWasm): object | undefined {
  const { asm, HEAPU8 } = backend.wasm as unknown as {
    asm?: { memory?: { buffer: ArrayBuffer } };
    HEAPU8: Uint8Array;
  };
  const hasSimd = tf.env().get('WASM_HAS_SIMD_SUPPORT') === true;
  return hasSimd && asm?.memory?.buffer === HEAPU8.buffer ? asm.memory : undefined;
}

/** e^x = 2^k · e^r with k = round(x / ln 2) and |r| ≤ ln 2 / 2. */
function exp(scope: LoopScope, value: Code): Code {
  // Past these bounds e^x is 0 and infinite in float32.
  const x = scope.keep(min(max(value, constant(-104)), constant(89)));
  const k = scope.keep(nearest(mul(x, constant(Math.LOG2E))));
  // ln 2 in two parts, the first of so few bits that its multiples are exact.
  const coarse = 0.693359375;
  const remainder = sub(x, mul(k, constant(coarse)));
  const r = scope.keep(sub(remainder, mul(k, constant(Math.LN2 - coarse))));
  const mantissa = polynomial(r, [1, 1, 1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040]);
  // Two factors, since 2^k itself may lie outside float32 while e^x does not.
  const power = scope.keep(toInt(k));
  const half = scope.keep(shiftRight(power, 1));
  return mul(mul(mantissa, powerOfTwo(half)), powerOfTwo(subInt(power, half)));
}

/** 2^k for int32 k from -126 to 127: k goes to the exponent bits. */
function powerOfTwo(k: Code): Code {
  return shiftLeft(addInt(k, integer(127)), 23);
}

/** A polynomial in x² near zero, and 1 - 2 / (e^2|x| + 1) elsewhere. */
function tanh(scope: LoopScope): Code {
  const x = scope.keep(scope.a);
  const magnitude = scope.keep(abs(x));
  const square = scope.keep(mul(x, x));
  const bound = 0.625;
  const ratio = (z: number) => (z === 0 ? 1 : Math.tanh(Math.sqrt(z)) / Math.sqrt(z));
  const near = mul(magnitude, polynomial(square, interpolate(ratio, 0, bound ** 2, 6)));
  const growth = exp(scope, add(magnitude, magnitude));
  const far = sub(constant(1), div(constant(2), add(growth, constant(1))));
  return withSignOf(x, select(less(magnitude, constant(bound)), near, far));
}

/** A polynomial in x² up to 1, and one in |x| from there to 4, where erf is 1 in float32. */
function erf(scope: LoopScope): Code {
  const x = scope.keep(scope.a);
  const magnitude = scope.keep(min(abs(x), constant(4)));
  const square = scope.keep(mul(magnitude, magnitude));
  const ratio = (z: number) =>
    z === 0 ? 2 / Math.sqrt(Math.PI) : exactErf(Math.sqrt(z)) / Math.sqrt(z);
  const near = mul(magnitude, polynomial(square, interpolate(ratio, 0, 1, 7)));
  // Centred on the interval and scaled to [-1, 1], where the powers keep their digits.
  const centred = scope.keep(mul(sub(magnitude, constant(2.5)), constant(1 / 1.5)));
  const far = polynomial(
    centred,
    interpolate((u) => exactErf(2.5 + 1.5 * u), -1, 1, 14),
  );
  return withSignOf(x, select(less(magnitude, constant(1)), near, far));
}

function withSignOf(x: Code, magnitude: Code): Code {
  return or(magnitude, and(x, integer(-0x80000000)));
}

/** `coefficients[0] + coefficients[1]·x + …`, by Horner's rule. */
function polynomial(x: Code, coefficients: readonly number[]): Code {
  return coefficients
    .slice(0, -1)
    .reduceRight<Code>(
      (sum, coefficient) => add(constant(coefficient), mul(x, sum)),
      constant(coefficients[coefficients.length - 1]!),
    );
}

/** The coefficients of the polynomial that meets `f` at the Chebyshev points of [low, high]. */
function interpolate(
  f: (x: number) => number,
  low: number,
  high: number,
  degree: number,
): number[] {
  const points = Array.from({ length: degree + 1 }, (_, i) => {
    const angle = (Math.PI * (i + 0.5)) / (degree + 1);
    return (low + high) / 2 + ((high - low) / 2) * Math.cos(angle);
  });
  // Newton's divided differences, then expanded into powers from the innermost factor out.
  const differences = points.map(f);
  for (let order = 1; order <= degree; order++) {
    for (let i = degree; i >= order; i--) {
      const rise = differences[i]! - differences[i - 1]!;
      differences[i] = rise / (points[i]! - points[i - order]!);
    }
  }
  let coefficients: number[] = [];
  for (let i = degree; i >= 0; i--) {
    const shifted = [0, ...coefficients];
    coefficients = shifted.map((value, j) => value - points[i]! * (coefficients[j] ?? 0));
    coefficients[0] = coefficients[0]! + differences[i]!;
  }
  return coefficients;
}

/** erf in float64 for |x| ≤ 4, by its series with positive terms only. */
function exactErf(x: number): number {
  let term = x;
  let sum = 0;
  for (let n = 0; n < 120; n++) {
    sum += term;
    term *= (2 * x * x) / (2 * n + 3);
  }
  return ((2 * Math.exp(-x * x)) / Math.sqrt(Math.PI)) * sum;
}
