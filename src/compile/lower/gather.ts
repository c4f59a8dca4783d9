/**
 * Kernels that look elements up by index, or put them where an index says.
 */
import type { Builder } from '../graph/builder.js';
import { numbersOf, type Value } from '../graph/graph.js';
import { type Shape, sizeOf } from '../graph/shapes.js';
import { combine } from './elementwise.js';
import { type LoweringTable, parseAxes, UnsupportedOption } from './lowering.js';

/** x[…, order[i], …] along an axis, in an order known while compiling. */
export function reorder(build: Builder, x: Value, axis: number, order: readonly number[]): Value {
  if (order.length === x.shape[axis] && order.every((from, to) => from === to)) return x;
  const shape = x.shape.with(axis, order.length);
  return build.op('Gather', [x, build.int64s(order)], { dtype: x.dtype, shape }, { axis });
}

/** x backwards along the given axes. */
export function reverse(build: Builder, x: Value, axes: readonly number[]): Value {
  return axes.reduce((value, axis) => {
    const order = Array.from({ length: value.shape[axis]! }, (_, i) => i).reverse();
    return reorder(build, value, axis, order);
  }, x);
}

/** @throws UnsupportedOption for indices […, lengths] that are known and out of range */
function refuseOutside(indices: Value, lengths: readonly number[]): void {
  numbersOf(indices)?.forEach((index, i) => {
    const length = lengths[i % lengths.length]!;
    if (index >= 0 && index < length) return;
    throw new UnsupportedOption(`the index ${index}, which is not in 0 … ${length - 1},`);
  });
}

/**
 * Indices along axes of some lengths, one or one of `[…, lengths]`. TensorFlow.js refuses those that are
 * out of range, and so does onnxruntime, but for negative ones, which it counts from the end: they are
 * moved out of its range.
 *
 * @throws UnsupportedOption for one that is known and out of range
 */
export function within(build: Builder, indices: Value, lengths: readonly number[]): Value {
  refuseOutside(indices, lengths);
  if (indices.constant !== undefined) return indices;
  const isNegative = build.compare('Less', indices, build.splat('int32', [], 0));
  const all =
    lengths.length === 1
      ? build.splat('int32', [], lengths[0]!)
      : build.constant('int32', [lengths.length], lengths);
  return build.where(isNegative, build.sub(indices, all), indices);
}

/**
 * For each of the batches, x [batch…, outer…, N, inner…] at indices [batch…, …]: the batches are
 * laid end to end, and their indices moved on accordingly.
 */
function gatherBatches(
  build: Builder,
  x: Value,
  indices: Value,
  axis: number,
  batchDims: number,
): Value {
  const batchShape = x.shape.slice(0, batchDims);
  const [outerShape, innerShape] = [x.shape.slice(batchDims, axis), x.shape.slice(axis + 1)];
  const [batch, outer, inner] = [batchShape, outerShape, innerShape].map(sizeOf) as [
    number,
    number,
    number,
  ];
  const length = x.shape[axis]!;
  const count = sizeOf(indices.shape) / batch;
  const rows = build.reshape(
    build.transpose(build.reshape(x, [batch, outer, length, inner]), [0, 2, 1, 3]),
    [batch * length, outer * inner],
  );
  const starts = Array.from({ length: batch }, (_, i) => i * length);
  refuseOutside(indices, [length]);
  const inBatch = build.reshape(indices, [batch, count]);
  const isOutside = outside(build, inBatch, length);
  const moved = build.where(
    isOutside,
    // Not the row of another batch, but none.
    build.splat('int32', [], batch * length),
    build.add(inBatch, build.constant('int32', [batch, 1], starts)),
  );
  const picked = build.op(
    'Gather',
    [rows, moved],
    { dtype: x.dtype, shape: [batch, count, outer * inner] },
    { axis: 0 },
  );
  const split = build.reshape(picked, [batch, count, outer, inner]);
  return build.reshape(build.transpose(split, [0, 2, 1, 3]), [
    ...batchShape,
    ...outerShape,
    ...indices.shape.slice(batchDims),
    ...innerShape,
  ]);
}

/** Indices […, depth] of the first axes of a shape, as onnxruntime wants them. */
export const placesIn = (build: Builder, indices: Value, shape: Shape): Value =>
  build.cast(within(build, indices, shape.slice(0, indices.shape.at(-1)!)), 'int64');

