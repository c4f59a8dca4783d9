/**
 * Convolutions and their gradients for images, in blocks of n channels. Both are convolutions of
 * onnxruntime's, which takes a vector of n channels at once.
 */
import type { Builder } from '../../graph/builder.js';
import type { WindowInfo } from '../../graph/convolutions.js';
import type { Value } from '../../graph/graph.js';
import { sizeOf } from '../../graph/shapes.js';
import { overreachOf } from '../../lower/windows.js';
import { apart, backwardFilter, forwardFilter, type Phases, phasesOf } from './filters.js';
import { convolveBlocks } from './operators.js';
import { areFew, atLeastNone, inBlocks, isPlain } from './windows.js';

/** Pads before and after must be shorter than a window. */
const fitsWindow = (taps: number, dilation: number, ...pads: readonly number[]): boolean =>
  pads.every((pixels) => pixels >= 0 && pixels <= (taps - 1) * dilation);

/** Whether `convolve` is right. */
export function canConvolve(info: WindowInfo, block: number): boolean {
  const over = overreachOf(info);
  return (
    isPlain(info) &&
    inBlocks(info.outChannels, block) &&
    areFew(info.inChannels, block) &&
    // onnxruntime counts the windows itself.
    over.every((pixels, i) => -pixels < info.strides[i]!) &&
    info.kernel.every((taps, i) =>
      fitsWindow(taps, info.dilations[i]!, info.before[i]!, atLeastNone(over)[i]!),
    )
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

/** Phases of the gradient for an image, along one axis, and their windows over dy. */
interface Side {
  readonly phases: Phases;
  /** How long the windows are, and how far they reach beyond dy. */
  readonly taps: number;
  readonly start: number;
  readonly end: number;
}

/** Places along an axis that all phases have. */
const cellsOf = ({ input, strides }: WindowInfo): number[] =>
  input.map((length, i) => Math.ceil(length / strides[i]!));

/** What is computed by itself along an axis: each phase that has fewer taps than all have, where it can be. */
function sidesOf(info: WindowInfo, axis: 0 | 1): readonly Side[] {
  const [taps, stride, dilation, before, output] = [
    ...[info.kernel[axis]!, info.strides[axis]!, info.dilations[axis]!],
    ...[info.before[axis]!, info.output[axis]!],
  ] as const;
  const all =
    dilation === 1
      ? phasesOf(taps, stride, before)
      : { ...phasesOf(taps, 1, 0), before: (taps - 1) * dilation - before };
  const sides = (list: readonly Phases[]): Side[] =>
    list.map((phases) => {
      const length = phases.taps[0]!.length;
      const end = cellsOf(info)[axis]! - output - phases.before + (length - 1) * dilation;
      return { phases, taps: length, start: phases.before, end };
    });
  const own = sides(apart(all));
  return own.every((side) => isSound(side, dilation)) ? own : sides([all]);
}

const isSound = ({ taps, start, end }: Side, dilation: number): boolean =>
  taps > 0 && fitsWindow(taps, dilation, start, end);

/** Whether `inputGradient` is right. */
export function canPassBack(info: WindowInfo, block: number): boolean {
  if (!isPlain(info) || info.kernel.some((_, i) => info.strides[i]! > 1 && info.dilations[i]! > 1))
    return false;
  return (
    inBlocks(info.inChannels, block) &&
    inBlocks(info.outChannels, block) &&
    info.before.every((pixels) => pixels >= 0) &&
    ([0, 1] as const).every((axis) =>
      sidesOf(info, axis).every((side) => isSound(side, info.dilations[axis]!)),
    )
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
  const images = (info.batch * info.inChannels) / block;
  const [rows, columns] = [sidesOf(info, 0), sidesOf(info, 1)];
  const inRows = rows.map((down) => {
    const inColumns = columns.map((across) =>
      gradientOf(build, info, dy, filter, [down, across], block),
    );
    return inTurns(build, inColumns, 2);
  });
  const all = inTurns(build, inRows, 1);
  const reached = build.slice(all, [0, 0, 0, 0], [images, ...info.input, block]);
  return build.reshape(reached, [info.batch, info.inChannels, ...info.input]);
}

/** The pixels of some phases, as [B · C/n, H, W, n]. */
function gradientOf(
  build: Builder,
  info: WindowInfo,
  dy: Value,
  filter: Value,
  sides: readonly [Side, Side],
  block: number,
): Value {
  const { batch, inChannels, dilations } = info;
  const cells = cellsOf(info);
  const [down, across] = sides;
  const counts = sides.map(({ phases }) => phases.count);
  const arranged = backwardFilter(build, filter, [down.phases, across.phases], block);
  const shape = [batch, sizeOf(counts) * inChannels, ...cells];
  const dx = convolveBlocks(build, dy, arranged, shape, {
    attributes: {
      kernel_shape: sides.map(({ taps }) => taps),
      dilations,
      pads: [...sides.map(({ start }) => start), ...sides.map(({ end }) => end)],
    },
  });
  // The phases of a cell go side by side.
  const phases = build.reshape(dx, [batch, ...counts, inChannels / block, ...cells, block]);
  return build.reshape(build.transpose(phases, [0, 3, 4, 1, 5, 2, 6]), [
    ...[(batch * inChannels) / block, ...cells.map((length, i) => length * counts[i]!)],
    block,
  ]);
}

/** Of images [N, H, W, n], rows (axis 1) or columns (2) that take turns. */
function inTurns(build: Builder, parts: readonly Value[], axis: 1 | 2): Value {
  const { shape } = parts[0]!;
  const places = sizeOf(shape.slice(0, axis + 1));
  const all = build.concat(
    parts.map((part) => build.reshape(part, [places, sizeOf(shape) / places])),
    1,
  );
  return build.reshape(
    all,
    shape.map((length, i) => (i === axis ? parts.length * length : length)),
  );
}
