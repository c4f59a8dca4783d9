/**
 * Convolutions of images with two or three axes of space. How they and their gradients are computed is
 * said by passes, which see the graph around them.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Builder } from '../graph/builder.js';
import { addConvolution } from '../graph/convolutions.js';
import type { Value } from '../graph/graph.js';
import type { Shape } from '../graph/shapes.js';
import { convolutionInfo, hasNoWindows, isChannelsFirst, type WindowInfo } from './geometry.js';
import type { KernelCall, LoweringTable } from './lowering.js';
import { finish } from './product.js';
import {
  asAsked,
  channelsFirst,
  channelsLast,
  imageOf,
  reachedOf,
  windowAttributes,
  windowsOf,
} from './windows.js';

/**
 * Whether onnxruntime's own convolution is the faster one: of volumes that no gradient will want the
 * patches of, which would be made anew for it.
 */
const isOwnFaster = (x: Value, { kernel, strides, before }: WindowInfo): boolean =>
  kernel.length === 3 &&
  x.dtype === 'float32' &&
  tf.engine().state.gradientDepth === 0 &&
  kernel.some((taps, i) => taps !== strides[i]) &&
  before.every((pixels) => pixels >= 0);

/** [B, …, C] and [k…, C, C'] → [B, …', C'] by onnxruntime's own convolution. */
function convolveWhole(build: Builder, info: WindowInfo, x: Value, filter: Value): Value {
  const { batch, output, outChannels } = info;
  const rank = output.length;
  const y = build.op(
    'Conv',
    [
      channelsFirst(build, reachedOf(build, info, x)),
      build.transpose(filter, [rank + 1, rank, ...output.keys()]),
    ],
    { dtype: 'float32', shape: [batch, outChannels, ...output] },
    windowAttributes(info),
  );
  return channelsLast(build, y);
}

/** [B, …, C] and [k…, C, C'] → [B, …', C'] */
function convolve(call: KernelCall): Value {
  const { inputs, attrs, build } = call;
  const [x, filter] = [inputs.x!, inputs.filter!];
  const info = convolutionInfo(attrs, x.shape, filter.shape);
  const shape = [info.batch, ...info.output, info.outChannels];
  if (hasNoWindows(info)) return asAsked(call, build.splat(x.dtype, shape, 0));
  const image = imageOf(call, x);
  if (isOwnFaster(x, info)) return asAsked(call, convolveWhole(build, info, image, filter));
  return asAsked(call, addConvolution(build, 'Convolution', info, [image, filter]));
}

/** [B, …', C'] and [k…, C, C'] → [B, …, C] */
function inputGradient(call: KernelCall): Value {
  const { inputs, attrs, build } = call;
  const [dy, filter] = [imageOf(call, inputs.dy!), inputs.filter!];
  const inputShape = attrs.inputShape as Shape;
  const info = windowsOf(convolutionInfo(attrs, inputShape, filter.shape), dy);
  if (hasNoWindows(info)) return build.splat('float32', inputShape, 0);
  return asAsked(call, addConvolution(build, 'InputGradient', info, [dy, filter]));
}

/** [B, …, C] and [B, …', C'] → [k…, C, C'] */
function filterGradient(call: KernelCall): Value {
  const { inputs, attrs, build } = call;
  const [x, dy] = [inputs.x!, imageOf(call, inputs.dy!)];
  const filterShape = attrs.filterShape as Shape;
  const info = windowsOf(convolutionInfo(attrs, x.shape, filterShape), dy);
  if (hasNoWindows(info)) return build.splat('float32', filterShape, 0);
  return addConvolution(build, 'FilterGradient', info, [imageOf(call, x), dy]);
}

/** The call with vectors, which belong to the channels, as images that broadcast with the result's. */
function withChannelVectors(call: KernelCall): KernelCall {
  if (!isChannelsFirst(call.attrs)) return call;
  const stand = (x: Value): Value =>
    x.shape.length === 1 && x.shape[0] !== 1 ? call.build.reshape(x, [x.shape[0]!, 1, 1]) : x;
  const inputs = Object.entries(call.inputs).map(([name, x]) => [name, stand(x)]);
  return { ...call, inputs: Object.fromEntries(inputs) };
}

export const convolution: LoweringTable = {
  Conv2D: convolve,
  FusedConv2D: (call) => finish(withChannelVectors(call), convolve(call)),
  Conv2DBackpropInput: inputGradient,
  Conv2DBackpropFilter: filterGradient,
  Conv3D: convolve,
  Conv3DBackpropInputV2: inputGradient,
  Conv3DBackpropFilterV2: filterGradient,
};
