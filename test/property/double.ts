/**
 * What a program comes to without rounding, and how far rounding may take it from there.
 *
 * The kernels of the `cpu` backend are loaded a second time, with double precision in place of single:
 * the `double` backend of TensorFlow.js, on which a program runs with its own gradients. As it stands it
 * gives what the program means. With noise, every result is rounded to float32 one way or the other at
 * random, a little further where functions are less exact than that (Monte Carlo arithmetic, Parker
 * 1997): a few such runs tell how far apart two right float32 evaluations may be, whatever the program
 * amplifies, and on which side of a jump they come to lie.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { RandomStream } from '../../src/random.js';

export const backendName = 'double';

/** Half a unit in the last place of a float32 number, as a share of it. */
const halfUnit = 2 ** -24;

/** Where the results of functions may be off by more than half a unit: by so many. */
const units: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    ['Exp', 'Expm1', 'Log', 'Log1p', 'Sigmoid', 'Tanh', 'Softplus', 'Elu', 'Selu', 'Erf'].map(
      (name) => [name, 8],
    ),
  ),
  ...Object.fromEntries(
    ['Sin', 'Cos', 'Tan', 'Asin', 'Acos', 'Atan', 'Atan2', 'Sinh', 'Cosh', 'Asinh', 'Acosh'].map(
      (name) => [name, 8],
    ),
  ),
  ...{ Atanh: 8, Pow: 8, Rsqrt: 3, Softmax: 8, LogSoftmax: 8, RealDiv: 2, DivNoNan: 2, Mod: 2 },
};

/**
 * The largest error of what TensorFlow.js has as a polynomial, 7.1.26 of Abramowitz and Stegun. What is
 * compiled is closer to the truth.
 */
const erfError = 2e-7;

const [seluScale, seluAlpha] = [1.0507009873554805, 1.6732632423543772];

/** Functions whose digits TensorFlow.js loses where x is small, as e^x − 1. */
const better: Readonly<Record<string, (x: number) => number>> = {
  Elu: (x) => (x >= 0 ? x : Math.expm1(x)),
  Selu: (x) => seluScale * (x >= 0 ? x : seluAlpha * Math.expm1(x)),
};

/** What sums, in an order of its own: what goes in is rounded anew. */
const sums =
  /^(Sum|Mean|Prod|Cum|BatchMatMul|_Fused|Fused|Conv|Depthwise|AvgPool|MaxPool.*Grad|Softmax|LogSoftmax|LRN|Einsum|Resize|Unsorted|Scatter|SquaredDifference|CropAndResize|FFT|IFFT|AddN|Sparse)/;

/**
 * What treats infinities and NaN in a way of its own: padding, which TensorFlow.js leaves out, makes NaN
 * of infinite weights where it counts as zeros, and so do pixels that are out of a norm's reach; and the
 * maximum of a window TensorFlow.js takes without the NaN in it.
 */
const spoils = /^(Conv|Depthwise|FusedConv|FusedDepthwise|MaxPool|LRNGrad)/;

/** Where the sign of zero tells, which laws of the compiler do not keep. */
const tellsZeros = /^(Atan2|RealDiv|Reciprocal)$/;

/** What moves numbers, and computes none. */
const exact =
  /^(Identity|Reshape|Transpose|Slice|StridedSlice|Concat|Pack|Unpack|SplitV|Tile|PadV2|MirrorPad|Gather|GatherNd|Reverse|ExpandDims|BroadcastTo|ZerosLike|OnesLike|Fill|Select|Maximum|Minimum|Max|Min|Neg|Abs|Relu|Sign|Step|Floor|Ceil|Round|Cast|TopK|MaxPool|SpaceToBatchND|BatchToSpaceND|DepthToSpace|ClipByValue|Range|Diag|OneHot)$/;

interface Noise {
  readonly random: RandomStream;
  /** How many times the noise of ordinary rounding. */
  readonly amplitude: number;
}

let noise: Noise | undefined;

/**
 * Runs something on the backend.
 * @param added the noise; none when absent
 */
export function inDouble<T>(run: () => T, added?: Noise): T {
  prepare();
  const home = tf.getBackend();
  // To change it takes long.
  if (home !== backendName) void tf.setBackend(backendName);
  noise = added;
  try {
    return run();
  } finally {
    noise = undefined;
    if (home !== backendName) void tf.setBackend(home);
  }
}

