/** Every operation on every type that TensorFlow.js takes it on: compiled as eagerly, or refused by name. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { CompileError } from '../../../src/compile/errors.js';
import { float32, type HostTensor, int32 } from '../../../src/compile/step.js';
import { cpuEngine, expectSameTensors } from '../../support/compiled.js';

type Type = 'float32' | 'int32' | 'bool';
type Op = (x: tf.Tensor, y: tf.Tensor) => tf.Tensor | tf.Tensor[];

const types: readonly Type[] = ['float32', 'int32', 'bool'];
/** The ranks that an operation is tried on. */
const shapes: readonly number[][] = [[], [6], [2, 3], [1, 2, 3], [2, 1, 2, 2]];

const first = [0.5, -1.25, 2, 3.75, -4, 6];
const second = [2, 3, -1.5, 0.25, 5, 1];

function tensor(type: Type, shape: readonly number[], numbers: readonly number[]): HostTensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const values = Array.from({ length: size }, (_, i) => numbers[i % numbers.length]!);
  if (type === 'float32') return float32(shape, Float32Array.from(values));
  return int32(
    shape,
    Int32Array.from(values, (x) => (type === 'bool' ? Number(x > 0) : x)),
  );
}

const last = (x: tf.Tensor) => x.rank - 1;
const image = (x: tf.Tensor) => x as tf.Tensor4D;

