/**
 * Convolutions of images and their gradients, as nodes of their own until it is known how they are
 * best computed. Images are [B, …, C] with axes of space …, filters [k…, C, C'].
 */
import type { Builder } from './builder.js';
import type { Node, Value } from './graph.js';
import type { Shape } from './shapes.js';

/** Windows over images. What has a length for each axis of space is listed in their order. */
export interface WindowInfo {
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  /** Pixels of the image. */
  readonly input: Shape;
  /** How many windows there are. */
  readonly output: Shape;
  /** Taps of a window. */
  readonly kernel: Shape;
  /** Pixels from one window to the next, and from one tap to the next. */
  readonly strides: Shape;
  readonly dilations: Shape;
  /** Pixels by which the first window begins before the image; negative where it begins within. */
  readonly before: Shape;
}

/**
 * - `Convolution`: [B, …, C], [k…, C, C'] → [B, …', C']
 * - `InputGradient`: [B, …', C'], [k…, C, C'] → [B, …, C]
 * - `FilterGradient`: [B, …, C], [B, …', C'] → [k…, C, C']
 */
export const convolutionOps = ['Convolution', 'InputGradient', 'FilterGradient'] as const;
export type ConvolutionOp = (typeof convolutionOps)[number];

/** Such a node. */
export interface ConvolutionNode extends Node {
  readonly op: ConvolutionOp;
  readonly inputs: readonly [Value, Value];
}

export const isConvolution = (node: Node): node is ConvolutionNode => node.domain === 'mixgan';

/** The windows of such a node. */
export const windowsIn = ({ attributes }: ConvolutionNode): WindowInfo =>
  attributes as unknown as WindowInfo;

/** The shape of what such a node makes. */
export function convolvedShape(op: ConvolutionOp, info: WindowInfo): Shape {
  const { batch, inChannels, outChannels, input, output, kernel } = info;
  if (op === 'Convolution') return [batch, ...output, outChannels];
  if (op === 'InputGradient') return [batch, ...input, inChannels];
  return [...kernel, inChannels, outChannels];
}

/** Adds such a node. */
export const addConvolution = (
  build: Builder,
  op: ConvolutionOp,
  info: WindowInfo,
  [a, b]: readonly [Value, Value],
): Value =>
  build.op(op, [a, b], { dtype: a.dtype, shape: convolvedShape(op, info) }, { ...info }, 'mixgan');
