/**
 * Convolutions of images with two or three axes of space, as matrix products of patches.
 *
 * A convolution is the product of a matrix of patches [B · …', k… · C] and the filter as a matrix
 * [k… · C, C']; its gradients are products with the same patches. onnxruntime's own convolutions want
 * channels first, and have no fast gradient with respect to the filter.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import type { Shape } from '../graph/shapes.js';
import { convolutionInfo, hasNoWindows, isChannelsFirst, type WindowInfo } from './geometry.js';
import type { KernelCall, LoweringTable } from './lowering.js';
import { patchesOf } from './patches.js';
import { finish } from './product.js';
import {
  asAsked,
  asRows,
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
  const patches = patchesOf(build, info);
  const product = build.matMul(patches.gather(image), patches.toMatrix(filter));
  return asAsked(call, build.reshape(product, shape));
}

/** [B, …', C'] and [k…, C, C'] → [B, …, C] */
function inputGradient(call: KernelCall): Value {
  const { inputs, attrs, build } = call;
  const [dy, filter] = [imageOf(call, inputs.dy!), inputs.filter!];
  const inputShape = attrs.inputShape as Shape;
  const info = windowsOf(convolutionInfo(attrs, inputShape, filter.shape), dy);
  if (hasNoWindows(info)) return build.splat('float32', inputShape, 0);
  const patches = patchesOf(build, info);
  const columns = build.matMul(asRows(build, dy), patches.toMatrix(filter), { transB: true });
  return asAsked(call, patches.scatter(columns));
}

/** [B, …, C] and [B, …', C'] → [k…, C, C'] */
function filterGradient(call: KernelCall): Value {
  const { inputs, attrs, build } = call;
  const [x, dy] = [inputs.x!, imageOf(call, inputs.dy!)];
  const filterShape = attrs.filterShape as Shape;
  const info = windowsOf(convolutionInfo(attrs, x.shape, filterShape), dy);
  if (hasNoWindows(info)) return build.splat('float32', filterShape, 0);
  const patches = patchesOf(build, info);
  const rows = patches.gather(imageOf(call, x));
  return patches.toFilter(build.matMul(rows, asRows(build, dy), { transA: true }));
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
