/**
 * Kernels that make, move, cut and join.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type DType, numbersOf, type Value } from '../graph/graph.js';

import { type Shape, sizeOf } from '../graph/shapes.js';
import { elementwise } from './elementwise.js';
import { reverse } from './gather.js';
import { type LoweringTable, parseAxes, UnsupportedOption } from './lowering.js';

export const shape: LoweringTable = {
  Identity: ({ inputs: { x } }) => x!,
  Fill: ({ attrs, build }) => {
    const dtype = (attrs.dtype as 'float32' | 'int32' | 'bool' | undefined) ?? 'float32';
    return build.splat(dtype, attrs.shape as Shape, Number(attrs.value));
  },
  ZerosLike: ({ inputs: { x }, build }) => build.splat(x!.dtype, x!.shape, 0),
  OnesLike: ({ inputs: { x }, build }) => build.splat(x!.dtype, x!.shape, 1),
  LinSpace: ({ attrs, build }) => {
    const { start, stop, num } = attrs as { start: number; stop: number; num: number };
    const step = num === 1 ? 0 : (stop - start) / (num - 1);
    return build.constant(
      'float32',
      [num],
      Array.from({ length: num }, (_, i) => start + i * step),
    );
  },
  Range: ({ attrs, build }) => {
    const { start, stop, step: asked } = attrs as { start: number; stop: number; step: number };
    // The default step also counts down.
    const step = stop < start && asked === 1 ? -1 : asked;
    const length = Math.max(Math.ceil((stop - start) / step), 0);
    const dtype = (attrs.dtype as DType | undefined) ?? 'float32';
    return build.constant(
      dtype,
      [length],
      Array.from({ length }, (_, i) => start + i * step),
    );
  },
  // x along the diagonal of a matrix of all its elements.
  Diag: ({ inputs: { x }, build }) => {
    const size = sizeOf(x!.shape);
    const numbers = x!.dtype === 'bool' ? build.cast(x!, 'int32') : x!;
    const places = Array.from({ length: size }, (_, i) => i);
    const onDiagonal = build.compare(
      'Equal',
      build.constant('int32', [size, 1], places),
      build.constant('int32', [1, size], places),
    );
    const row = build.reshape(numbers, [1, size]);
    const matrix = build.where(onDiagonal, row, build.splat(numbers.dtype, [], 0));
    return build.reshape(build.cast(matrix, x!.dtype), [...x!.shape, ...x!.shape]);
  },
  BroadcastArgs: ({ inputs: { s0, s1 }, build }) => {
    const [a, b] = [numbersOf(s0!), numbersOf(s1!)];
    if (a === undefined || b === undefined) throw new UnsupportedOption('shapes that are computed');
    const shape = tf.backend_util.assertAndGetBroadcastShape(a, b);
    return build.constant('int32', [shape.length], shape);
  },
  Reshape: ({ inputs: { x }, attrs, build }) =>
    build.reshape(x!, tf.util.inferFromImplicitShape(attrs.shape as number[], sizeOf(x!.shape))),
  ExpandDims: ({ inputs: { input }, attrs, build }) => {
    const rank = input!.shape.length + 1;
    const [axis] = parseAxes(attrs.dim, rank) as [number];
    return build.reshape(input!, input!.shape.toSpliced(axis, 0, 1));
  },
  Transpose: ({ inputs: { x }, attrs, build }) =>
    build.transpose(x!, attrs.perm as readonly number[]),
  Tile: ({ inputs: { x }, attrs, build }) => {
    const reps = attrs.reps as number[];
    const result = x!.shape.map((length, axis) => length * reps[axis]!);
    // Repeating single elements needs no copy where the reader broadcasts.
    if (x!.shape.every((length, axis) => length === 1 || reps[axis] === 1)) {
      return build.expand(x!, result);
    }
    return build.op('Tile', [x!, build.int64s(reps)], { dtype: x!.dtype, shape: result });
  },
  BroadcastTo: ({ inputs: { x }, attrs, build }) => build.expand(x!, attrs.shape as Shape),
  Concat: (call) => {
    const { inputs, attrs, build } = call;
    const [first, ...others] = Object.values(inputs) as [Value, ...Value[]];
    const [axis] = parseAxes(attrs.axis, first.shape.length) as [number];
    const { dtype } = first;
    if (dtype === 'bool' && others.some((part) => part.dtype !== 'bool')) {
      throw new UnsupportedOption('numbers after truth values');
    }
    // The first one's type is that of all.
    const cast = (x: Value): Value =>
      x.dtype === dtype
        ? x
        : (elementwise.Cast!({ ...call, inputs: { x }, attrs: { dtype } }) as Value);
    const filled = [first, ...others.map(cast)].filter((part) => part.shape[axis] !== 0);
    return filled.length === 0 ? first : build.concat(filled, axis);
  },
  Pack: ({ inputs, attrs, build }) => {
    const parts = Object.values(inputs);
    const [axis] = parseAxes(attrs.axis, parts[0]!.shape.length + 1) as [number];
    const rows = parts.map((part) => build.reshape(part, part.shape.toSpliced(axis, 0, 1)));
    return build.concat(rows, axis);
  },
  Unpack: ({ inputs: { value }, attrs, build }) => {
    const [axis] = parseAxes(attrs.axis, value!.shape.length) as [number];
    const parts = build.split(value!, axis, new Array<number>(value!.shape[axis]!).fill(1));
    return parts.map((part) => build.reshape(part, part.shape.toSpliced(axis, 1)));
  },
  SplitV: ({ inputs: { x }, attrs, build }) => {
    const [axis] = parseAxes(attrs.axis, x!.shape.length) as [number];
    const asked = attrs.numOrSizeSplits as number | number[];
    const whole = x!.shape[axis]!;
    if (typeof asked === 'number') {
      return build.split(x!, axis, new Array<number>(asked).fill(whole / asked));
    }
    const known = asked.reduce((sum, length) => sum + Math.max(length, 0), 0);
    return build.split(
      x!,
      axis,
      asked.map((length) => (length < 0 ? whole - known : length)),
    );
  },
  Slice: ({ inputs: { x }, attrs, build }) => {
    const [starts, lengths] = tf.slice_util.parseSliceParams(
      { shape: [...x!.shape] } as tf.TensorInfo,
      attrs.begin as number | number[],
      attrs.size as number | number[] | undefined,
    ) as [number[], number[]];
    const ends = starts.map((start, axis) => start + lengths[axis]!);
    return build.slice(x!, starts, ends);
  },
  StridedSlice: ({ inputs: { x }, attrs, build }) => {
    const mask = (name: string): number => (attrs[name] as number | undefined) ?? 0;
    const { begin, end, strides, finalShape } = tf.slice_util.sliceInfo(
      [...x!.shape],
      attrs.begin as number[],
      attrs.end as number[],
      attrs.strides as number[],
      mask('beginMask'),
      mask('endMask'),
      mask('ellipsisMask'),
      mask('newAxisMask'),
      mask('shrinkAxisMask'),
    );
    if (sizeOf(finalShape) === 0) return build.splat(x!.dtype, finalShape, 0);
    // Backwards is forwards from the other end, turned round.
    const spans = begin.map((start, axis) => {
      const step = strides[axis]!;
      const last = start + (Math.ceil((end[axis]! - start) / step) - 1) * step;
      return step > 0 ? [start, end[axis]!, step] : [last, start + 1, -step];
    }) as [number, number, number][];
    const part = build.slice(
      x!,
      spans.map(([from]) => from),
      spans.map(([, to]) => to),
      spans.map(([, , step]) => step),
    );
    const backwards = strides.flatMap((step, axis) => (step < 0 ? [axis] : []));
    return build.reshape(reverse(build, part, backwards), finalShape);
  },
  PadV2: ({ inputs: { x }, attrs, build }) => {
    const paddings = attrs.paddings as [number, number][];
    return build.pad(
      x!,
      paddings.map(([before]) => before),
      paddings.map(([, after]) => after),
      attrs.constantValue as number,
    );
  },
  SpaceToBatchND: ({ inputs: { x }, attrs, build }) => {
    const block = attrs.blockShape as number[];
    const paddings = attrs.paddings as [number, number][];
    const { rest } = splitAxes(x!.shape, block);
    const none = rest.map(() => 0);
    const padded = build.pad(
      x!,
      [0, ...paddings.map(([before]) => before), ...none],
      [0, ...paddings.map(([, after]) => after), ...none],
    );
    const { batch, space } = splitAxes(padded.shape, block);
    const cells = space.map((length, i) => length / block[i]!);
    const split = build.reshape(padded, [
      batch,
      ...cells.flatMap((length, i) => [length, block[i]!]),
      ...rest,
    ]);
    // [B, cells and blocks in turn, …] → [blocks, B, cells, …]
    const n = block.length;
    const perm = [
      ...block.map((_, i) => 2 * i + 2),
      0,
      ...block.map((_, i) => 2 * i + 1),
      ...rest.map((_, i) => 2 * n + 1 + i),
    ];
    return build.reshape(build.transpose(split, perm), [batch * sizeOf(block), ...cells, ...rest]);
  },
  BatchToSpaceND: ({ inputs: { x }, attrs, build }) => {
    const block = attrs.blockShape as number[];
    const crops = attrs.crops as [number, number][];
    const { batch, space, rest } = splitAxes(x!.shape, block);
    const n = block.length;
    const images = batch / sizeOf(block);
    const split = build.reshape(x!, [...block, images, ...space, ...rest]);
    const perm = [
      n,
      ...block.flatMap((_, i) => [n + 1 + i, i]),
      ...rest.map((_, i) => 2 * n + 1 + i),
    ];
    const whole = space.map((length, i) => length * block[i]!);
    const joined = build.reshape(build.transpose(split, perm), [images, ...whole, ...rest]);
    return build.slice(
      joined,
      [0, ...crops.map(([before]) => before), ...rest.map(() => 0)],
      [images, ...crops.map(([, after], i) => whole[i]! - after), ...rest],
    );
  },
  DepthToSpace: ({ inputs: { x }, attrs, build }) => {
    if (attrs.dataFormat !== 'NHWC') throw new UnsupportedOption('channels first');
    const block = attrs.blockSize as number;
    const [batch, height, width, channels] = x!.shape as [number, number, number, number];
    const depth = channels / block ** 2;
    const split = build.reshape(x!, [batch, height, width, block, block, depth]);
    const moved = build.transpose(split, [0, 1, 3, 2, 4, 5]);
    return build.reshape(moved, [batch, height * block, width * block, depth]);
  },
};

/** The axes of an image of any rank: batch, as many of space as the blocks have, the rest. */
function splitAxes(
  shape: Shape,
  block: readonly number[],
): { batch: number; space: number[]; rest: number[] } {
  const [batch, ...others] = shape as [number, ...number[]];
  return { batch, space: others.slice(0, block.length), rest: others.slice(block.length) };
}
