/**
 * Two-dimensional convolutions as matrix products of patches.
 *
 * A convolution is the product of a matrix of patches [B · H' · W', kh · kw · C] and the filter as a
 * matrix [kh · kw · C, C']; its gradients are products with the same patches. onnxruntime's own
 * convolutions want channels first, and have no fast gradient with respect to the filter.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import type { Shape } from '../graph/shapes.js';
import { type KernelCall, type LoweringTable, UnsupportedOption } from './lowering.js';
import { finish } from './product.js';
import { asRows, gatherTaps, scatterTaps, type WindowInfo, windowsOf } from './windows.js';

type Four = [number, number, number, number];

/** The geometry of a convolution from its attributes. */
export function convolutionInfo(
  attrs: KernelCall['attrs'],
  inputShape: Shape,
  filterShape: Shape,
  depthwise = false,
): WindowInfo {
  if ((attrs.dataFormat ?? 'NHWC') !== 'NHWC') throw new UnsupportedOption('channels first');
  return tf.backend_util.computeConv2DInfo(
    [...inputShape] as Four,
    [...filterShape] as Four,
    attrs.strides as number | [number, number],
    (attrs.dilations as number | [number, number] | undefined) ?? 1,
    attrs.pad as 'valid' | 'same' | number,
    attrs.dimRoundingMode as 'floor' | 'round' | 'ceil' | undefined,
    depthwise,
  );
}

/** How patches are gathered from an image, and put back. */
interface Patches {
  /** [B, H, W, C] → [B · H' · W', kh · kw · C], in an order of its own. */
  gather(x: Value): Value;
  /** The transpose of `gather`: what overlaps is added up. */
  scatter(columns: Value): Value;
  /** [kh, kw, C, C'] → [kh · kw · C, C'], rows in the order of the columns that `gather` makes. */
  toMatrix(filter: Value): Value;
  /** The inverse of `toMatrix`. */
  toFilter(matrix: Value): Value;
}

