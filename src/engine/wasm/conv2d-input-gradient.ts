/**
 * `Conv2DBackpropInput`, which is also the forward pass of a transposed convolution. The stock
 * kernel is a scalar loop. At stride s the rows (and columns) of the result fall into s phases by
 * their place modulo s, and each phase is a plain convolution of the output gradient with every
 * s-th tap of the filter, back to front.
 */
import * as tf from '@tensorflow/tfjs-core';
import { convInfoOf, convolve } from './convolution.js';
import { type BackendWasm, floatsOf, type MendedKernel } from './heap.js';

export const conv2dInputGradientKernel: MendedKernel = {
  kernelName: tf.Conv2DBackpropInput,
  run: ({ inputs, attrs, backend }) => {
    const { dy, filter } = inputs as { dy: tf.TensorInfo; filter: tf.TensorInfo };
    const inputShape = attrs?.inputShape as number[];
    const info = convInfoOf(tf.Conv2DBackpropInput, inputShape, filter.shape, attrs);
    const { top, left } = info.padInfo;
    const { inHeight, outHeight, filterHeight, strideHeight } = info;
    const { inWidth, outWidth, filterWidth, strideWidth } = info;
    const rows = phasesOf(inHeight, outHeight, filterHeight, strideHeight, top);
    const columns = phasesOf(inWidth, outWidth, filterWidth, strideWidth, left);
    const out = backend.makeOutput([...info.inShape], 'float32');
    for (const row of rows) {
      for (const column of columns) {
        const taps = tapsOf(backend, filter, row, column);
        const part = convolve(
          backend,
          dy,
          taps,
          { height: row.padding, width: column.padding },
          [1, 1],
        );
        scatter(backend, part, out, row, column);
        backend.disposeData(taps.dataId);
        backend.disposeData(part.dataId);
      }
    }
    return out;
  },
};

/** One phase of one axis: the places `start, start + stride, …` of the result. */
interface Phase {
  readonly start: number;
  readonly stride: number;
  /** How many places there are. */
  readonly count: number;
  /** The filter taps, in the order in which the convolution of `dy` meets them. */
  readonly taps: readonly number[];
  readonly padding: readonly [number, number];
}

/**
 * The phases of one axis. Place `start + q·stride` of the result gets tap `k` from place
 * `q + shift - (k - first) / stride` of `dy`, where `first` and `shift` are the remainder and the
 * quotient of `(start + before) / stride`.
 */
function phasesOf(
  inSize: number,
  outSize: number,
  filterSize: number,
  stride: number,
  before: number,
): Phase[] {
  return Array.from({ length: Math.min(stride, inSize) }, (_, start) => {
    const count = Math.ceil((inSize - start) / stride);
    const first = (start + before) % stride;
    const shift = Math.floor((start + before) / stride);
    // Taps past the end of the filter count as zeros; with them no padding is negative.
    const length = Math.max(Math.ceil((filterSize - first) / stride), shift + 1);
    const taps = Array.from({ length }, (_, i) => first + (length - 1 - i) * stride);
    const after = Math.max(0, count + shift - outSize);
    return { start, stride, count, taps, padding: [length - 1 - shift, after] };
  });
}

/** The filter [h, w, C, O] at the taps of a phase, as a filter [h′, w′, O, C]. */
function tapsOf(
  backend: BackendWasm,
  filter: tf.TensorInfo,
  row: Phase,
  column: Phase,
): tf.TensorInfo {
  const [height, width, channels, outputs] = filter.shape as [number, number, number, number];
  const shape = [row.taps.length, column.taps.length, outputs, channels];
  const taps = backend.makeOutput(shape, 'float32');
  const source = floatsOf(backend, filter);
  const target = floatsOf(backend, taps);
  let written = 0;
  for (const y of row.taps) {
    for (const x of column.taps) {
      const inside = y < height && x < width;
      const tap = (y * width + x) * channels * outputs;
      for (let o = 0; o < outputs; o++) {
        for (let c = 0; c < channels; c++) {
          target[written++] = inside ? source[tap + c * outputs + o]! : 0;
        }
      }
    }
  }
  return taps;
}

/** Writes a phase to its places of `out` [B, H, W, C]. */
function scatter(
  backend: BackendWasm,
  part: tf.TensorInfo,
  out: tf.TensorInfo,
  row: Phase,
  column: Phase,
): void {
  const [batch, height, width, channels] = out.shape as [number, number, number, number];
  const [, partHeight, partWidth] = part.shape as [number, number, number, number];
  const source = floatsOf(backend, part);
  const target = floatsOf(backend, out);
  const step = column.stride * channels;
  for (let b = 0; b < batch; b++) {
    for (let q = 0; q < row.count; q++) {
      const y = row.start + q * row.stride;
      let from = (b * partHeight + q) * partWidth * channels;
      let to = ((b * height + y) * width + column.start) * channels;
      for (let p = 0; p < column.count; p++, from += channels, to += step) {
        for (let c = 0; c < channels; c++) target[to + c] = source[from + c]!;
      }
    }
  }
}
