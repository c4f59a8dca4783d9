/**
 * Kernels that reduce along axes.
 */
import type { ReduceOp } from '../builder.js';
import { type Lowering, type LoweringTable, parseAxes } from './lowering.js';

const reduce =
  (op: ReduceOp): Lowering =>
  ({ inputs: { x }, attrs, build }) => {
    // Sums of booleans are counts.
    const source = x!.dtype === 'bool' ? build.cast(x!, 'int32') : x!;
    const axes = parseAxes(attrs.axis, source.shape.length);
    return build.reduce(op, source, axes, attrs.keepDims === true);
  };

const argReduce =
  (op: 'ArgMax' | 'ArgMin'): Lowering =>
  ({ inputs: { x }, attrs, build }) => {
    const [axis] = parseAxes(attrs.axis ?? 0, x!.shape.length) as [number];
    const shape = x!.shape.toSpliced(axis, 1);
    const index = build.op(op, [x!], { dtype: 'int64', shape }, { axis, keepdims: 0 });
    return build.cast(index, 'int32');
  };

const softmax =
  (op: 'Softmax' | 'LogSoftmax', attribute: 'dim' | 'axis'): Lowering =>
  ({ inputs: { logits }, attrs, build }) => {
    const [axis] = parseAxes(attrs[attribute] ?? -1, logits!.shape.length) as [number];
    return build.op(op, [logits!], logits!, { axis });
  };

export const reduction: LoweringTable = {
  Sum: reduce('ReduceSum'),
  Mean: reduce('ReduceMean'),
  Max: ({ inputs: { x }, attrs, build }) =>
    build.reduce(
      'ReduceMax',
      x!,
      parseAxes(attrs.reductionIndices ?? attrs.axis, x!.shape.length),
      attrs.keepDims === true,
    ),
  Min: reduce('ReduceMin'),
  Prod: reduce('ReduceProd'),
  ArgMax: argReduce('ArgMax'),
  ArgMin: argReduce('ArgMin'),
  Softmax: softmax('Softmax', 'dim'),
  LogSoftmax: softmax('LogSoftmax', 'axis'),
};
