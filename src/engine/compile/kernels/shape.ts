/**
 * Kernels that make, move, cut and join.
 */
import { type Shape, sizeOf, type Value } from '../graph.js';
import { type LoweringTable, parseAxes, UnsupportedOption } from './lowering.js';

export const shape: LoweringTable = {
  Identity: ({ inputs: { x } }) => x!,
  Fill: ({ attrs, build }) => {
    const dtype = (attrs.dtype as 'float32' | 'int32' | 'bool' | undefined) ?? 'float32';
    return build.splat(dtype, attrs.shape as Shape, Number(attrs.value));
  },
  ZerosLike: ({ inputs: { x }, build }) => build.splat(x!.dtype, x!.shape, 0),
  OnesLike: ({ inputs: { x }, build }) => build.splat(x!.dtype, x!.shape, 1),
  Reshape: ({ inputs: { x }, attrs, build }) => {
    const wanted = [...(attrs.shape as number[])];
    const unknown = wanted.indexOf(-1);
    if (unknown >= 0) {
      wanted[unknown] = 1;
      wanted[unknown] = sizeOf(x!.shape) / sizeOf(wanted);
    }
    return build.reshape(x!, wanted);
  },
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
  Concat: ({ inputs, attrs, build }) => {
    const parts = Object.values(inputs);
    const [axis] = parseAxes(attrs.axis, parts[0]!.shape.length) as [number];
    return build.concat(
      parts.filter((part) => part.shape[axis] !== 0),
      axis,
    );
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
    const begin = attrs.begin as number | number[];
    const starts = x!.shape.map(
      (_, axis) => (typeof begin === 'number' ? begin : begin[axis]) ?? 0,
    );
    const size = attrs.size as number | number[] | undefined;
    const ends = x!.shape.map((length, axis) => {
      const wanted = (typeof size === 'number' ? size : size?.[axis]) ?? -1;
      return wanted < 0 ? length : starts[axis]! + wanted;
    });
    return build.slice(x!, starts, ends);
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
  Reverse: ({ inputs: { x }, attrs, build }) => {
    const axes = parseAxes(attrs.dims, x!.shape.length);
    return axes.reduce<Value>((value, axis) => {
      const order = Array.from(
        { length: value.shape[axis]! },
        (_, i) => value.shape[axis]! - 1 - i,
      );
      return build.op('Gather', [value, build.int64s(order)], value, { axis });
    }, x!);
  },
  GatherV2: ({ inputs: { x, indices }, attrs, build }) => {
    if ((attrs.batchDims as number | undefined) ?? 0) {
      throw new UnsupportedOption('gathering with batchDims');
    }
    const [axis] = parseAxes(attrs.axis, x!.shape.length) as [number];
    return build.op(
      'Gather',
      [x!, indices!],
      { dtype: x!.dtype, shape: x!.shape.toSpliced(axis, 1, ...indices!.shape) },
      { axis },
    );
  },
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
    return build.where(hit, build.splat(dtype, [], on), build.splat(dtype, [], off));
  },
};
