/**
 * Convolutions and their gradients for images, in blocks of n channels. Both are convolutions of
 * onnxruntime's, which takes a vector of n channels at once.
 */
import type { Builder } from '../../graph/builder.js';
import type { WindowInfo } from '../../graph/convolutions.js';
import type { Value } from '../../graph/graph.js';
import { sizeOf } from '../../graph/shapes.js';
import { overreachOf } from '../../lower/windows.js';
import { backwardFilter, forwardFilter, type Phases, phasesOf } from './filters.js';
import { convolveBlocks } from './operators.js';
import { areFew, atLeastNone, inBlocks, isPlain } from './windows.js';

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

/** Whether `convolve` is right. */
export function canConvolve(info: WindowInfo, block: number): boolean {
  const over = overreachOf(info);
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
      pads: [...before, ...atLeastNone(overreachOf(info))],
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