function patchesOf(build: Builder, info: WindowInfo): Patches {
  const { filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const wholeStrides =
    filterHeight % strideHeight === 0 &&
    filterWidth % strideWidth === 0 &&
    info.dilationHeight === 1 &&
    info.dilationWidth === 1;
  return wholeStrides ? cellPatches(build, info) : tapPatches(build, info);
}

/**
 * For kernels of m × m strides: the padded image is cut into cells of one stride, a patch is m × m
 * neighbouring cells, and gathering is m² slices of whole cells (none when kernel = stride).
 */
function cellPatches(build: Builder, info: WindowInfo): Patches {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  const { filterHeight, filterWidth, strideHeight: sh, strideWidth: sw, padInfo } = info;
  const [mh, mw] = [filterHeight / sh, filterWidth / sw];
  const [rows, columns] = [outHeight + mh - 1, outWidth + mw - 1];
  const cell = sh * sw * inChannels;
  const shifts = Array.from({ length: mh * mw }, (_, i) => [Math.floor(i / mw), i % mw] as const);
  // Rows and columns that no patch reaches, when the stride does not divide the image.
  const bottom = rows * sh - inHeight - padInfo.top;
  const right = columns * sw - inWidth - padInfo.left;
  const before = [0, padInfo.top, padInfo.left, 0];
  const after = [0, Math.max(bottom, 0), Math.max(right, 0), 0];
  const reachedHeight = inHeight + Math.min(bottom, 0);
  const reachedWidth = inWidth + Math.min(right, 0);
  const order = [0, 1, 3, 2, 4, 5];

  return {
    gather(x) {
      const reached = build.slice(
        x,
        [0, 0, 0, 0],
        [batchSize, reachedHeight, reachedWidth, inChannels],
      );
      const padded = build.pad(reached, before, after);
      const split = build.reshape(padded, [batchSize, rows, sh, columns, sw, inChannels]);
      const cells = build.reshape(build.transpose(split, order), [batchSize, rows, columns, cell]);
      const parts = shifts.map(([i, j]) =>
        build.slice(cells, [0, i, j, 0], [batchSize, i + outHeight, j + outWidth, cell]),
      );
      return build.reshape(build.concat(parts, 3), [
        batchSize * outHeight * outWidth,
        shifts.length * cell,
      ]);
    },
    scatter(matrix) {
      const patches = build.reshape(matrix, [batchSize, outHeight, outWidth, shifts.length * cell]);
      const parts = build.split(
        patches,
        3,
        shifts.map(() => cell),
      );
      const cells = parts
        .map((part, k) => {
          const [i, j] = shifts[k]!;
          return build.pad(part, [0, i, j, 0], [0, mh - 1 - i, mw - 1 - j, 0]);
        })
        .reduce((sum, part) => build.add(sum, part));
      const split = build.reshape(cells, [batchSize, rows, columns, sh, sw, inChannels]);
      const padded = build.reshape(build.transpose(split, order), [
        batchSize,
        rows * sh,
        columns * sw,
        inChannels,
      ]);
      const reached = build.slice(padded, before, [
        batchSize,
        padInfo.top + reachedHeight,
        padInfo.left + reachedWidth,
        inChannels,
      ]);
      return build.pad(
        reached,
        [0, 0, 0, 0],
        [0, inHeight - reachedHeight, inWidth - reachedWidth, 0],
      );
    },
    toMatrix(filter) {
      const split = build.reshape(filter, [mh, sh, mw, sw, inChannels * outChannels]);
      const ordered = build.transpose(split, [0, 2, 1, 3, 4]);
      return build.reshape(ordered, [shifts.length * cell, outChannels]);
    },
    toFilter(matrix) {
      const split = build.reshape(matrix, [mh, mw, sh, sw, inChannels * outChannels]);
      return build.reshape(build.transpose(split, [0, 2, 1, 3, 4]), info.filterShape);
    },
  };
}

/** For all other kernels: one strided slice for each of the kernel's kh · kw taps. */
function tapPatches(build: Builder, info: WindowInfo): Patches {
  const { batchSize, inChannels, outHeight, outWidth, outChannels } = info;
  const taps = info.filterHeight * info.filterWidth;
  return {
    gather(x) {
      const patches = build.concat(gatherTaps(build, info, x), 3);
      return build.reshape(patches, [batchSize * outHeight * outWidth, taps * inChannels]);
    },
    scatter(matrix) {
      const patches = build.reshape(matrix, [batchSize, outHeight, outWidth, taps * inChannels]);
      const lengths = new Array<number>(taps).fill(inChannels);
      return scatterTaps(build, info, build.split(patches, 3, lengths));
    },
    toMatrix: (filter) => build.reshape(filter, [taps * inChannels, outChannels]),
    toFilter: (matrix) => build.reshape(matrix, info.filterShape),
  };
}

function convolve({ inputs: { x, filter }, attrs, build }: KernelCall): Value {
  const info = convolutionInfo(attrs, x!.shape, filter!.shape);
  const patches = patchesOf(build, info);
  const y = build.matMul(patches.gather(x!), patches.toMatrix(filter!));
  return build.reshape(y, info.outShape);
}

export const convolution: LoweringTable = {
  Conv2D: convolve,
  FusedConv2D: (call) => finish(call, convolve(call)),
  Conv2DBackpropInput: ({ inputs: { dy, filter }, attrs, build }) => {
    const info = windowsOf(convolutionInfo(attrs, attrs.inputShape as Shape, filter!.shape), dy!);
    const patches = patchesOf(build, info);
    const columns = build.matMul(asRows(build, dy!), patches.toMatrix(filter!), {
      transB: true,
    });
    return patches.scatter(columns);
  },
  Conv2DBackpropFilter: ({ inputs: { x, dy }, attrs, build }) => {
    const info = windowsOf(convolutionInfo(attrs, x!.shape, attrs.filterShape as Shape), dy!);
    const patches = patchesOf(build, info);
    const matrix = build.matMul(patches.gather(x!), asRows(build, dy!), {
      transA: true,
    });
    return patches.toFilter(matrix);
  },
};
