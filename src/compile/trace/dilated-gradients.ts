/**
 * Gradients of dilated convolutions, at which TensorFlow.js throws. Their strides are 1, so that each
 * tap of the kernel sees one shifted copy of the image. Made of operations that have gradients
 * themselves, they hold on every backend and at any order.
 */
import * as tf from '@tensorflow/tfjs-core';
// Registers the stock gradients, of which those of undilated convolutions stay.
import '@tensorflow/tfjs-layers';
import { convolutionInfo, isChannelsFirst, type WindowInfo } from '../lower/geometry.js';
import { indicesOf, overreachOf } from '../lower/windows.js';

/** What a tap makes: of the pixels that it sees, and of the gradients of its windows. */
interface TapGradients {
  /** [B, …', C] and [B, …', C'] → the tap's part of the filter's gradient */
  readonly filter: (seen: tf.Tensor, dy: tf.Tensor) => tf.Tensor;
  /** [B, …', C'] and the tap's part of the filter → [B, …', C] */
  readonly image: (dy: tf.Tensor, weights: tf.Tensor) => tf.Tensor;
}

/** [B, …, C] → [B · …, C] */
const rows = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [-1, x.shape.at(-1)!]);

/** Of filters [C, C']. */
const dense: TapGradients = {
  filter: (seen, dy) => tf.matMul(rows(seen), rows(dy), true, false),
  image: (dy, weights) =>
    tf.reshape(tf.matMul(rows(dy), weights, false, true), [
      ...dy.shape.slice(0, -1),
      weights.shape[0]!,
    ]),
};

/** Of filters [C, M], with outputs [C · M]. */
const depthwise: TapGradients = {
  filter: (seen, dy) => {
    const channels = seen.shape.at(-1)!;
    const gradients = tf.reshape(dy, [-1, channels, dy.shape.at(-1)! / channels]);
    return tf.sum(tf.mul(tf.expandDims(rows(seen), 2), gradients), 0);
  },
  image: (dy, weights) => {
    const [channels, multiplier] = weights.shape as [number, number];
    const gradients = tf.reshape(dy, [...dy.shape.slice(0, -1), channels, multiplier]);
    return tf.sum(tf.mul(gradients, weights), -1);
  },
};

/** Where taps begin in the image with its padding. */
const tapsOf = ({ kernel, dilations }: WindowInfo): number[][] =>
  indicesOf(kernel).map((tap) => tap.map((place, i) => place * dilations[i]!));

const or0 = (pixels: number): number => Math.max(pixels, 0);
const padding = (before: readonly number[], after: readonly number[]): [number, number][] => [
  [0, 0],
  ...before.map((pixels, i): [number, number] => [pixels, after[i]!]),
  [0, 0],
];

function filterGradient(
  x: tf.Tensor,
  dy: tf.Tensor,
  filterShape: number[],
  info: WindowInfo,
  { filter }: TapGradients,
): tf.Tensor {
  const padded = tf.pad(x, padding(info.before, overreachOf(info).map(or0)));
  const size = [info.batch, ...info.output, info.inChannels];
  const parts = tapsOf(info).map((tap) => filter(tf.slice(padded, [0, ...tap, 0], size), dy));
  return tf.reshape(tf.stack(parts), filterShape);
}

function imageGradient(
  dy: tf.Tensor,
  filter: tf.Tensor,
  info: WindowInfo,
  { image }: TapGradients,
): tf.Tensor {
  const { batch, input, output, kernel, before, inChannels } = info;
  const after = overreachOf(info).map(or0);
  const whole = input.map((length, i) => before[i]! + length + after[i]!);
  const weights = tf.unstack(tf.reshape(filter, [-1, ...filter.shape.slice(kernel.length)]));
  const parts = tapsOf(info).map((tap, k) => {
    const rest = whole.map((length, i) => length - output[i]! - tap[i]!);
    return tf.pad(image(dy, weights[k]!), padding(tap, rest));
  });
  const sum = parts.reduce((a, b) => tf.add(a, b));
  return tf.slice(sum, [0, ...before, 0], [batch, ...input, inChannels]);
}

