/**
 * What the two gradients of `Conv2D` share. Both are convolutions themselves and run on the stock
 * `Conv2D` kernel, which is XNNPACK's: no patch matrix is ever built.
 */
import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '../../errors.js';
import { type BackendWasm, runKernel } from './heap.js';

export type ConvInfo = tf.backend_util.Conv2DInfo;

/** Zeros before and after one axis. */
export type Padding = readonly [before: number, after: number];

/**
 * The geometry of the convolution that a gradient kernel belongs to.
 *
 * @throws EngineError for a channels-first layout or a dilation.
 */
export function convInfoOf(
  kernelName: string,
  inputShape: readonly number[],
  filterShape: readonly number[],
  attrs: tf.NamedAttrMap = {},
): ConvInfo {
  const { strides, pad, dimRoundingMode, dataFormat, dilations } = attrs as unknown as {
    strides: number | [number, number];
    pad: Parameters<typeof tf.backend_util.computeConv2DInfo>[4];
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
    dataFormat?: string;
    dilations?: number | number[];
  };
  if (dataFormat !== undefined && dataFormat !== 'NHWC') {
    throw new EngineError(
      `${kernelName} on the wasm engine needs the layout NHWC (channelsLast), not ${dataFormat}`,
    );
  }
  if (dilations !== undefined && [dilations].flat().some((dilation) => dilation !== 1)) {
    throw new EngineError(
      `${kernelName} on the wasm engine needs dilation 1, not ${String(dilations)}`,
    );
  }
  return tf.backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides,
    1,
    pad,
    dimRoundingMode,
  );
}

/** `Conv2D` of `x` [B, H, W, C] with `filter` [h, w, C, O] at stride 1. */
export function convolve(
  backend: BackendWasm,
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  padding: { readonly height: Padding; readonly width: Padding },
  dilations: readonly [number, number],
): tf.TensorInfo {
  const pad = [[0, 0], [...padding.height], [...padding.width], [0, 0]];
  const attrs = { strides: [1, 1], pad, dataFormat: 'NHWC', dilations: [...dilations] };
  // An attribute may be a nested array, which its TypeScript type does not say.
  return runKernel(tf.Conv2D, backend, { x, filter }, attrs as unknown as tf.NamedAttrMap);
}
