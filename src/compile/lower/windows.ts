/**
 * The windows of a kernel that slides over an image, taken apart into taps: the kernel's kh · kw
 * places, for each of which the windows see an image [B, H', W', C] of their own.
 */
import type { backend_util } from '@tensorflow/tfjs-core';
import type { Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import { sizeOf } from '../graph/shapes.js';

export type WindowInfo = backend_util.Conv2DInfo;

/** How far the last window reaches past the end of the image; negative where it stops short of it. */
export function overreachOf(info: WindowInfo): { bottom: number; right: number } {
  const { padInfo, outHeight, outWidth, strideHeight, strideWidth } = info;
  const lastRow = (outHeight - 1) * strideHeight + info.effectiveFilterHeight - padInfo.top;
  const lastColumn = (outWidth - 1) * strideWidth + info.effectiveFilterWidth - padInfo.left;
  return { bottom: lastRow - info.inHeight, right: lastColumn - info.inWidth };
}

/**
 * The same windows in the number that a gradient [B, H', W', C'] has: TensorFlow.js tells its
 * gradients how far windows are apart, but not how the forward pass rounded their number.
 */
export function windowsOf(info: WindowInfo, gradient: Value): WindowInfo {
  const [, outHeight, outWidth] = gradient.shape as [number, number, number, number];
  return { ...info, outHeight, outWidth };
}

/** Where a tap lies in its window, in pixels. */
function tapsOf(info: WindowInfo): { row: number; column: number }[] {
  const { filterHeight, filterWidth, dilationHeight, dilationWidth } = info;
  return Array.from({ length: filterHeight * filterWidth }, (_, tap) => ({
    row: Math.floor(tap / filterWidth) * dilationHeight,
    column: (tap % filterWidth) * dilationWidth,
  }));
}

/**
 * [B, H, W, C] → for each tap, what every window sees there: [B, H', W', C]
 * @param outside what a window sees beyond the image
 */
export function gatherTaps(build: Builder, info: WindowInfo, x: Value, outside = 0): Value[] {
  const { strideHeight, strideWidth, outHeight, outWidth, padInfo } = info;
  const [batch, , , channels] = x.shape as [number, number, number, number];
  const { bottom, right } = overreachOf(info);
  const padded = build.pad(
    x,
    [0, padInfo.top, padInfo.left, 0],
    [0, Math.max(bottom, 0), Math.max(right, 0), 0],
    outside,
  );
  return tapsOf(info).map(({ row, column }) => {
    const lastRow = row + (outHeight - 1) * strideHeight;
    const lastColumn = column + (outWidth - 1) * strideWidth;
    return build.slice(
      padded,
      [0, row, column, 0],
      [batch, lastRow + 1, lastColumn + 1, channels],
      [1, strideHeight, strideWidth, 1],
    );
  });
}

/**
 * The transpose of `gatherTaps`: every tap's [B, H', W', C] goes back to its pixels, what overlaps is
 * added up, and what lies outside of the image is dropped.
 */
export function scatterTaps(build: Builder, info: WindowInfo, parts: readonly Value[]): Value {
  const { strideHeight: sh, strideWidth: sw, outHeight, outWidth, inHeight, inWidth } = info;
  const { top, left } = info.padInfo;
  const [batch, , , channels] = parts[0]!.shape as [number, number, number, number];
  const taps = tapsOf(info);
  // The image in cells of one stride: a tap has one place in its cell, some cells further on.
  const rows = outHeight + Math.floor(taps.at(-1)!.row / sh);
  const columns = outWidth + Math.floor(taps.at(-1)!.column / sw);
  const placeInCell = (i: number, j: number): Value => {
    let sum = build.splat('float32', [batch, rows, columns, channels], 0);
    taps.forEach(({ row, column }, tap) => {
      if (row % sh !== i || column % sw !== j) return;
      const [down, across] = [Math.floor(row / sh), Math.floor(column / sw)];
      const moved = build.pad(
        parts[tap]!,
        [0, down, across, 0],
        [0, rows - outHeight - down, columns - outWidth - across, 0],
      );
      sum = build.add(sum, moved);
    });
    return sum;
  };
  const lines = range(sh).map((i) => {
    const places = range(sw).map((j) => placeInCell(i, j));
    return build.reshape(build.concat(places, 3), [batch, rows, 1, columns * sw * channels]);
  });
  const padded = build.reshape(build.concat(lines, 2), [batch, rows * sh, columns * sw, channels]);
  const bottom = Math.min(top + inHeight, rows * sh);
  const right = Math.min(left + inWidth, columns * sw);
  const reached = build.slice(padded, [0, top, left, 0], [batch, bottom, right, channels]);
  return build.pad(reached, [0, 0, 0, 0], [0, top + inHeight - bottom, left + inWidth - right, 0]);
}

/** [1, H', W', 1]: how many of a window's taps lie within the image. */
export function countTaps(build: Builder, info: WindowInfo): Value {
  const { outHeight, outWidth, strideHeight, strideWidth, inHeight, inWidth, padInfo } = info;
  const taps = tapsOf(info);
  const counts = range(outHeight * outWidth).map((window) => {
    const firstRow = Math.floor(window / outWidth) * strideHeight - padInfo.top;
    const firstColumn = (window % outWidth) * strideWidth - padInfo.left;
    return taps.filter(
      ({ row, column }) =>
        isWithin(firstRow + row, inHeight) && isWithin(firstColumn + column, inWidth),
    ).length;
  });
  return build.constant('float32', [1, outHeight, outWidth, 1], counts);
}

/** onnxruntime's attributes for the same windows. */
export function windowAttributes(info: WindowInfo) {
  const { bottom, right } = overreachOf(info);
  return {
    kernel_shape: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: [info.padInfo.top, info.padInfo.left, Math.max(bottom, 0), Math.max(right, 0)],
  };
}

/** [B, H, W, C] → [B, C, H, W], which onnxruntime's image operations want. */
export const channelsFirst = (build: Builder, x: Value): Value => build.transpose(x, [0, 3, 1, 2]);

/** [B, C, H, W] → [B, H, W, C] */
export const channelsLast = (build: Builder, x: Value): Value => build.transpose(x, [0, 2, 3, 1]);

/** [B, H', W', C] → [B · H' · W', C]: a row for each window. */
export function asRows(build: Builder, x: Value): Value {
  const channels = x.shape.at(-1)!;
  return build.reshape(x, [sizeOf(x.shape) / channels, channels]);
}

const isWithin = (index: number, length: number): boolean => index >= 0 && index < length;
const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
