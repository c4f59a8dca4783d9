/**
 * Depthwise convolutions: each channel has filters of its own. onnxruntime computes them, channels
 * first, as convolutions in groups of one channel.
 *
 * Axes: filters are [kh, kw, C, M], for M outputs per channel; outputs are [B, H', W', C · M].
 */
import type { Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import type { Shape } from '../graph/shapes.js';
import { convolutionInfo } from './convolution.js';
import type { KernelCall, LoweringTable } from './lowering.js';
import { finish } from './product.js';
import {
  channelsFirst,
  channelsLast,
  gatherTaps,
  overreachOf,
  type WindowInfo,
  windowAttributes,
} from './windows.js';

/** [kh, kw, C, M] → [C · M, 1, kh, kw] */
function filterChannelsFirst(build: Builder, filter: Value): Value {
  const [height, width, channels, multiplier] = filter.shape as [number, number, number, number];
  const moved = build.transpose(filter, [2, 3, 0, 1]);
  return build.reshape(moved, [channels * multiplier, 1, height, width]);
}

function convolve({ inputs: { x, filter }, attrs, build }: KernelCall): Value {
  const info = convolutionInfo(attrs, x!.shape, filter!.shape, true);
  const { batchSize, inChannels, outChannels, outHeight, outWidth } = info;
  const y = build.op(
    'Conv',
    [channelsFirst(build, x!), filterChannelsFirst(build, filter!)],
    { dtype: 'float32', shape: [batchSize, outChannels, outHeight, outWidth] },
    { ...windowAttributes(info), group: inChannels },
  );
  return channelsLast(build, y);
}

function inputGradient(build: Builder, info: WindowInfo, dy: Value, filter: Value): Value {
  const { batchSize, inChannels, inHeight, inWidth } = info;
  const { bottom, right } = overreachOf(info);
  const dx = build.op(
    'ConvTranspose',
    [channelsFirst(build, dy), filterChannelsFirst(build, filter)],
    { dtype: 'float32', shape: [batchSize, inChannels, inHeight, inWidth] },
    {
      ...windowAttributes(info),
      group: inChannels,
      // Pixels that no window reaches.
      output_padding: [Math.max(-bottom, 0), Math.max(-right, 0)],
    },
  );
  return channelsLast(build, dx);
}

/** For each tap, the sum over all windows of what they see there times their gradient. */
function filterGradient(build: Builder, info: WindowInfo, x: Value, dy: Value): Value {
  const { batchSize, inChannels, outChannels, outHeight, outWidth } = info;
  const multiplier = outChannels / inChannels;
  const gradient = build.reshape(dy, [batchSize, outHeight, outWidth, inChannels, multiplier]);
  const rows = gatherTaps(build, info, x).map((tap) => {
    const seen = build.reshape(tap, [...tap.shape, 1]);
    return build.reduce('ReduceSum', build.mul(seen, gradient), [0, 1, 2], false);
  });
  const stacked = rows.map((row) => build.reshape(row, [1, inChannels, multiplier]));
  return build.reshape(build.concat(stacked, 0), info.filterShape);
}

export const depthwise: LoweringTable = {
  DepthwiseConv2dNative: convolve,
  FusedDepthwiseConv2D: (call) => finish(call, convolve(call)),
  DepthwiseConv2dNativeBackpropInput: ({ inputs: { dy, filter }, attrs, build }) => {
    const info = convolutionInfo(attrs, attrs.inputShape as Shape, filter!.shape, true);
    return inputGradient(build, info, dy!, filter!);
  },
  DepthwiseConv2dNativeBackpropFilter: ({ inputs: { x, dy }, attrs, build }) => {
    const info = convolutionInfo(attrs, x!.shape, attrs.filterShape as Shape, true);
    return filterGradient(build, info, x!, dy!);
  },
};
