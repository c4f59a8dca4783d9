/**
 * onnxruntime's operators for images in blocks of channels, `com.microsoft.nchwc`.
 *
 * An image that is [B, H, W, C] elsewhere is here said to be [B, C, H, W], and lies in memory as
 * [B, C/n, H, W, n] for blocks of n channels: as many as a vector register holds. Operations element by
 * element do not mind.
 */
import type { Builder } from '../../graph/builder.js';
import type { Attribute, Value } from '../../graph/graph.js';
import { type Shape, sizeOf } from '../../graph/shapes.js';

/** The largest number that is a power of two: it brings all but the smallest numbers beyond 1. */
const huge = 2 ** 127;

interface ConvolveOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** [C'] */
  readonly bias?: Value | undefined;
  /** What the result is added to, of its shape. */
  readonly sum?: Value | undefined;
}

/** A convolution as onnxruntime has it: filters lie as it wants them. */
export const convolveBlocks = (
  build: Builder,
  x: Value,
  filter: Value,
  shape: Shape,
  { attributes = {}, bias, sum }: ConvolveOptions,
): Value => {
  const optional = sum !== undefined ? [bias, sum] : bias !== undefined ? [bias] : [];
  const output = { dtype: x.dtype, shape };
  return build.op('Conv', [x, filter, ...optional], output, attributes, 'com.microsoft.nchwc');
};

/** What each channel is multiplied by, what is added to it, and the image that is added to that. */
export interface Affine {
  /** [C], [B, C] or one number for all; 1 when absent. */
  readonly factor?: Value | undefined;
  /** As the factor; 0 when absent. */
  readonly shift?: Value | undefined;
  readonly sum?: Value | undefined;
  readonly relu?: boolean;
}

/**
 * x · factor + shift + sum, in one pass: a convolution of each channel by itself, of one tap. Where images
 * have factors of their own, they are taken for the channels of a single one, as which they lie in memory.
 */
export function affine(build: Builder, x: Value, { factor, shift, sum, relu }: Affine): Value {
  const [batch, each, ...pixels] = x.shape as [number, number, number, number];
  const isOwn = [factor, shift].some((value) => value?.shape.length === 2);
  const channels = isOwn ? batch * each : each;
  const shape = [isOwn ? 1 : batch, channels, ...pixels];
  const vector = (value: Value): Value =>
    isOwn
      ? build.reshape(build.expand(value, [batch, each]), [channels])
      : asVector(build, value, channels);
  const filter = factor === undefined ? build.splat('float32', [channels], 1) : vector(factor);
  const result = convolveBlocks(
    build,
    build.reshape(x, shape),
    build.reshape(filter, [channels, 1, 1, 1]),
    shape,
    {
      bias: shift && vector(shift),
      sum: sum && build.reshape(sum, shape),
      attributes: {
        kernel_shape: [1, 1],
        group: channels,
        ...(relu ? { activation: 'Relu' } : {}),
      },
    },
  );
  return build.reshape(result, x.shape);
}

/** −1, 0 or 1 by the sign of x, whose numbers are 0 or at least 2⁻¹²⁷ in size. */
export function signs(build: Builder, x: Value): Value {
  const channels = x.shape[1]!;
  const filter = build.splat('float32', [channels, 1, 1, 1], huge);
  const attributes = {
    kernel_shape: [1, 1],
    group: channels,
    activation: 'Clip',
    activation_params: { floats: [-1, 1] },
  };
  return convolveBlocks(build, x, filter, x.shape, { attributes });
}

/** x with so many rows and columns of zeros before and after it. */
export function padPixels(
  build: Builder,
  x: Value,
  before: readonly [rows: number, columns: number],
  after: readonly [rows: number, columns: number],
): Value {
  const pads = [...before, ...after];
  if (pads.every((pixels) => pixels === 0)) return x;
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const filter = build.splat('float32', [channels, 1, 1, 1], 1);
  const shape = [
    ...[batch, channels],
    ...[before[0] + height + after[0], before[1] + width + after[1]],
  ];
  return convolveBlocks(build, x, filter, shape, {
    attributes: { kernel_shape: [1, 1], group: channels, pads },
  });
}

/** [B, H, W, C] → [B, C, H, W] in blocks. */
export function intoBlocks(build: Builder, x: Value, block: number): Value {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const shape = [batch, channels, height, width];
  if (channels === block) return build.reshape(x, shape);
  const output = { dtype: x.dtype, shape };
  return build.op('ReorderInput', [x], output, { channels_last: 1 }, 'com.microsoft.nchwc');
}

/** [B, C, H, W] in blocks → [B, H, W, C] */
export function outOfBlocks(build: Builder, x: Value, block: number): Value {
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const shape = [batch, height, width, channels];
  if (channels === block) return build.reshape(x, shape);
  return build.op(
    'ReorderOutput',
    [x],
    { dtype: x.dtype, shape },
    { channels, channels_last: 1 },
    'com.microsoft.nchwc',
  );
}

/** As many images as rows, [n, m] → [m, n], of whatever the rows are. */
export function transposeMany(build: Builder, x: Value, images: number, block: number): Value {
  const rest = sizeOf(x.shape) / (images * block);
  const asked = build.reshape(x, [images, block, rest, 1]);
  return build.op('ReorderInput', [asked], asked, {}, 'com.microsoft.nchwc');
}

/** [C] of a vector with any axes of length 1, or of a single number. */
export function asVector(build: Builder, value: Value, channels: number): Value {
  const flat = build.reshape(value, sizeOf(value.shape) === 1 ? [1] : [channels]);
  return build.expand(flat, [channels]);
}