const isDilated = ({ dilations }: tf.NamedAttrMap): boolean =>
  [(dilations ?? 1) as number | number[]].flat().some((dilation) => dilation !== 1);

/** The gradients of a dilated convolution with respect to its image and its filter. */
function gradientsOf(
  gradient: tf.Tensor,
  image: tf.Tensor,
  filter: tf.Tensor,
  attrs: tf.NamedAttrMap,
  taps: TapGradients,
): { x: () => tf.Tensor; filter: () => tf.Tensor } {
  const info = convolutionInfo(attrs, image.shape, filter.shape, taps === depthwise);
  const last = (x: tf.Tensor): tf.Tensor =>
    isChannelsFirst(attrs) ? tf.transpose(x, [0, 2, 3, 1]) : x;
  const dy = last(gradient);
  return {
    x: () => {
      const dx = imageGradient(dy, filter, info, taps);
      return isChannelsFirst(attrs) ? tf.transpose(dx, [0, 3, 1, 2]) : dx;
    },
    filter: () => filterGradient(last(image), dy, filter.shape, info, taps),
  };
}

/** The stock gradient of a convolution where it is not dilated, and ours where it is. */
function dilatedToo(kernelName: string, taps: TapGradients): tf.GradConfig {
  const stock = tf.getGradient(kernelName);
  return {
    ...stock,
    gradFunc: (gradient, saved, attrs) => {
      const [image, filter] = saved as [tf.Tensor, tf.Tensor];
      return isDilated(attrs)
        ? gradientsOf(gradient as tf.Tensor, image, filter, attrs, taps)
        : stock.gradFunc(gradient, saved, attrs);
    },
  };
}

export const dilatedGradients: readonly tf.GradConfig[] = [
  dilatedToo(tf.Conv2D, dense),
  dilatedToo(tf.Conv3D, dense),
  dilatedToo(tf.DepthwiseConv2dNative, depthwise),
];

/** The gradients of a fused convolution's image, filter and, if there is one, bias. */
type FusedGradient = (dy: tf.Tensor, saved: readonly tf.Tensor[]) => tf.Tensor[];

const fusedTaps: Readonly<Record<string, TapGradients>> = {
  [tf.FusedConv2D]: dense,
  [tf.FusedDepthwiseConv2D]: depthwise,
};

/**
 * What `run` returns, and the gradient of a fused convolution that it calls, if that is dilated and
 * has no activation: with one TensorFlow.js itself does not fuse what is to be differentiated.
 */
export function watchFusion<T>(run: () => T): { result: T; gradient: FusedGradient | undefined } {
  const engine = tf.engine();
  const runKernel = engine.runKernel;
  let gradient: FusedGradient | undefined;
  engine.runKernel = ((kernelName, inputs, attrs) => {
    const taps = fusedTaps[kernelName];
    if (taps !== undefined) gradient = fusedGradient(attrs!, taps);
    return runKernel.call(engine, kernelName, inputs, attrs);
  }) as typeof runKernel;
  try {
    return { result: run(), gradient };
  } finally {
    engine.runKernel = runKernel;
  }
}

function fusedGradient(attrs: tf.NamedAttrMap, taps: TapGradients): FusedGradient | undefined {
  if (!isDilated(attrs) || (attrs.activation ?? 'linear') !== 'linear') return undefined;
  return (gradient, saved) => {
    const [filter, image, y, bias] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor?];
    const dy = tf.reshape(gradient, y.shape);
    const gradients = gradientsOf(dy, image, filter, attrs, taps);
    const both = [gradients.x(), gradients.filter()];
    if (bias === undefined) return both;
    const axes = tf.backend_util.getReductionAxes(bias.shape, dy.shape);
    return [...both, tf.reshape(tf.sum(dy, axes), bias.shape)];
  };
}
