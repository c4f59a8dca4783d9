/**
 * Maxima and means over windows.
 */
import type { Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import { type Shape, sizeOf } from '../graph/shapes.js';
import { hasNoWindows, poolInfo, type WindowInfo } from './geometry.js';
import type { KernelCall, Lowering, LoweringTable } from './lowering.js';
import {
  channelsFirst,
  channelsLast,
  countTaps,
  gatherTaps,
  overreachOf,
  reachedOf,
  scatterTaps,
  windowAttributes,
  windowsOf,
} from './windows.js';

type PoolOp = 'MaxPool' | 'AveragePool';

/** Whether onnxruntime has such windows: it wants each to see a pixel, and knows no negative padding. */
function hasOwn(x: Value, info: WindowInfo): boolean {
  const widest = Math.min(...info.kernel);
  const pads = [...info.before, ...overreachOf(info)];
  return x.dtype === 'float32' && pads.every((pad) => pad < widest) && info.before.every(isPadding);
}

const isPadding = (pixels: number): boolean => pixels >= 0;

/** [B, …, C] → [B, …', C]; neither counts what lies outside of the image. */
const pool =
  (op: PoolOp) =>
  ({ inputs, attrs, build }: KernelCall): Value => {
    const x = inputs.x!;
    const info = poolInfo(attrs, x.shape);
    const shape = [info.batch, ...info.output, info.outChannels];
    if (hasNoWindows(info)) return build.splat(x.dtype, shape, 0);
    if (!hasOwn(x, info)) return poolTaps(build, op, x, info);
    const pooled = build.op(
      op,
      [channelsFirst(build, reachedOf(build, info, x))],
      { dtype: x.dtype, shape: [info.batch, info.outChannels, ...info.output] },
      windowAttributes(info),
    );
    return channelsLast(build, pooled);
  };

/** The same by the taps of the windows, for what onnxruntime has not. */
function poolTaps(build: Builder, op: PoolOp, x: Value, info: WindowInfo): Value {
  const numbers = x.dtype === 'bool' ? build.cast(x, 'int32') : x;
  if (op === 'MaxPool') {
    const taps = gatherTaps(build, info, numbers, lowestOf(numbers));
    return build.cast(
      taps.reduce((a, b) => build.binary('Max', a, b)),
      x.dtype,
    );
  }
  const sum = gatherTaps(build, info, numbers).reduce((a, b) => build.add(a, b));
  // What a window makes of no pixel is NaN in an image, and 0 in a volume.
  const none = build.splat('float32', [], info.input.length === 3 ? 1 : 0);
  const counts = build.cast(build.binary('Max', countTaps(build, info), none), sum.dtype);
  return build.cast(build.div(sum, counts), x.dtype);
}

/** What is less than all numbers of a type. */
const lowestOf = ({ dtype }: Value): number =>
  dtype === 'float32' ? Number.NEGATIVE_INFINITY : -(2 ** 31);

/** NaN is the highest of no window, as with TensorFlow.js; onnxruntime's own takes it or not, by its place. */
const overNaN =
  (name: 'x' | 'input', lower: Lowering): Lowering =>
  (call) => {
    const { inputs, build } = call;
    const x = inputs[name]!;
    if (x.dtype !== 'float32') return lower(call);
    const missing = build.op('IsNaN', [x], { dtype: 'bool', shape: x.shape });
    const seen = build.where(missing, build.scalar(Number.NEGATIVE_INFINITY), x);
    return lower({ ...call, inputs: { ...inputs, [name]: seen } });
  };

/** TensorFlow.js' 3-D poolings give float32, whatever they pool. */
const asFloat =
  (lower: (call: KernelCall) => Value): Lowering =>
  (call) =>
    call.build.cast(lower(call), 'float32');

/**
 * Each window's gradient goes to its maximum; if it has several, to the first of them in an image, to
 * the last in a volume, as with TensorFlow.js.
 */
const maxPoolGradient: Lowering = ({ inputs, attrs, build }) => {
  const [dy, x, y] = [inputs.dy!, inputs.input!, inputs.output!];
  const info = windowsOf(poolInfo(attrs, x.shape), dy);
  if (hasNoWindows(info)) return build.splat('float32', x.shape, 0);
  const taps = gatherTaps(build, info, x, lowestOf(x));
  const inOrder = <T>(list: readonly T[]): readonly T[] =>
    info.input.length === 3 ? list.toReversed() : list;
  let rest = dy;
  const parts = inOrder(taps).map((tap, i) => {
    if (i === taps.length - 1) return rest;
    const isMaximum = build.compare('Equal', tap, y);
    const part = build.where(isMaximum, rest, build.scalar(0));
    // Not their difference, which for infinities would be no number.
    rest = build.where(isMaximum, build.scalar(0), rest);
    return part;
  });
  return scatterTaps(build, info, inOrder(parts));
};

/** Each window's gradient goes in equal parts to the pixels of which it is the mean. */
const averagePoolGradient: Lowering = ({ inputs, attrs, build }) => {
  const [dy, { shape }] = [inputs.dy!, inputs.input!];
  const info = windowsOf(poolInfo(attrs, shape), dy);
  if (hasNoWindows(info)) return build.splat('float32', shape, 0);
  const part = build.div(dy, countTaps(build, info));
  return scatterTaps(build, info, new Array<Value>(sizeOf(info.kernel)).fill(part));
};

/**
 * Beside each maximum its place, as an index into the image, or into the batch, laid flat; of several
 * the first.
 */
const maxPoolPlaces: Lowering = (call) => {
  const { inputs, attrs, build } = call;
  const x = inputs.x!;
  const info = poolInfo(attrs, x.shape);
  const y = pool('MaxPool')(call);
  if (hasNoWindows(info)) return [y, build.splat('int32', y.shape, 0)];
  const [height, width] = info.input as [number, number];
  const pixels = build.constant(
    'int32',
    [1, height, width, 1],
    Array.from({ length: height * width }, (_, i) => i),
  );
  const places = gatherTaps(build, { ...info, batch: 1 }, pixels);
  const taps = gatherTaps(build, info, x, lowestOf(x));
  const pixel = places
    .map((place, i) => ({ place, tap: taps[i]! }))
    .reduceRight<Value>(
      (rest, { place, tap }) => build.where(build.compare('Equal', tap, y), place, rest),
      build.splat('int32', y.shape, 0),
    );
  const counting = (shape: Shape, step: number): Value =>
    build.constant(
      'int32',
      shape,
      Array.from({ length: sizeOf(shape) }, (_, i) => i * step),
    );
  const channels = info.inChannels;
  const inImage = build.add(build.scale(pixel, channels), counting([channels], 1));
  if (attrs.includeBatchInIndex !== true) return [y, inImage];
  return [y, build.add(inImage, counting([info.batch, 1, 1, 1], height * width * channels))];
};

export const pooling: LoweringTable = {
  MaxPool: overNaN('x', pool('MaxPool')),
  MaxPool3D: overNaN('x', asFloat(pool('MaxPool'))),
  MaxPoolWithArgmax: overNaN('x', maxPoolPlaces),
  MaxPoolGrad: overNaN('input', maxPoolGradient),
  MaxPool3DGrad: overNaN('input', maxPoolGradient),
  AvgPool: pool('AveragePool'),
  AvgPool3D: asFloat(pool('AveragePool')),
  AvgPoolGrad: averagePoolGradient,
  AvgPool3DGrad: averagePoolGradient,
};
