/**
 * The windows of a kernel that slides over an image, taken apart into taps: the places of the kernel,
 * for each of which the windows see an image of their own.
 *
 * Axes: images are [B, …, C] with axes of space …, what a tap's windows see is [B, …', C].
 */
import type { Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import { type Shape, sizeOf } from '../graph/shapes.js';
import { isChannelsFirst, type WindowInfo } from './geometry.js';
import type { KernelCall } from './lowering.js';

/** How far the last window reaches past the end of the image; negative where it stops short of it. */
export const overreachOf = ({
  before,
  input,
  output,
  kernel,
  strides,
  dilations,
}: WindowInfo): Shape =>
  input.map(
    (length, i) =>
      (output[i]! - 1) * strides[i]! + (kernel[i]! - 1) * dilations[i]! + 1 - before[i]! - length,
  );

/**
 * The same windows in the number that a gradient [B, …', C'] has: TensorFlow.js tells its gradients
 * how far windows are apart, but not how the forward pass rounded their number.
 */
export const windowsOf = (info: WindowInfo, gradient: Value): WindowInfo => ({
  ...info,
  output: gradient.shape.slice(1, -1),
});

/** Every index into axes of these lengths, the last axis first. */
export function indicesOf(lengths: Shape): number[][] {
  return Array.from({ length: sizeOf(lengths) }, (_, place) => {
    let rest = place;
    return lengths
      .toReversed()
      .map((length) => {
        const index = rest % length;
        rest = Math.floor(rest / length);
        return index;
      })
      .reverse();
  });
}

/** Where the taps lie in their window, in pixels. */
export const tapsOf = ({ kernel, dilations }: WindowInfo): number[][] =>
  indicesOf(kernel).map((tap) => tap.map((place, i) => place * dilations[i]!));

/**
 * [B, …, C] → for each tap, what every window sees there: [B, …', C]
 * @param outside what a window sees beyond the image
 */
export function gatherTaps(build: Builder, info: WindowInfo, x: Value, outside = 0): Value[] {
  const { batch, strides, output, before } = info;
  const channels = x.shape.at(-1)!;
  const over = overreachOf(info);
  const padded = build.pad(x, [0, ...before.map(orNone), 0], [0, ...over.map(orNone), 0], outside);
  return tapsOf(info).map((tap) => {
    const first = tap.map((place, i) => place + orNone(-before[i]!));
    const last = first.map((place, i) => place + (output[i]! - 1) * strides[i]!);
    return build.slice(
      padded,
      [0, ...first, 0],
      [batch, ...last.map((place) => place + 1), channels],
      [1, ...strides, 1],
    );
  });
}

/**
 * The transpose of `gatherTaps`: every tap's [B, …', C] goes back to its pixels, what overlaps is
 * added up, and what lies outside of the image is dropped.
 */
export function scatterTaps(build: Builder, info: WindowInfo, parts: readonly Value[]): Value {
  const { batch, strides, output, input, before } = info;
  const rank = input.length;
  const channels = parts[0]!.shape.at(-1)!;
  const taps = tapsOf(info);
  // The image in cells of one stride: a tap has one place in its cell, some cells further on.
  const cells = output.map((length, i) => length + Math.floor(taps.at(-1)![i]! / strides[i]!));
  const sumAt = (place: readonly number[]): Value => {
    let sum = build.splat('float32', [batch, ...cells, channels], 0);
    taps.forEach((tap, k) => {
      if (tap.some((pixel, i) => pixel % strides[i]! !== place[i])) return;
      const moved = tap.map((pixel, i) => Math.floor(pixel / strides[i]!));
      const rest = cells.map((length, i) => length - output[i]! - moved[i]!);
      sum = build.add(sum, build.pad(parts[k]!, [0, ...moved, 0], [0, ...rest, 0]));
    });
    return sum;
  };
  // The places of a cell are laid side by side, axis by axis from the last one.
  const layOut = (place: readonly number[]): Value => {
    const axis = place.length;
    if (axis === rank) return sumAt(place);
    const lines = range(strides[axis]!).map((i) => layOut([...place, i]));
    const inner = cells.slice(axis + 1).map((length, i) => length * strides[axis + 1 + i]!);
    const laid = [cells[axis]! * strides[axis]!, ...inner];
    const joined = build.concat(lines, axis + 2);
    return axis === 0
      ? build.reshape(joined, [batch, ...laid, channels])
      : build.reshape(joined, [batch, ...cells.slice(0, axis), 1, sizeOf(laid) * channels]);
  };
  const padded = layOut([]);
  const begin = before.map(orNone);
  const end = input.map((length, i) => Math.min(before[i]! + length, cells[i]! * strides[i]!));
  const reached = build.slice(padded, [0, ...begin, 0], [batch, ...end, channels]);
  return build.pad(
    reached,
    [0, ...before.map((pixels) => orNone(-pixels)), 0],
    [0, ...input.map((length, i) => before[i]! + length - end[i]!), 0],
  );
}

/** [1, …', 1]: how many of a window's taps lie within the image. */
export function countTaps(build: Builder, info: WindowInfo): Value {
  const { input, output, strides, before } = info;
  const taps = tapsOf(info);
  const counts = indicesOf(output).map((window) => {
    const first = window.map((place, i) => place * strides[i]! - before[i]!);
    return taps.filter((tap) =>
      tap.every((pixel, i) => first[i]! + pixel >= 0 && first[i]! + pixel < input[i]!),
    ).length;
  });
  return build.constant('float32', [1, ...output, 1], counts);
}

/**
 * How many pixels at the end no window reaches though there is room for one: TensorFlow.js counts the
 * windows along all axes by the kernel's first length where the padding is a number.
 */
export const unreachedOf = (info: WindowInfo): Shape =>
  overreachOf(info).map((pixels, i) => (-pixels >= info.strides[i]! ? -pixels : 0));

/** [B, …, C] without those pixels, for onnxruntime, which counts the windows itself. */
export function reachedOf(build: Builder, info: WindowInfo, x: Value): Value {
  const unreached = unreachedOf(info);
  const end = info.input.map((length, i) => length - unreached[i]!);
  const start = x.shape.map(() => 0);
  return build.slice(x, start, [x.shape[0]!, ...end, x.shape.at(-1)!]);
}

/** onnxruntime's attributes for the same windows, none of which may begin within the image. */
export function windowAttributes(info: WindowInfo) {
  const { kernel, strides, dilations, before } = info;
  return {
    kernel_shape: kernel,
    strides,
    dilations,
    pads: [...before, ...overreachOf(info).map(orNone)],
  };
}

/** [B, …, C] → [B, C, …], which onnxruntime's image operations want. */
export const channelsFirst = (build: Builder, x: Value): Value => {
  const rank = x.shape.length;
  return build.transpose(x, [0, rank - 1, ...range(rank - 2).map((i) => i + 1)]);
};

/** [B, C, …] → [B, …, C] */
export const channelsLast = (build: Builder, x: Value): Value =>
  build.transpose(x, [0, ...range(x.shape.length - 2).map((i) => i + 2), 1]);

/** An image that goes into a call, channels last. */
export const imageOf = ({ attrs, build }: KernelCall, x: Value): Value =>
  isChannelsFirst(attrs) ? channelsLast(build, x) : x;

/** An image that was made channels last, with its channels where the call has them. */
export const asAsked = ({ attrs, build }: KernelCall, y: Value): Value =>
  isChannelsFirst(attrs) ? channelsFirst(build, y) : y;

/** [B, …', C] → [B · …', C]: a row for each window. */
export function asRows(build: Builder, x: Value): Value {
  const channels = x.shape.at(-1)!;
  return build.reshape(x, [sizeOf(x.shape) / channels, channels]);
}

const orNone = (pixels: number): number => Math.max(pixels, 0);
const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
