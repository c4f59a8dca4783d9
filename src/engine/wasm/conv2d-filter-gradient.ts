/**
 * `Conv2DBackpropFilter`, which the stock wasm backend lacks. The gradient of a filter is the
 * convolution of the input with the output gradient, the batch standing in for the channels and
 * the stride for the dilation:
 *
 * `dF[ky, kx, c, o] = Σ_{b, y, x} x[b, ky + y·s, kx + x·s, c] · dy[b, y, x, o]`
 */
import * as tf from '@tensorflow/tfjs-core';
import { type ConvInfo, convInfoOf, convolve, type Padding } from './convolution.js';
import { type BackendWasm, type KernelCall, runKernel } from './heap.js';

export function conv2dFilterGradient({ inputs, attrs, backend }: KernelCall): tf.TensorInfo {
  const { x, dy } = inputs as { x: tf.TensorInfo; dy: tf.TensorInfo };
  const filterShape = attrs?.filterShape as number[];
  const info = convInfoOf(tf.Conv2DBackpropFilter, x.shape, filterShape, attrs);
  const images = runKernel(tf.Transpose, backend, { x }, { perm: [3, 1, 2, 0] });
  const kernels = runKernel(tf.Transpose, backend, { x: dy }, { perm: [1, 2, 0, 3] });
  const strides = [info.strideHeight, info.strideWidth] as const;
  const gradients = convolve(backend, images, kernels, paddingOf(info), strides);
  const cropped = crop(backend, gradients, info);
  const out = runKernel(tf.Transpose, backend, { x: cropped }, { perm: [1, 2, 0, 3] });
  for (const { dataId } of [images, kernels, gradients, cropped]) backend.disposeData(dataId);
  return out;
}

/** Zeros that let the last tap of the filter see the last output. */
function paddingOf(info: ConvInfo): { height: Padding; width: Padding } {
  const { top, left } = info.padInfo;
  const reach = (outputs: number, stride: number, filter: number) =>
    (outputs - 1) * stride + filter;
  const bottom = reach(info.outHeight, info.strideHeight, info.filterHeight) - info.inHeight - top;
  const right = reach(info.outWidth, info.strideWidth, info.filterWidth) - info.inWidth - left;
  return { height: [top, Math.max(0, bottom)], width: [left, Math.max(0, right)] };
}

/** Drops taps past the filter, which come from rows and columns that the stride stepped over. */
function crop(backend: BackendWasm, gradients: tf.TensorInfo, info: ConvInfo): tf.TensorInfo {
  const { inChannels, filterHeight, filterWidth, outChannels } = info;
  const size = [inChannels, filterHeight, filterWidth, outChannels];
  return runKernel(tf.Slice, backend, { x: gradients }, { begin: [0, 0, 0, 0], size });
}
