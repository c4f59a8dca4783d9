/**
 * How often numbers occur, and where they belong in a sorted list.
 */
import type { Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import { sizeOf } from '../graph/shapes.js';
import { type KernelCall, type LoweringTable, UnsupportedOption } from './lowering.js';

/**
 * The sum of the weights of each number of x [B, N], int32, below `size`: [B, size].
 *
 * @param weights [B, N], or none, which counts ones
 */
function weighBins(build: Builder, x: Value, weights: Value, size: number, isSet: boolean): Value {
  if (weights.dtype === 'bool') throw new UnsupportedOption('bool weights');
  const [batch, count] = x.shape as [number, number];
  const { dtype } = weights;
  const places = batch * size;
  const none = build.splat(dtype, [places], 0);
  if (places === 0 || count === 0) return build.reshape(none, [batch, size]);
  const [zero, least] = [build.splat('int32', [], 0), build.splat('int32', [], size)];
  const isCounted = build.compare('Less', x, least);
  const starts = Array.from({ length: batch }, (_, i) => i * size);
  const place = build.add(
    build.where(isCounted, x, zero),
    build.constant('int32', [batch, 1], starts),
  );
  // TensorFlow.js throws at a negative number; a place that there is not fails the run.
  const isNegative = build.compare('Less', x, zero);
  const index = build.where(isNegative, build.splat('int32', [], places), place);
  const ones = isSet || sizeOf(weights.shape) === 0;
  const weight = ones ? build.splat(dtype, x.shape, 1) : build.reshape(weights, x.shape);
  const sums = build.op(
    'ScatterND',
    [
      none,
      build.cast(build.reshape(index, [batch * count, 1]), 'int64'),
      build.reshape(build.where(isCounted, weight, build.splat(dtype, [], 0)), [batch * count]),
    ],
    none,
    { reduction: 'add' },
  );
  const bins = build.reshape(sums, [batch, size]);
  return isSet ? build.binary('Min', bins, build.splat(dtype, [], 1)) : bins;
}

function bins({ inputs: { x, weights }, attrs, build }: KernelCall, byRows: boolean): Value {
  const size = attrs.size as number;
  const isList = !byRows || x!.shape.length < 2;
  const rows = isList ? build.reshape(x!, [1, sizeOf(x!.shape)]) : x!;
  // Only the rows of a matrix are asked whether, not how often.
  const isSet = !isList && attrs.binaryOutput === true;
  const counts = weighBins(build, rows, weights!, size, isSet);
  return isList ? build.reshape(counts, [size]) : counts;
}

export const counting: LoweringTable = {
  Bincount: (call) => bins(call, false),
  DenseBincount: (call) => bins(call, true),
  // As many as are less than the value, or not greater: [B, N] and [B, M] → [B, M].
  SearchSorted: ({ inputs: { sortedSequence, values }, attrs, build }) => {
    const [batch, length] = sortedSequence!.shape as [number, number];
    const count = values!.shape[1]!;
    // Doubles hold every number of every type.
    const same = sortedSequence!.dtype === values!.dtype && values!.dtype !== 'bool';
    const comparable = (x: Value): Value => (same ? x : build.cast(x, 'float64'));
    const isBelow = build.compare(
      attrs.side === 'left' ? 'Less' : 'LessOrEqual',
      build.reshape(comparable(sortedSequence!), [batch, 1, length]),
      build.reshape(comparable(values!), [batch, count, 1]),
    );
    return build.reduce('ReduceSum', build.cast(isBelow, 'int32'), [2], false);
  },
};
