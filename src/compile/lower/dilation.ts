/**
 * Morphological dilation of images: the maximum, over a window, of pixel plus filter.
 *
 * Axes: filters are [kh, kw, C].
 */
import type { Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import { convolutionInfo, hasNoWindows, type WindowInfo } from './geometry.js';
import { type KernelCall, type LoweringTable, UnsupportedOption } from './lowering.js';
import { gatherTaps, indicesOf, scatterTaps } from './windows.js';

const geometryOf = ({ inputs: { x, filter }, attrs }: KernelCall): WindowInfo =>
  convolutionInfo(attrs, x!.shape, [...filter!.shape, x!.shape[3]!]);

/**
 * What each tap sees plus its filter, −∞ outside of the image: [B, H', W', C] each. NaN is never the
 * highest, as in the `cpu` backend.
 */
function risesOf({ inputs: { x, filter }, build }: KernelCall, info: WindowInfo): Value[] {
  const channels = info.inChannels;
  const taps = gatherTaps(build, info, x!, Number.NEGATIVE_INFINITY);
  return indicesOf(info.kernel).map(([row, column], i) => {
    const from = [row!, column!, 0];
    const height = build.slice(filter!, from, [row! + 1, column! + 1, channels]);
    const rise = build.add(taps[i]!, build.reshape(height, [channels]));
    const isMissing = build.op('IsNaN', [rise], { dtype: 'bool', shape: rise.shape });
    return build.where(isMissing, build.scalar(Number.NEGATIVE_INFINITY), rise);
  });
}

const highest = (build: Builder, rises: readonly Value[]): Value =>
  rises.reduce((a, b) => build.binary('Max', a, b));

/** The gradient of each window at the tap that made it, the first if there are several. */
function sharesOf(call: KernelCall, info: WindowInfo): Value[] {
  const { inputs, build } = call;
  const rises = risesOf(call, info);
  const y = highest(build, rises);
  const zero = build.scalar(0);
  let rest = inputs.dy!;
  return rises.map((rise) => {
    const isHighest = build.compare('Equal', rise, y);
    const share = build.where(isHighest, rest, zero);
    rest = build.where(isHighest, zero, rest);
    return share;
  });
}

/** onnxruntime has no lowest integer that more can be added to. */
function assertFloats({ inputs }: KernelCall): void {
  for (const { dtype } of Object.values(inputs)) {
    if (dtype !== 'float32') throw new UnsupportedOption(`${dtype} operands`);
  }
}

export const dilation: LoweringTable = {
  Dilation2D: (call) => {
    assertFloats(call);
    const info = geometryOf(call);
    const shape = [info.batch, ...info.output, info.inChannels];
    if (hasNoWindows(info)) return call.build.splat('float32', shape, 0);
    // What the `cpu` backend makes of windows without a number.
    const lowest = call.build.scalar(Number.MIN_SAFE_INTEGER);
    return call.build.binary('Max', highest(call.build, risesOf(call, info)), lowest);
  },
  Dilation2DBackpropInput: (call) => {
    assertFloats(call);
    const info = geometryOf(call);
    if (hasNoWindows(info)) return call.build.splat('float32', call.inputs.x!.shape, 0);
    return scatterTaps(call.build, info, sharesOf(call, info));
  },
  Dilation2DBackpropFilter: (call) => {
    assertFloats(call);
    const { inputs, build } = call;
    const { shape } = inputs.filter!;
    const info = geometryOf(call);
    if (hasNoWindows(info)) return build.splat('float32', shape, 0);
    const sums = sharesOf(call, info).map((share) =>
      build.reshape(build.reduce('ReduceSum', share, [0, 1, 2], false), [1, info.inChannels]),
    );
    return build.reshape(build.concat(sums, 0), shape);
  },
};
