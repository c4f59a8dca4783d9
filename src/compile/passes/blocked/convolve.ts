/**
 * Convolutions and their gradients on images in blocks of n channels. All three are convolutions of
 * onnxruntime's, which takes a vector of n channels, or images, at once.
 */
import type { Builder } from '../../graph/builder.js';
import type { WindowInfo } from '../../graph/convolutions.js';
import type { Value } from '../../graph/graph.js';
import { sizeOf } from '../../graph/shapes.js';
import { backwardFilter, forwardFilter, type Phases, phasesOf } from './filters.js';
import { convolveBlocks, padColumns, transposeMany } from './operators.js';

/** Pixels that the windows reach beyond the end of the image. */
const overreach = ({ input, output, kernel, strides, dilations, before }: WindowInfo): number[] =>
  input.map(
    (length, i) =>
      (output[i]! - 1) * strides[i]! + (kernel[i]! - 1) * dilations[i]! + 1 - before[i]! - length,
  );

/** Pads before and after must be shorter than a window. */
const fits = (
  { kernel, dilations }: WindowInfo,
  before: readonly number[],
  after: readonly number[],
) =>
  kernel.every((taps, i) => {
    const most = (taps - 1) * dilations[i]!;
    return before[i]! >= 0 && before[i]! <= most && after[i]! >= 0 && after[i]! <= most;
  });

const atLeastNone = (list: readonly number[]): number[] => list.map((i) => Math.max(i, 0));

const isPlain = ({ input, batch }: WindowInfo): boolean => input.length === 2 && batch > 0;

const inBlocks = (channels: number, block: number): boolean => channels % block === 0;

/** Channels of an image: whole blocks, or fewer than one. */
const areFew = (channels: number, block: number): boolean =>
  channels < block || inBlocks(channels, block);

/** Whether `convolve` is right. */
export function canConvolve(info: WindowInfo, block: number): boolean {
  const over = overreach(info);
  return (
    isPlain(info) &&
    inBlocks(info.outChannels, block) &&
    areFew(info.inChannels, block) &&
    // onnxruntime counts the windows itself.
    over.every((pixels, i) => -pixels < info.strides[i]!) &&
    fits(info, info.before, atLeastNone(over))
  );
}

/** @param x [B, C, H, W] in blocks; as it is where C is less than a block */
export function convolve(
  build: Builder,
  info: WindowInfo,
  x: Value,
  filter: Value,
  block: number,
): Value {
  const { batch, outChannels, output, kernel, strides, dilations, before } = info;
  const arranged = forwardFilter(build, filter, block);
  return convolveBlocks(build, x, arranged, [batch, outChannels, ...output], {
    attributes: {
      kernel_shape: kernel,
      strides,
      dilations,
      pads: [...before, ...atLeastNone(overreach(info))],
    },
  });
}

/** How the gradient for an image comes of windows over dy. */
function backwards({ input, output, kernel, strides, dilations, before }: WindowInfo) {
  const phases = kernel.map((taps, i) =>
    dilations[i] === 1
      ? phasesOf(taps, strides[i]!, before[i]!)
      : { ...phasesOf(taps, 1, 0), before: (taps - 1) * dilations[i]! - before[i]! },
  ) as [Phases, Phases];
  const window = phases.map(({ taps }) => taps[0]!.length);
  // Places that all phases have.
  const cells = input.map((length, i) => Math.ceil(length / strides[i]!));
  const start = phases.map((phase) => phase.before);
  const after = cells.map(
    (length, i) => length - output[i]! - start[i]! + (window[i]! - 1) * dilations[i]!,
  );
  return { phases, window, cells, start, after };
}

/** Whether `inputGradient` is right. */
export function canPassBack(info: WindowInfo, block: number): boolean {
  if (!isPlain(info) || info.kernel.some((_, i) => info.strides[i]! > 1 && info.dilations[i]! > 1))
    return false;
  const { window, start, after } = backwards(info);
  return (
    inBlocks(info.inChannels, block) &&
    inBlocks(info.outChannels, block) &&
    info.before.every((pixels) => pixels >= 0) &&
    window.every((taps) => taps > 0) &&
    fits({ ...info, kernel: window }, start, after)
  );
}