/** Where indices are not in 0 … length − 1. */
const outside = (build: Builder, indices: Value, length: number): Value =>
  combine(
    build,
    'Or',
    build.compare('Less', indices, build.splat('int32', [], 0)),
    build.compare('GreaterOrEqual', indices, build.splat('int32', [], length)),
  );

/** The sum of the rows of x [N, …] by segment; rows whose number is out of range are left out. */
export function segmentSum(build: Builder, x: Value, segments: Value, numSegments: number): Value {
  const count = sizeOf(segments.shape);
  const inner = x.shape.slice(segments.shape.length);
  const shape = [numSegments, ...inner];
  if (count === 0) return build.splat(x.dtype, shape, 0);
  const ids = build.reshape(segments, [count, 1]);
  const rows = build.reshape(x, [count, sizeOf(inner)]);
  const isOutside = outside(build, ids, numSegments);
  const sums = build.splat(x.dtype, [numSegments, sizeOf(inner)], 0);
  const result = build.op(
    'ScatterND',
    [
      sums,
      build.cast(build.where(isOutside, build.splat('int32', [], 0), ids), 'int64'),
      build.where(isOutside, build.splat(x.dtype, [], 0), rows),
    ],
    sums,
    { reduction: 'add' },
  );
  return build.reshape(result, shape);
}

/** The source of each element along an axis that is padded with its own mirror image. */
function mirrored(length: number, before: number, after: number, mode: unknown): number[] {
  // `reflect` leaves the border itself out of the mirror image.
  const border = mode === 'reflect' ? 0 : 1;
  return Array.from({ length: before + length + after }, (_, i) => {
    const at = i - before;
    if (at < 0) return -at - border;
    return at < length ? at : 2 * (length - 1) - at + border;
  });
}

export const gather: LoweringTable = {
  Reverse: ({ inputs: { x }, attrs, build }) =>
    reverse(build, x!, parseAxes(attrs.dims, x!.shape.length)),
  MirrorPad: ({ inputs: { x }, attrs, build }) =>
    (attrs.paddings as [number, number][]).reduce(
      (value, [before, after], axis) =>
        reorder(build, value, axis, mirrored(x!.shape[axis]!, before, after, attrs.mode)),
      x!,
    ),
  GatherV2: ({ inputs: { x, indices }, attrs, build }) => {
    const [axis] = parseAxes(attrs.axis ?? 0, x!.shape.length) as [number];
    const batchDims = (attrs.batchDims as number | undefined) ?? 0;
    if (batchDims > 0) return gatherBatches(build, x!, indices!, axis, batchDims);
    return build.op(
      'Gather',
      [x!, within(build, indices!, [x!.shape[axis]!])],
      { dtype: x!.dtype, shape: x!.shape.toSpliced(axis, 1, ...indices!.shape) },
      { axis },
    );
  },
  GatherNd: ({ inputs: { params, indices }, build }) => {
    const depth = indices!.shape.at(-1)!;
    const shape = [...indices!.shape.slice(0, -1), ...params!.shape.slice(depth)];
    const index = placesIn(build, indices!, params!.shape);
    return build.op('GatherND', [params!, index], { dtype: params!.dtype, shape });
  },
  ScatterNd: ({ inputs: { indices, updates }, attrs, build }) => {
    const zeros = build.splat(updates!.dtype, attrs.shape as Shape, 0);
    const index = placesIn(build, indices!, zeros.shape);
    return build.op('ScatterND', [zeros, index, updates!], zeros, { reduction: 'add' });
  },
  // Sums of floats, whatever is summed, as with TensorFlow.js.
  UnsortedSegmentSum: ({ inputs: { x, segmentIds }, attrs, build }) =>
    segmentSum(build, build.cast(x!, 'float32'), segmentIds!, attrs.numSegments as number),
  OneHot: ({ inputs: { indices }, attrs, build }) => {
    const depth = attrs.depth as number;
    const classes = build.constant(
      'int32',
      [depth],
      Array.from({ length: depth }, (_, k) => k),
    );
    const hit = build.compare('Equal', build.reshape(indices!, [...indices!.shape, 1]), classes);
    const dtype = (attrs.dtype as 'float32' | 'int32' | undefined) ?? 'int32';
    const [on, off] = [attrs.onValue as number, attrs.offValue as number];
    if (on === 1 && off === 0) return build.cast(hit, dtype);
    return build.where(hit, build.splat(dtype, [], on), build.splat(dtype, [], off));
  },
};
