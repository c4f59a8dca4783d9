/**
 * Kernels that reduce along axes, or accumulate along one.
 */
import type { Builder } from '../graph/builder.js';
import type { DType, Value } from '../graph/graph.js';
import type { ReduceOp } from '../graph/ops.js';
import { sizeOf } from '../graph/shapes.js';
import { type Lowering, type LoweringTable, parseAxes } from './lowering.js';

/** @param convert what the kernel computes with, by what it is given */
const reduce =
  (op: ReduceOp, convert: (dtype: DType) => DType = (dtype) => dtype): Lowering =>
  ({ inputs: { x }, attrs, build }) => {
    const axes = parseAxes(attrs.reductionIndices ?? attrs.axis, x!.shape.length);
    return build.reduce(op, build.cast(x!, convert(x!.dtype)), axes, attrs.keepDims === true);
  };

const withoutBool = (dtype: DType): DType => (dtype === 'bool' ? 'int32' : dtype);

/** onnxruntime has no maximum or minimum of no truth values. */
const logicalReduce =
  (op: 'ReduceMax' | 'ReduceMin'): Lowering =>
  (call) => {
    const { inputs, build } = call;
    const reduced = reduce(op)(call) as Value;
    if (sizeOf(inputs.x!.shape) > 0) return reduced;
    return build.splat('bool', reduced.shape, op === 'ReduceMin' ? 1 : 0);
  };

/** TensorFlow.js passes over NaN, but for one that stands first: no number is better than that. */
function withoutNaN(build: Builder, op: 'ArgMax' | 'ArgMin', x: Value, axis: number): Value {
  const best = op === 'ArgMax' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  const shape = x.shape.map((length, i) => (i === axis ? length : 1));
  const instead = Array.from({ length: shape[axis]! }, (_, i) => (i === 0 ? best : -best));
  // NaN does not equal itself.
  const isNumber = build.compare('Equal', x, x);
  return build.where(isNumber, x, build.constant('float32', shape, instead));
}

const argReduce =
  (op: 'ArgMax' | 'ArgMin'): Lowering =>
  ({ inputs: { x }, attrs, build }) => {
    const [axis] = parseAxes(attrs.axis ?? 0, x!.shape.length) as [number];
    const shape = x!.shape.toSpliced(axis, 1);
    const numbers = build.cast(x!, withoutBool(x!.dtype));
    const ranked = x!.dtype === 'float32' ? withoutNaN(build, op, x!, axis) : numbers;
    const index = build.op(op, [ranked], { dtype: 'int64', shape }, { axis, keepdims: 0 });
    return build.cast(index, 'int32');
  };

const softmax =
  (op: 'Softmax' | 'LogSoftmax', attribute: 'dim' | 'axis'): Lowering =>
  ({ inputs: { logits }, attrs, build }) => {
    const [axis] = parseAxes(attrs[attribute] ?? -1, logits!.shape.length) as [number];
    return build.op(op, [logits!], logits!, { axis });
  };

/** x moved on by `by` along an axis, ones moving in; backwards when `by` is negative. */
function shift(build: Builder, x: Value, axis: number, by: number): Value {
  const amount = Math.min(Math.abs(by), x.shape[axis]!);
  const amounts = (length: number): number[] => x.shape.map((_, i) => (i === axis ? length : 0));
  const none = amounts(0);
  const ends = x.shape.map((length, i) => length - amounts(amount)[i]!);
  return by > 0
    ? build.pad(build.slice(x, none, ends), amounts(amount), none, 1)
    : build.pad(build.slice(x, amounts(amount), x.shape), none, amounts(amount), 1);
}

/** Running products: each pass doubles how many factors every element has. */
function cumulativeProduct(
  build: Builder,
  x: Value,
  axis: number,
  exclusive: boolean,
  backwards: boolean,
): Value {
  const sign = backwards ? -1 : 1;
  let product = exclusive ? shift(build, x, axis, sign) : x;
  for (let step = 1; step < x.shape[axis]!; step *= 2) {
    product = build.mul(product, shift(build, product, axis, sign * step));
  }
  return product;
}

export const reduction: LoweringTable = {
  Sum: reduce('ReduceSum', withoutBool),
  Mean: reduce('ReduceMean', () => 'float32'),
  Max: reduce('ReduceMax'),
  Min: reduce('ReduceMin'),
  Prod: reduce('ReduceProd', withoutBool),
  Any: logicalReduce('ReduceMax'),
  All: logicalReduce('ReduceMin'),
  ArgMax: argReduce('ArgMax'),
  ArgMin: argReduce('ArgMin'),
  Softmax: softmax('Softmax', 'dim'),
  LogSoftmax: softmax('LogSoftmax', 'axis'),
  Cumsum: ({ inputs: { x }, attrs, build }) => {
    const [axis] = parseAxes(attrs.axis, x!.shape.length) as [number];
    const flags = {
      exclusive: attrs.exclusive === true ? 1 : 0,
      reverse: attrs.reverse === true ? 1 : 0,
    };
    const numbers = build.cast(x!, withoutBool(x!.dtype));
    return build.op('CumSum', [numbers, build.splat('int64', [], axis)], numbers, flags);
  },
  Cumprod: ({ inputs: { x }, attrs, build }) => {
    const [axis] = parseAxes(attrs.axis, x!.shape.length) as [number];
    const numbers = build.cast(x!, withoutBool(x!.dtype));
    return cumulativeProduct(
      build,
      numbers,
      axis,
      attrs.exclusive === true,
      attrs.reverse === true,
    );
  },
  TopK: ({ inputs: { x }, attrs, build }) => {
    const k = attrs.k as number;
    const shape = x!.shape.with(-1, k);
    const dtype = withoutBool(x!.dtype);
    const [values, indices] = build.node(
      'TopK',
      [build.cast(x!, dtype), build.int64s([k])],
      [
        { dtype, shape },
        { dtype: 'int64', shape },
      ],
    ) as [Value, Value];
    return [build.cast(values, x!.dtype), build.cast(indices, 'int32')];
  },
};
