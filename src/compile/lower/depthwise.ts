/**
 * Depthwise convolutions: each channel has filters of its own. onnxruntime computes them, channels
 * first, as convolutions in groups of one channel.
 *
 * Axes: filters are [kh, kw, C, M], for M outputs per channel; outputs are [B, H', W', C · M].
 */
import type { Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import type { Shape } from '../graph/shapes.js';
import { convolutionInfo, hasNoWindows, type WindowInfo } from './geometry.js';
import type { KernelCall, LoweringTable } from './lowering.js';
import { finish } from './product.js';
import {
  asAsked,
  channelsFirst,
  channelsLast,
  gatherTaps,
  imageOf,
  overreachOf,
  reachedOf,
  unreachedOf,
  windowAttributes,
} from './windows.js';

/** [kh, kw, C, M] → [C · M, 1, kh, kw] */
function filterChannelsFirst(build: Builder, filter: Value): Value {
  const [height, width, channels, multiplier] = filter.shape as [number, number, number, number];
  const moved = build.transpose(filter, [2, 3, 0, 1]);
  return build.reshape(moved, [channels * multiplier, 1, height, width]);
}

function convolve(call: KernelCall): Value {
  const { inputs, attrs, build } = call;
  const [x, filter] = [inputs.x!, inputs.filter!];
  const info = convolutionInfo(attrs, x.shape, filter.shape, true);
  const shape = [info.batch, info.outChannels, ...info.output];
  if (hasNoWindows(info)) {
    return asAsked(call, channelsLast(build, build.splat('float32', shape, 0)));
  }
  const y = build.op(
    'Conv',
    [
      channelsFirst(build, reachedOf(build, info, imageOf(call, x))),
      filterChannelsFirst(build, filter),
    ],
    { dtype: 'float32', shape },
    { ...windowAttributes(info), group: info.inChannels },
  );
  return asAsked(call, channelsLast(build, y));
}

function inputGradient(build: Builder, info: WindowInfo, dy: Value, filter: Value): Value {
  const { batch, inChannels, input } = info;
  if (hasNoWindows(info)) return build.splat('float32', [batch, ...input, inChannels], 0);
  const unreached = unreachedOf(info);
  const reached = input.map((length, i) => length - unreached[i]!);
  const dx = build.op(
    'ConvTranspose',
    [channelsFirst(build, dy), filterChannelsFirst(build, filter)],
    { dtype: 'float32', shape: [batch, inChannels, ...reached] },
    {
      ...windowAttributes(info),
      group: inChannels,
      // Pixels behind the last window, fewer than a stride.
      output_padding: overreachOf({ ...info, input: reached }).map((pixels) =>
        Math.max(-pixels, 0),
      ),
    },
  );
  return build.pad(channelsLast(build, dx), [0, 0, 0, 0], [0, ...unreached, 0]);
}

/** For each tap, the sum over all windows of what they see there times their gradient. */
function filterGradient(
  build: Builder,
  info: WindowInfo,
  x: Value,
  dy: Value,
  filterShape: Shape,
): Value {
  const { batch, inChannels, outChannels, output } = info;
  if (hasNoWindows(info)) return build.splat('float32', filterShape, 0);
  const multiplier = outChannels / inChannels;
  const gradient = build.reshape(dy, [batch, ...output, inChannels, multiplier]);
  const rows = gatherTaps(build, info, x).map((tap) => {
    const seen = build.reshape(tap, [...tap.shape, 1]);
    return build.reduce('ReduceSum', build.mul(seen, gradient), [0, 1, 2], false);
  });
  const stacked = rows.map((row) => build.reshape(row, [1, inChannels, multiplier]));
  return build.reshape(build.concat(stacked, 0), filterShape);
}

export const depthwise: LoweringTable = {
  DepthwiseConv2dNative: convolve,
  FusedDepthwiseConv2D: (call) => finish(call, convolve(call)),
  DepthwiseConv2dNativeBackpropInput: ({ inputs: { dy, filter }, attrs, build }) => {
    const info = convolutionInfo(attrs, attrs.inputShape as Shape, filter!.shape, true);
    return inputGradient(build, info, dy!, filter!);
  },
  DepthwiseConv2dNativeBackpropFilter: ({ inputs: { x, dy }, attrs, build }) => {
    const filterShape = attrs.filterShape as Shape;
    const info = convolutionInfo(attrs, x!.shape, filterShape, true);
    return filterGradient(build, info, x!, dy!, filterShape);
  },
};