/** [B, C', H', W'] in blocks and [kh, kw, C, C'] → [B, C, H, W] in blocks. */
export function inputGradient(
  build: Builder,
  info: WindowInfo,
  dy: Value,
  filter: Value,
  block: number,
): Value {
  const { batch, inChannels, input, strides, dilations } = info;
  const { phases, window, cells, start, after } = backwards(info);
  const arranged = backwardFilter(build, filter, phases, block);
  const shape = [batch, sizeOf(strides) * inChannels, ...cells];
  const dx = convolveBlocks(build, dy, arranged, shape, {
    attributes: { kernel_shape: window, dilations, pads: [...start, ...after] },
  });
  const blocks = inChannels / block;
  // The phases of a cell go side by side.
  const apart = build.reshape(dx, [batch, ...strides, blocks, ...cells, block]);
  const together = build.reshape(build.transpose(apart, [0, 3, 4, 1, 5, 2, 6]), [
    ...[batch, blocks],
    ...cells.map((length, i) => length * strides[i]!),
    block,
  ]);
  const reached = build.slice(together, [0, 0, 0, 0, 0], [batch, blocks, ...input, block]);
  return build.reshape(reached, [batch, inChannels, ...input]);
}

/** Whether `filterGradient` is right. */
export function canFilter(info: WindowInfo, block: number): boolean {
  return (
    isPlain(info) &&
    inBlocks(info.batch, block) &&
    inBlocks(info.outChannels, block) &&
    areFew(info.inChannels, block) &&
    info.before.every((pixels) => pixels >= 0)
  );
}

/**
 * A convolution in which the parts are exchanged: images are the channels that are summed over, in
 * groups of one block, dy is the filter, as large as an image, and its windows are the taps of the
 * gradient. A row of x, with its channels side by side, is one row of W · c pixels.
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
  const { batch, inChannels, outChannels, input, output, kernel, strides, dilations, before } =
    info;
  const inner = Math.min(inChannels, block);
  const blocks = inChannels / inner;
  const groups = batch / block;
  const after = atLeastNone(overreach(info));
  const width = before[1]! + input[1]! + after[1]!;
  const padded =
    inChannels < block
      ? build.pad(x, [0, 0, before[1]!, 0], [0, 0, after[1]!, 0])
      : padColumns(build, x, before[1]!, after[1]!);
  // [B/n, n, C/c, H · W · c] → [C/c, B/n, H · W · c, n]
  const turned = build.reshape(transposeMany(build, padded, groups, block), [
    ...[groups, blocks],
    input[0]! * width * inner * block,
  ]);
  const images = build.reshape(build.transpose(turned, [1, 0, 2]), [
    ...[blocks, batch],
    ...[input[0]!, width * inner],
  ]);
  // [B/n, n, C'/n, H' · W', n] → [B/n, C'/n, H' · W', n, n]
  const outBlocks = outChannels / block;
  const apart = build.reshape(dy, [groups, block, outBlocks, sizeOf(output), block]);
  const filter = build.reshape(build.transpose(apart, [0, 2, 3, 1, 4]), [
    ...[groups * outChannels, block],
    ...output,
  ]);
  const reach = output.map((length, i) => (length - 1) * strides[i]! + 1);
  // Along the rows there are all shifts, whole pixels and channels.
  const rows = Math.floor((before[0]! + input[0]! + after[0]! - reach[0]!) / dilations[0]!) + 1;
  const shifts = width - reach[1]! + 1;
  const products = convolveBlocks(
    build,
    images,
    filter,
    [blocks, groups * outChannels, rows, shifts * inner],
    {
      attributes: {
        kernel_shape: output,
        strides: [dilations[0]!, 1],
        dilations: [strides[0]!, strides[1]! * inner],
        pads: [before[0]!, 0, after[0]!, 0],
        group: groups,
      },
    },
  );
  const parts = build.reshape(products, [
    blocks,
    groups,
    outBlocks * rows * shifts * inner * block,
  ]);
  const sum = build.reshape(build.reduce('ReduceSum', parts, [1], false), [
    ...[blocks, outBlocks, rows, shifts, inner, block],
  ]);
  const seen = build.slice(
    sum,
    [0, 0, 0, 0, 0, 0],
    [blocks, outBlocks, kernel[0]!, (kernel[1]! - 1) * dilations[1]! + 1, inner, block],
    [1, 1, 1, dilations[1]!, 1, 1],
  );
  return build.reshape(build.transpose(seen, [2, 3, 0, 4, 1, 5]), [
    ...kernel,
    inChannels,
    outChannels,
  ]);
}