/** By name; those of one tensor leave the second alone. */
const ops: Record<string, Op> = {
  abs: (x) => tf.abs(x),
  acos: (x) => tf.acos(x),
  acosh: (x) => tf.acosh(x),
  asin: (x) => tf.asin(x),
  asinh: (x) => tf.asinh(x),
  atan: (x) => tf.atan(x),
  atanh: (x) => tf.atanh(x),
  ceil: (x) => tf.ceil(x),
  clipByValue: (x) => tf.clipByValue(x, -1, 2),
  clipByFractions: (x) => tf.clipByValue(x, -0.5, 2.5),
  cos: (x) => tf.cos(x),
  cosh: (x) => tf.cosh(x),
  elu: (x) => tf.elu(x),
  erf: (x) => tf.erf(x),
  exp: (x) => tf.exp(x),
  expm1: (x) => tf.expm1(x),
  floor: (x) => tf.floor(x),
  isFinite: (x) => tf.isFinite(x),
  isInf: (x) => tf.isInf(x),
  isNaN: (x) => tf.isNaN(x),
  leakyRelu: (x) => tf.leakyRelu(x, 0.3),
  log: (x) => tf.log(tf.abs(x)),
  log1p: (x) => tf.log1p(tf.abs(x)),
  logSigmoid: (x) => tf.logSigmoid(x),
  logicalNot: (x) => tf.logicalNot(x),
  neg: (x) => tf.neg(x),
  reciprocal: (x) => tf.reciprocal(x),
  relu: (x) => tf.relu(x),
  relu6: (x) => tf.relu6(x),
  round: (x) => tf.round(x),
  rsqrt: (x) => tf.rsqrt(tf.abs(x)),
  selu: (x) => tf.selu(x),
  sigmoid: (x) => tf.sigmoid(x),
  sign: (x) => tf.sign(x),
  sin: (x) => tf.sin(x),
  sinh: (x) => tf.sinh(x),
  softplus: (x) => tf.softplus(x),
  sqrt: (x) => tf.sqrt(tf.abs(x)),
  square: (x) => tf.square(x),
  step: (x) => tf.step(x, 0.5),
  tan: (x) => tf.tan(x),
  tanh: (x) => tf.tanh(x),
  onesLike: (x) => tf.onesLike(x),
  zerosLike: (x) => tf.zerosLike(x),
  clone: (x) => tf.clone(x),
  toFloat: (x) => tf.cast(x, 'float32'),
  toInt: (x) => tf.cast(x, 'int32'),
  toBool: (x) => tf.cast(x, 'bool'),

  add: (x, y) => tf.add(x, y),
  addN: (x, y) => tf.addN([x, y, x]),
  atan2: (x, y) => tf.atan2(x, y),
  bitwiseAnd: (x, y) => tf.bitwiseAnd(x, y),
  div: (x, y) => tf.div(x, y),
  divNoNan: (x, y) => tf.divNoNan(x, y),
  equal: (x, y) => tf.equal(x, y),
  floorDiv: (x, y) => tf.floorDiv(x, y),
  greater: (x, y) => tf.greater(x, y),
  greaterEqual: (x, y) => tf.greaterEqual(x, y),
  less: (x, y) => tf.less(x, y),
  lessEqual: (x, y) => tf.lessEqual(x, y),
  logicalAnd: (x, y) => tf.logicalAnd(x, y),
  logicalOr: (x, y) => tf.logicalOr(x, y),
  logicalXor: (x, y) => tf.logicalXor(x, y),
  maximum: (x, y) => tf.maximum(x, y),
  minimum: (x, y) => tf.minimum(x, y),
  mod: (x, y) => tf.mod(x, y),
  mul: (x, y) => tf.mul(x, y),
  notEqual: (x, y) => tf.notEqual(x, y),
  pow: (x, y) => tf.pow(tf.abs(x), y),
  prelu: (x, y) => tf.prelu(x, y),
  squaredDifference: (x, y) => tf.squaredDifference(x, y),
  sub: (x, y) => tf.sub(x, y),
  where: (x, y) => tf.where(tf.greater(x, y), x, y),
  chosenRows: (x, y) => tf.where(tf.ones([x.shape[0]!], 'bool'), x, y),

  all: (x) => tf.all(x),
  any: (x) => tf.any(x),
  argMax: (x) => tf.argMax(x, last(x)),
  argMin: (x) => tf.argMin(x, 0),
  cumprod: (x) => tf.cumprod(x, last(x)),
  cumsum: (x) => tf.cumsum(x, last(x), true, true),
  logSoftmax: (x) => tf.logSoftmax(x),
  logSumExp: (x) => tf.logSumExp(x),
  max: (x) => [tf.max(x), tf.max(x, last(x), true)],
  mean: (x) => [tf.mean(x), tf.mean(x, 0)],
  min: (x) => [tf.min(x), tf.min(x, 0)],
  norm: (x) => tf.norm(x),
  prod: (x) => [tf.prod(x), tf.prod(x, 0, true)],
  softmax: (x) => tf.softmax(x),
  sum: (x) => [tf.sum(x), tf.sum(x, last(x))],
  topk: (x) => {
    const { values, indices } = tf.topk(x, 2);
    return [values, indices];
  },
  moments: (x) => {
    const { mean, variance } = tf.moments(x, 0);
    return [mean, variance];
  },
  bincount: (x) => tf.bincount(tf.abs(x) as tf.Tensor1D, tf.tensor1d([]), 5),

  batchToSpaceND: (x) => tf.batchToSpaceND(x, [2], [[0, 0]]),
  broadcastTo: (x) => tf.broadcastTo(x, [2, ...x.shape]),
  concat: (x, y) => tf.concat([x, y], last(x)),
  concatMixed: (x) => tf.concat([x, tf.cast(x, 'float32')], 0),
  depthToSpace: (x) => tf.depthToSpace(tf.concat([x, x], -1) as tf.Tensor4D, 2),
  diag: (x) => tf.diag(x),
  expandDims: (x) => tf.expandDims(x, -1),
  gather: (x) => tf.gather(x, tf.tensor1d([0, 0], 'int32'), last(x)),
  gatherBatches: (x) => tf.gather(x, tf.zeros([x.shape[0]!, 1], 'int32'), 1, 1),
  gatherND: (x) => tf.gatherND(x, tf.zeros([2, 1], 'int32')),
  mirrorPad: (x) =>
    tf.mirrorPad(
      x,
      x.shape.map(() => [1, 0] as [number, number]),
      'symmetric',
    ),
  oneHot: (x) => tf.oneHot(x, 4),
  oneHotValues: (x) => tf.oneHot(x, 4, 2.5, -1.5, 'float32'),
  pad: (x) =>
    tf.pad(
      x,
      x.shape.map(() => [1, 2] as [number, number]),
      1,
    ),
  padFraction: (x) =>
    tf.pad(
      x,
      x.shape.map(() => [0, 1] as [number, number]),
      1.5,
    ),
  reshape: (x) => tf.reshape(x, [-1, 1]),
  reverse: (x) => tf.reverse(x),
  reverseLast: (x) => tf.reverse(x, -1),
  scatterND: (x) => tf.scatterND(tf.zeros([x.shape[0]!, 1], 'int32'), x, [3, ...x.shape.slice(1)]),
  slice: (x) =>
    tf.slice(
      x,
      x.shape.map(() => 0),
      x.shape.map(() => 1),
    ),
  spaceToBatchND: (x) => tf.spaceToBatchND(x, [1], [[0, 1]]),
  sparseToDense: (x) =>
    tf.sparseToDense(
      tf.zeros([1, 1], 'int32'),
      tf.slice(tf.reshape(x, [-1]), [0], [1]),
      [3],
      tf.zeros([], x.dtype),
    ),
  split: (x) => tf.split(x, 2, 0),
  splitUneven: (x) => tf.split(x, [1, x.shape[0]! - 1], 0),
  stack: (x, y) => tf.stack([x, y], -1),
  stridedSlice: (x) =>
    tf.stridedSlice(
      x,
      x.shape.map(() => 0),
      [...x.shape],
      x.shape.map(() => 2),
    ),
  stridedBackwards: (x) => tf.stridedSlice(x, [-1], [-9], [-1]),
  tensorScatterUpdate: (x) =>
    tf.tensorScatterUpdate(x, tf.zeros([1, 1], 'int32'), tf.slice(x, 0, 1)),
  tile: (x) =>
    tf.tile(
      x,
      x.shape.map((_, i) => i + 1),
    ),
  transpose: (x) => tf.transpose(x),
  unsortedSegmentSum: (x) =>
    tf.unsortedSegmentSum(x, tf.zeros([x.shape[0]!], 'int32') as tf.Tensor1D, 2),
  unstack: (x) => tf.unstack(x),
  bandPart: (x) => tf.linalg.bandPart(x, 0, 1),
  searchSorted: (x, y) => tf.searchSorted(tf.cumsum(tf.abs(y), last(y)), x),
  searchSortedMixed: (x, y) =>
    tf.searchSorted(tf.cast(tf.cumsum(tf.abs(y), last(y)), 'float32'), x),
  whereMixed: (x, y) => tf.where(tf.greater(x, y), x, tf.cast(y, 'float32')),
  whereCounted: (x, y) => tf.where(tf.greater(x, y), x, tf.cast(y, 'int32')),

  matMul: (x, y) => tf.matMul(x, y, false, true),
  matMulTurned: (x, y) => tf.matMul(x, y, true, false),
  dot: (x, y) => tf.dot(x, y),
  outerProduct: (x, y) => tf.outerProduct(x as tf.Tensor1D, y as tf.Tensor1D),
  einsum: (x, y) => tf.einsum('ij,ij->i', x, y),
  einsumMixed: (x, y) => tf.einsum('ij,ij->i', x, tf.cast(y, 'float32')),
  fusedMatMul: (x, y) => tf.fused.matMul({ a: x, b: y, transposeB: true, activation: 'relu' }),
  conv2d: (x) => tf.conv2d(image(x), tf.ones([1, 1, 2, 1], x.dtype as 'int32'), 1, 'same'),
  depthwise: (x) =>
    tf.depthwiseConv2d(image(x), tf.ones([1, 1, 2, 1], x.dtype as 'int32'), 1, 'same'),
  conv3d: (x) => tf.conv3d(image(x), tf.ones([1, 1, 1, 2, 1], x.dtype as 'int32'), 1, 'same'),
  maxPool: (x) => tf.maxPool(image(x), 2, 1, 'same'),
  avgPool: (x) => tf.avgPool(image(x), 2, 1, 'same'),
  maxPool3d: (x) => tf.maxPool3d(image(x), 2, 1, 'same'),
  avgPool3d: (x) => tf.avgPool3d(image(x), 2, 1, 'same'),
  dilation2d: (x) => tf.dilation2d(image(x), tf.ones([1, 2, 2], x.dtype as 'int32'), 1, 'same'),
  localResponseNormalization: (x) => tf.localResponseNormalization(image(x)),
  resizeBilinear: (x) => tf.image.resizeBilinear(image(x), [3, 3]),
  resizeNearestNeighbor: (x) => tf.image.resizeNearestNeighbor(image(x), [3, 3]),
  cropAndResize: (x) => tf.image.cropAndResize(image(x), [[0, 0, 1, 1]], [0], [2, 2]),
  grayscaleToRGB: (x) => tf.image.grayscaleToRGB(tf.slice(image(x), [0, 0, 0, 0], [2, 1, 2, 1])),
  batchNorm: (x) => tf.batchNorm(x, tf.zeros([1]), tf.ones([1])),
};

