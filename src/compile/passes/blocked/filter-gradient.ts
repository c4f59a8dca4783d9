/**
 * The gradient for the filter of a convolution, of images in blocks of n channels: a convolution of
 * onnxruntime's, which takes a vector of n images at once.
 */
import type { Builder } from '../../graph/builder.js';
import type { WindowInfo } from '../../graph/convolutions.js';
import type { Value } from '../../graph/graph.js';
import { reorder } from '../../lower/gather.js';
import { overreachOf } from '../../lower/windows.js';
import { convolveBlocks, padPixels, transposeMany } from './operators.js';
import { areFew, atLeastNone, inBlocks, isPlain } from './windows.js';

/**
 * Into how many strips of rows images are cut, so that there are whole blocks of them: a divisor of n,
 * as images of one block are whole.
 */
function stripsFor({ batch }: WindowInfo, block: number): number {
  let strips = 1;
  while (!inBlocks(strips * batch, block)) strips++;
  return strips;
}

/** Whether `filterGradient` is right. */
export function canFilter(info: WindowInfo, block: number): boolean {
  return (
    isPlain(info) &&
    stripsFor(info, block) <= info.output[0]! &&
    inBlocks(info.outChannels, block) &&
    areFew(info.inChannels, block) &&
    info.before.every((pixels) => pixels >= 0)
  );
}

/**
 * A convolution in which the parts are exchanged: images are the channels that are summed over, in
 * groups of one block, dy is the filter, as large as an image, and its windows are the taps of the
 * gradient. A row of x, with its channels side by side, is one row of W · c pixels. Of a batch that is no
 * whole blocks, strips of the images are taken for images.
 *
 * @param x [B, C, H, W] in blocks; [B, H, W, C] where C is less than a block
 * @param dy [B, C', H', W'] in blocks
 * @returns [kh, kw, C, C']
 */
export function filterGradient(
  build: Builder,
  info: WindowInfo,
  x: Value,
  dy: Value,
  block: number,
): Value {
  const { batch, inChannels, outChannels, strides, dilations } = info;
  const strips = stripsFor(info, block);
  const inner = Math.min(inChannels, block);
  const blocks = inChannels / inner;
  const groups = (batch * strips) / block;
  const { seen, width, padded, before, after } = padForStrips(build, info, x, strips, block);
  // [B/n, n, C/c, H · W · c] → [C/c, B/n, H · W · c, n]
  const turned = build.reshape(transposeMany(build, padded, groups, block), [
    ...[groups, blocks],
    seen * width * inner * block,
  ]);
  const images = build.reshape(build.transpose(turned, [1, 0, 2]), [
    ...[blocks, groups * block],
    ...[seen, width * inner],
  ]);
  const output = [Math.ceil(info.output[0]! / strips), info.output[1]!];
  const reach = output.map((length, i) => (length - 1) * strides[i]! + 1);
  // Along the rows there are all shifts, whole pixels and channels.
  const rows = Math.floor((before + seen + after - reach[0]!) / dilations[0]!) + 1;
  const shifts = width - reach[1]! + 1;
  const products = convolveBlocks(
    build,
    images,
    asFilter(build, info, dy, strips, block),
    [blocks, groups * outChannels, rows, shifts * inner],
    {
      attributes: {
        kernel_shape: output,
        strides: [dilations[0]!, 1],
        dilations: [strides[0]!, strides[1]! * inner],
        pads: [before, 0, after, 0],
        group: groups,
      },
    },
  );
  const outBlocks = outChannels / block;
  const parts = build.reshape(products, [
    ...[blocks, groups],
    outBlocks * rows * shifts * inner * block,
  ]);
  const sum = build.reshape(build.reduce('ReduceSum', parts, [1], false), [
    ...[blocks, outBlocks, rows, shifts, inner, block],
  ]);
  return fromShifts(build, info, sum);
}

/** dy as the filter: [B/n, n, C'/n, H' · W', n] → [B/n, C'/n, H' · W', n, n] */
function asFilter(
  build: Builder,
  { batch, outChannels, output }: WindowInfo,
  dy: Value,
  strips: number,
  block: number,
): Value {
  const groups = (batch * strips) / block;
  const height = Math.ceil(output[0]! / strips);
  const rest = strips * height - output[0]!;
  const apart = build.reshape(padPixels(build, dy, [0, 0], [rest, 0]), [
    ...[groups, block / strips, outChannels / block],
    ...[strips, height * output[1]!, block],
  ]);
  return build.reshape(build.transpose(apart, [0, 2, 4, 1, 3, 5]), [
    ...[groups * outChannels, block],
    ...[height, output[1]!],
  ]);
}

/** The taps among all shifts: [C/c, C'/n, rows, shifts, c, n] → [kh, kw, C, C'] */
function fromShifts(
  build: Builder,
  { inChannels, outChannels, kernel, dilations }: WindowInfo,
  sum: Value,
): Value {
  const [blocks, outBlocks, , , inner, block] = sum.shape as [number, ...number[]];
  const taps = build.slice(
    sum,
    [0, 0, 0, 0, 0, 0],
    [blocks, outBlocks!, kernel[0]!, (kernel[1]! - 1) * dilations[1]! + 1, inner!, block!],
    [1, 1, 1, dilations[1]!, 1, 1],
  );
  return build.reshape(build.transpose(taps, [2, 3, 0, 4, 1, 5]), [
    ...kernel,
    inChannels,
    outChannels,
  ]);
}

/**
 * Images with columns of zeros beside them, in strips of the rows that a strip of dy sees, those of an image
 * one after the other. Images that stay whole leave the rows of zeros, so many before and after them, to the
 * convolution.
 */
function padForStrips(build: Builder, info: WindowInfo, x: Value, strips: number, block: number) {
  const { batch, inChannels, kernel, strides, dilations, before, input, output } = info;
  const [height, columns] = input as [number, number];
  const over = atLeastNone(overreachOf(info));
  const width = before[1]! + columns + over[1]!;
  const few = inChannels < block;
  const pad = (top: number, bottom: number): Value =>
    few
      ? build.pad(x, [0, top, before[1]!, 0], [0, bottom, over[1]!, 0])
      : padPixels(build, x, [top, before[1]!], [bottom, over[1]!]);
  if (strips === 1) {
    return { seen: height, width, padded: pad(0, 0), before: before[0]!, after: over[0]! };
  }
  const step = Math.ceil(output[0]! / strips) * strides[0]!;
  const seen = step - strides[0]! + (kernel[0]! - 1) * dilations[0]! + 1;
  const bottom = Math.max(0, (strips - 1) * step + seen - before[0]! - height);
  const [blocks, inner] = few ? [1, inChannels] : [inChannels / block, block];
  const rows = build.reshape(pad(before[0]!, bottom), [
    ...[batch, blocks],
    ...[before[0]! + height + bottom, width * inner],
  ]);
  const wanted = Array.from(
    { length: strips * seen },
    (_, i) => Math.floor(i / seen) * step + (i % seen),
  );
  const gathered = reorder(build, rows, 2, wanted);
  const apart = build.reshape(gathered, [batch, blocks, strips, seen * width * inner]);
  const padded = build.transpose(apart, [0, 2, 1, 3]);
  return { seen, width, padded, before: 0, after: 0 };
}
