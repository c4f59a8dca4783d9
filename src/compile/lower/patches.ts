/** The patches of an image that the windows of a convolution see, as rows of a matrix. */
import type { Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import { sizeOf } from '../graph/shapes.js';
import type { WindowInfo } from './geometry.js';
import { gatherTaps, indicesOf, overreachOf, scatterTaps } from './windows.js';

/** How patches are gathered from an image, and put back. */
export interface Patches {
  /** [B, …, C] → [B · …', k… · C], in an order of its own. */
  gather(x: Value): Value;
  /** The transpose of `gather`: what overlaps is added up. */
  scatter(columns: Value): Value;
  /** [k…, C, C'] → [k… · C, C'], rows in the order of the columns that `gather` makes. */
  toMatrix(filter: Value): Value;
  /** The inverse of `toMatrix`. */
  toFilter(matrix: Value): Value;
}

/** The patches of some windows, in the order in which they are gathered with the fewest copies. */
export function patchesOf(build: Builder, info: WindowInfo): Patches {
  const { kernel, strides, dilations, before } = info;
  const wholeStrides = kernel.every(
    (taps, i) => taps % strides[i]! === 0 && dilations[i] === 1 && before[i]! >= 0,
  );
  return wholeStrides ? cellPatches(build, info) : tapPatches(build, info);
}

/**
 * For kernels of m… strides: the padded image is cut into cells of one stride, a patch is m…
 * neighbouring cells, and gathering is as many slices of whole cells (none when kernel = stride).
 */
function cellPatches(build: Builder, info: WindowInfo): Patches {
  const { batch, inChannels, outChannels, input, output, kernel, strides, before } = info;
  const rank = input.length;
  const m = kernel.map((taps, i) => taps / strides[i]!);
  const cells = output.map((length, i) => length + m[i]! - 1);
  const cell = sizeOf(strides) * inChannels;
  const shifts = indicesOf(m);
  // Pixels that no patch reaches, when the stride does not divide the image.
  const over = overreachOf(info);
  const reached = input.map((length, i) => length + Math.min(over[i]!, 0));
  const axes = range(rank);
  const none = axes.map(() => 0);
  // [B, a, s, b, t, …, C] → [B, a, b, …, s, t, …, C], and back.
  const apart = [0, ...axes.map((i) => 2 * i + 1), ...axes.map((i) => 2 * i + 2), 2 * rank + 1];
  const together = [0, ...axes.flatMap((i) => [1 + i, rank + 1 + i]), 2 * rank + 1];

  return {
    gather(x) {
      const seen = build.slice(x, [0, ...none, 0], [batch, ...reached, inChannels]);
      const after = over.map((pixels) => Math.max(pixels, 0));
      const padded = build.pad(seen, [0, ...before, 0], [0, ...after, 0]);
      const split = build.reshape(padded, [
        batch,
        ...cells.flatMap((length, i) => [length, strides[i]!]),
        inChannels,
      ]);
      const whole = build.reshape(build.transpose(split, apart), [batch, ...cells, cell]);
      const parts = shifts.map((shift) => {
        const end = shift.map((i, axis) => i + output[axis]!);
        return build.slice(whole, [0, ...shift, 0], [batch, ...end, cell]);
      });
      return build.reshape(build.concat(parts, rank + 1), [
        batch * sizeOf(output),
        shifts.length * cell,
      ]);
    },
    scatter(matrix) {
      const patches = build.reshape(matrix, [batch, ...output, shifts.length * cell]);
      const lengths = shifts.map(() => cell);
      const whole = build
        .split(patches, rank + 1, lengths)
        .map((part, k) => {
          const shift = shifts[k]!;
          const after = shift.map((i, axis) => m[axis]! - 1 - i);
          return build.pad(part, [0, ...shift, 0], [0, ...after, 0]);
        })
        .reduce((sum, part) => build.add(sum, part));
      const split = build.reshape(whole, [batch, ...cells, ...strides, inChannels]);
      const padded = build.reshape(build.transpose(split, together), [
        batch,
        ...cells.map((length, i) => length * strides[i]!),
        inChannels,
      ]);
      const end = reached.map((length, i) => before[i]! + length);
      const seen = build.slice(padded, [0, ...before, 0], [batch, ...end, inChannels]);
      const after = input.map((length, i) => length - reached[i]!);
      return build.pad(seen, [0, ...none, 0], [0, ...after, 0]);
    },
    toMatrix(filter) {
      const split = build.reshape(filter, [
        ...m.flatMap((count, i) => [count, strides[i]!]),
        inChannels * outChannels,
      ]);
      const ordered = build.transpose(split, [
        ...axes.map((i) => 2 * i),
        ...axes.map((i) => 2 * i + 1),
        2 * rank,
      ]);
      return build.reshape(ordered, [shifts.length * cell, outChannels]);
    },
    toFilter(matrix) {
      const split = build.reshape(matrix, [...m, ...strides, inChannels * outChannels]);
      const ordered = build.transpose(split, [...axes.flatMap((i) => [i, rank + i]), 2 * rank]);
      return build.reshape(ordered, [...kernel, inChannels, outChannels]);
    },
  };
}

/** For all other kernels: one strided slice for each of the kernel's taps. */
function tapPatches(build: Builder, info: WindowInfo): Patches {
  const { batch, inChannels, outChannels, output, kernel } = info;
  const taps = sizeOf(kernel);
  const axis = output.length + 1;
  return {
    gather(x) {
      const patches = build.concat(gatherTaps(build, info, x), axis);
      return build.reshape(patches, [batch * sizeOf(output), taps * inChannels]);
    },
    scatter(matrix) {
      const patches = build.reshape(matrix, [batch, ...output, taps * inChannels]);
      const lengths = new Array<number>(taps).fill(inChannels);
      return scatterTaps(build, info, build.split(patches, axis, lengths));
    },
    toMatrix: (filter) => build.reshape(filter, [taps * inChannels, outChannels]),
    toFilter: (matrix) => build.reshape(matrix, [...kernel, inChannels, outChannels]),
  };
}

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
