/** Sums over the pixels of images in blocks of channels. */
import type { Builder } from '../../graph/builder.js';
import type { Value } from '../../graph/graph.js';
import { convolveBlocks } from './operators.js';

/** So many numbers are added up one after the other, at most; their sums are added in their turn. */
const mostInLine = 256;

/** Into how many strips of whole rows an image is cut for its sums. */
function stripsOf(height: number, width: number): number {
  for (let strips = 1; strips < height; strips++) {
    if (height % strips === 0 && (height / strips) * width <= mostInLine) return strips;
  }
  return height;
}

/** [B, C, H, W] in blocks → [B, C], and no blocks any more. */
export const imageSums = (build: Builder, x: Value, block: number): Value =>
  overStrips(build, stripSums(build, x, block));

/** [B, C, H, W] in blocks → [C] */
export function channelSums(build: Builder, x: Value, block: number): Value {
  return overBatch(build, stripSums(build, x, block));
}

/** [B, C, H, W] in blocks → [B, C/n, strips, n] */
function stripSums(build: Builder, x: Value, block: number): Value {
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const strips = stripsOf(height, width);
  const blocks = channels / block;
  const pixels = build.reshape(x, [batch * blocks * strips, (height / strips) * width, block]);
  const sums = build.reduce('ReduceSum', pixels, [1], false);
  return build.reshape(sums, [batch, blocks, strips, block]);
}

/** Σ a · b over all pixels, [C], of two images [B, C, H, W] in blocks. */
export const channelDots = (build: Builder, a: Value, b: Value, block: number): Value =>
  overBatch(build, stripDots(build, a, b, block));

/** Σ a · b over the pixels of each image, [B, C]. */
export const imageDots = (build: Builder, a: Value, b: Value, block: number): Value =>
  overStrips(build, stripDots(build, a, b, block));

/**
 * [B, C/n, strips, n]: a convolution of each strip by itself with a filter of its own size, which makes one
 * pixel.
 */
function stripDots(build: Builder, a: Value, b: Value, block: number): Value {
  const [batch, channels, height, width] = a.shape as [number, number, number, number];
  const strips = stripsOf(height, width);
  const size = [height / strips, width];
  const count = batch * channels * strips;
  const dots = convolveBlocks(
    build,
    build.reshape(a, [1, count, ...size]),
    build.reshape(b, [count, 1, ...size]),
    [1, count, 1, 1],
    { attributes: { kernel_shape: size, group: count } },
  );
  return build.reshape(dots, [batch, channels / block, strips, block]);
}

/** [B, C/n, strips, n] → [B, C] */
function overStrips(build: Builder, strips: Value): Value {
  const [batch, blocks, , block] = strips.shape as [number, number, number, number];
  return build.reshape(build.reduce('ReduceSum', strips, [2], false), [batch, blocks * block]);
}

/** [B, C/n, strips, n] → [C] */
function overBatch(build: Builder, strips: Value): Value {
  const [, blocks, , block] = strips.shape as [number, number, number, number];
  return build.reshape(build.reduce('ReduceSum', strips, [0, 2], false), [blocks * block]);
}