const convert = (x: tf.Tensor, type: Type) => (type === 'bool' ? tf.cast(x, 'bool') : x);
const asOutput = (x: tf.Tensor) => (x.dtype === 'bool' ? tf.cast(x, 'int32') : x);

type Tensors = Readonly<Record<string, tf.Tensor>>;

/** One operation on tensors of one type, of several shapes in turn. */
function trial(type: Type, op: Op, tried: readonly (readonly number[])[]) {
  const inputs = Object.fromEntries(
    tried.flatMap((shape, i) => [
      [`x${i}`, tensor(type, shape, first)],
      [`y${i}`, tensor(type, shape, second)],
    ]),
  );
  const step = (tensors: Tensors) => {
    const results = tried.flatMap((_, i) =>
      op(convert(tensors[`x${i}`]!, type), convert(tensors[`y${i}`]!, type)),
    );
    return Object.fromEntries(results.map((result, i) => [String(i), asOutput(result)]));
  };
  return { inputs, step };
}

const eagerly = ({ inputs, step }: ReturnType<typeof trial>) => cpuEngine().compile(step)(inputs);

/** What is wrong with the compiled step, if anything. */
async function faultOf(tried: ReturnType<typeof trial>): Promise<string | undefined> {
  const compiled = compileStep(tried.step, { threads: 1 });
  try {
    expectSameTensors(await compiled(tried.inputs), await eagerly(tried), 1e-5);
    return undefined;
  } catch (thrown) {
    const { message } = thrown as Error;
    const isNamed = thrown instanceof CompileError && message.includes(', called at ');
    return isNamed ? undefined : message;
  } finally {
    await compiled.dispose();
  }
}

describe.each(types)('of %s', (type) => {
  it.each(Object.entries(ops))('%s', async (_, op) => {
    const taken: (readonly number[])[] = [];
    for (const shape of shapes) {
      const result = await eagerly(trial(type, op, [shape])).catch(() => undefined);
      if (result !== undefined) taken.push(shape);
    }
    if (taken.length === 0) return;
    // All at once; only one that is refused could hide what is wrong with others.
    const together = trial(type, op, taken);
    const compiled = compileStep(together.step, { threads: 1 });
    const results = await compiled(together.inputs).catch(() => undefined);
    await compiled.dispose();
    if (results !== undefined) {
      expectSameTensors(results, await eagerly(together), 1e-5);
      return;
    }
    for (const shape of taken) {
      const fault = await faultOf(trial(type, op, [shape]));
      if (fault !== undefined) throw new Error(`[${shape}]: ${fault}`);
    }
  });
});