const backend = (): MathBackendCPU => tf.findBackend(backendName) as MathBackendCPU;

/** The numbers of a tensor of the backend, as precise as they are. */
export function numbersOf(tensor: tf.Tensor): ArrayLike<number> {
  return valuesOf(tensor);
}

const valuesOf = ({ dataId }: { readonly dataId: object }): Float64Array =>
  backend().data.get(dataId).values as unknown as Float64Array;

type Kernel = tf.KernelConfig['kernelFunc'];

/** Loads the kernels, unless they are there. */
function prepare(): void {
  if (tf.findBackend(backendName) !== null) return;
  const require = createRequire(import.meta.url);
  const path = require.resolve('@tensorflow/tfjs-backend-cpu');
  const core = {
    ...tf,
    ...inDoublePrecision(),
    registerKernel: (config: tf.KernelConfig) =>
      tf.registerKernel({
        ...config,
        backendName,
        kernelFunc: noisy(config.kernelName, mended(config.kernelName, config.kernelFunc)),
      }),
    registerBackend: (_: string, make: () => tf.KernelBackend) =>
      tf.registerBackend(backendName, make, 0),
  };
  const load = new Function('require', 'exports', 'Float32Array', readFileSync(path, 'utf8'));
  const own = (name: string): unknown =>
    name === '@tensorflow/tfjs-core' ? core : createRequire(path)(name);
  load(own, {}, Float64Array);
}

/** What TensorFlow.js makes arrays with. */
function inDoublePrecision(): object {
  const arrayOf = (dtype: tf.DataType, size: number) => {
    if (dtype === 'float32' || dtype === undefined) return new Float64Array(size);
    return tf.util.getTypedArrayFromDType(dtype as 'int32', size);
  };
  type Buffer = ConstructorParameters<typeof tf.TensorBuffer>;
  const valuesOr = (...[shape, dtype, values]: Buffer): Buffer => [
    shape,
    dtype,
    values ?? (arrayOf(dtype, tf.util.sizeFromShape(shape as number[])) as unknown as Float32Array),
  ];
  class TensorBuffer extends tf.TensorBuffer<tf.Rank, tf.DataType> {
    constructor(...given: Buffer) {
      super(...valuesOr(...given));
    }
  }
  return {
    TensorBuffer,
    buffer: (...[shape, dtype, values]: Buffer) =>
      new TensorBuffer(shape, dtype as 'float32', values as Float32Array | undefined),
    util: {
      ...tf.util,
      getTypedArrayFromDType: arrayOf,
      getArrayFromDType: arrayOf,
      makeZerosTypedArray: (size: number, dtype: tf.DataType) => arrayOf(dtype, size),
      makeOnesTypedArray: (size: number, dtype: tf.DataType) => arrayOf(dtype, size).fill(1),
      toTypedArray: (values: ArrayLike<number>, dtype: tf.DataType) => {
        const array = arrayOf(dtype, values.length);
        array.set(values);
        return array;
      },
    },
  };
}

/** A kernel that gives what TensorFlow.js loses. */
function mended(name: string, kernel: Kernel): Kernel {
  if (name === 'UnsortedSegmentSum') return segmentSum;
  const f = better[name];
  if (f === undefined) return kernel;
  return (call) => {
    const { x } = call.inputs as unknown as { x: tf.TensorInfo };
    const results = kernel(call) as tf.TensorInfo;
    valuesOf(results).set(Float64Array.from(valuesOf(x), f));
    return results;
  };
}

/** Of each segment alone: TensorFlow.js adds what is in others times 0, which is NaN for infinities. */
const segmentSum: Kernel = ({ inputs, attrs }) => {
  const { x, segmentIds } = inputs as unknown as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
  const segments = (attrs as unknown as { numSegments: number }).numSegments;
  const [values, ids] = [valuesOf(x), valuesOf(segmentIds)];
  const length = values.length / ids.length;
  const sums = new Float64Array(segments * length);
  ids.forEach((id, row) => {
    if (id < 0 || id >= segments) return;
    for (let i = 0; i < length; i++) sums[id * length + i]! += values[row * length + i]!;
  });
  const shape = [segments, ...x.shape.slice(segmentIds.shape.length)];
  return backend().makeTensorInfo(shape, x.dtype, sums as unknown as Float32Array);
};

