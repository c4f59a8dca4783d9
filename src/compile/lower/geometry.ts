/**
 * Where the windows of a kernel lie that slides over an image, by the attributes that TensorFlow.js'
 * convolutions and poolings have.
 *
 * Images are [B, …, C] with two or three axes of space; what has a length for each is listed in their
 * order.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { WindowInfo } from '../graph/convolutions.js';
import { type Shape, sizeOf } from '../graph/shapes.js';
import { type KernelCall, UnsupportedOption } from './lowering.js';

export type { WindowInfo };

type Attributes = KernelCall['attrs'];
type Info2D = tf.backend_util.Conv2DInfo;
type Info3D = tf.backend_util.Conv3DInfo;
type Three = [number, number, number];
type Four = [number, number, number, number];
type Five = [number, number, number, number, number];
type Rounding = 'floor' | 'round' | 'ceil' | undefined;

/** Whether images are [B, C, H, W]. */
export const isChannelsFirst = ({ dataFormat }: Attributes): boolean =>
  dataFormat === 'NCHW' || dataFormat === 'NCDHW';

/**
 * The windows of a convolution.
 * @param inputShape as the kernel was given it, channels first or last
 * @param filterShape [k…, C, C'], or [kh, kw, C, M] of a depthwise one
 */
export function convolutionInfo(
  attrs: Attributes,
  inputShape: Shape,
  filterShape: Shape,
  depthwise = false,
): WindowInfo {
  const format = isChannelsFirst(attrs) ? 'channelsFirst' : 'channelsLast';
  const dilations = attrs.dilations ?? 1;
  if (inputShape.length === 5) {
    return windowsOf3D(
      tf.backend_util.computeConv3DInfo(
        [...inputShape] as Five,
        [...filterShape] as Five,
        attrs.strides as number | Three,
        dilations as number | Three,
        attrs.pad as 'valid' | 'same' | number,
        depthwise,
        format,
      ),
    );
  }
  return windowsOf2D(
    tf.backend_util.computeConv2DInfo(
      [...inputShape] as Four,
      [...filterShape] as Four,
      attrs.strides as number | [number, number],
      dilations as number | [number, number],
      attrs.pad as 'valid' | 'same' | number,
      attrs.dimRoundingMode as Rounding,
      depthwise,
      format,
    ),
  );
}

/** The windows of a pooling, whose kernels do not mix channels. */
export function poolInfo(attrs: Attributes, shape: Shape): WindowInfo {
  const rounding = attrs.dimRoundingMode as Rounding;
  const pad = attrs.pad as 'valid' | 'same' | number;
  if (shape.length === 5) {
    const [size, strides] = [attrs.filterSize, attrs.strides] as (number | Three)[];
    return windowsOf3D(
      tf.backend_util.computePool3DInfo([...shape] as Five, size!, strides!, 1, pad, rounding),
    );
  }
  const [size, strides] = [attrs.filterSize, attrs.strides] as (number | [number, number])[];
  return windowsOf2D(
    tf.backend_util.computePool2DInfo([...shape] as Four, size!, strides!, 1, pad, rounding),
  );
}

const windowsOf2D = (info: Info2D): WindowInfo =>
  checked({
    batch: info.batchSize,
    inChannels: info.inChannels,
    outChannels: info.outChannels,
    input: [info.inHeight, info.inWidth],
    output: [info.outHeight, info.outWidth],
    kernel: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    before: [info.padInfo.top, info.padInfo.left],
  });

const windowsOf3D = (info: Info3D): WindowInfo =>
  checked({
    batch: info.batchSize,
    inChannels: info.inChannels,
    outChannels: info.outChannels,
    input: [info.inDepth, info.inHeight, info.inWidth],
    output: [info.outDepth, info.outHeight, info.outWidth],
    kernel: [info.filterDepth, info.filterHeight, info.filterWidth],
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
    before: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
  });

/** TensorFlow.js counts fewer than no windows where the kernel is larger than the image. */
function checked(info: WindowInfo): WindowInfo {
  if (info.output.some((length) => length < 0)) {
    throw new UnsupportedOption(`windows [${info.kernel}] larger than the image [${info.input}]`);
  }
  return info;
}

/** Whether there is no window at all, or nothing that windows could be of. */
export const hasNoWindows = ({ batch, input, output, inChannels, outChannels }: WindowInfo) =>
  sizeOf([batch, ...input, ...output, inChannels, outChannels]) === 0;