/** A kernel that rounds as `noise` says. */
function noisy(name: string, kernel: Kernel): Kernel {
  return (call) => {
    const isExact = exact.test(name) && !(spoils.test(name) && !areFinite(call.inputs));
    if (noise === undefined || isExact) return kernel(call);
    const { random, amplitude } = noise;
    const inputs = sums.test(name)
      ? shaken(call.inputs, noise)
      : name === 'Mod'
        ? shifted(call.inputs, noise)
        : tellsZeros.test(name)
          ? withAnyZeros(call.inputs, noise)
          : call.inputs;
    const results = kernel({ ...call, inputs });
    for (const [key, info] of Object.entries(inputs)) {
      if (info !== call.inputs[key]) {
        backend().disposeIntermediateTensorInfo(info as unknown as tf.TensorInfo);
      }
    }
    for (const { dtype, dataId } of Array.isArray(results) ? results : [results]) {
      if (dtype !== 'float32') continue;
      const values = valuesOf({ dataId });
      if (spoils.test(name) && !areFinite(call.inputs)) {
        const filled = [undefined, 0, Number.NaN][random.integer(3)];
        if (filled !== undefined) values.fill(filled);
      }
      const error = name === 'Erf' ? erfError : 0;
      const least = sums.test(name) ? 8 * halfUnit * largestOf(values) : 0;
      const reach = amplitude * (units[name] ?? 1) * halfUnit;
      for (let i = 0; i < values.length; i++) {
        const value = values[i]! + random.uniform(-error, error);
        if (Math.fround(value) === value) continue;
        // What nearly cancels may cancel altogether.
        const isNothing = Math.abs(value) < least && random.integer(4) === 0;
        values[i] = isNothing ? 0 : Math.fround(value * (1 + random.uniform(-reach, reach)));
      }
    }
    return results;
  };
}

const largestOf = (values: Float64Array): number =>
  values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);

const areFinite = (inputs: tf.NamedTensorInfoMap): boolean =>
  Object.values(inputs).every((info) =>
    valuesOf(info as unknown as tf.TensorInfo).every((value) => Math.abs(value) < 3.4e38),
  );

/** Copies of the float32 operands, each number up to a unit away. */
function shaken(inputs: tf.NamedTensorInfoMap, { random, amplitude }: Noise) {
  const reach = 2 * amplitude * halfUnit;
  return changed(inputs, (value) => value * (1 + random.uniform(-reach, reach)));
}

/** Copies of the float32 operands, with zeros of either sign. */
const withAnyZeros = (inputs: tf.NamedTensorInfoMap, { random }: Noise) =>
  changed(inputs, (value) => (value === 0 && random.integer(2) === 0 ? -value : value));

function changed(inputs: tf.NamedTensorInfoMap, change: (value: number) => number) {
  const copies = Object.fromEntries(
    Object.entries(inputs).map(([name, info]) => {
      const operand = info as unknown as tf.TensorInfo | undefined;
      if (operand?.dtype !== 'float32') return [name, info];
      const values = Float64Array.from(valuesOf(operand), change);
      return [
        name,
        backend().makeTensorInfo(operand.shape, 'float32', values as unknown as Float32Array),
      ];
    }),
  ) as unknown as tf.NamedTensorInfoMap;
  // Some kernels take a list.
  return Array.isArray(inputs) ? (Object.values(copies) as unknown as typeof inputs) : copies;
}

/** A dividend that may have come to lie on the other side of a multiple of the divisor. */
function shifted(inputs: tf.NamedTensorInfoMap, { random, amplitude }: Noise) {
  const { a, b } = inputs as unknown as { a: tf.TensorInfo; b: tf.TensorInfo };
  if (a.dtype !== 'float32') return inputs;
  const most = largestOf(valuesOf(b));
  const reach = 4 * amplitude * halfUnit * (Number.isFinite(most) ? most : 0);
  const values = Float64Array.from(valuesOf(a), (value) => value + random.uniform(-reach, reach));
  const dividend = backend().makeTensorInfo(a.shape, 'float32', values as unknown as Float32Array);
  return { a: dividend, b } as unknown as tf.NamedTensorInfoMap;
}
