/**
 * `Sum` and `Mean` over axes in front of the last one, as a bias gradient needs them. The stock
 * kernels transpose the whole tensor first; here rows are added up where they lie, in float64.
 */
import * as tf from '@tensorflow/tfjs-core';
import { elementCount } from '../../arrays.js';
import { type BackendWasm, floatsOf, type KernelCall, type MendedKernel } from './heap.js';

export const sumKernel: MendedKernel = {
  kernelName: tf.Sum,
  run: (call, stock) => sumRows(call, () => 1) ?? stock(call),
};

export const meanKernel: MendedKernel = {
  kernelName: tf.Mean,
  run: (call, stock) => sumRows(call, (count) => 1 / count) ?? stock(call),
};

/** A tensor seen as [outer, count, inner], to be summed over the middle. */
interface Rows {
  readonly outer: number;
  readonly count: number;
  readonly inner: number;
}

/** The sums times `scale(count)`; `undefined` where the stock kernel should do the work. */
function sumRows(
  { inputs, attrs, backend }: KernelCall,
  scale: (count: number) => number,
): tf.TensorInfo | undefined {
  const x = inputs.x as tf.TensorInfo;
  const axes = tf.util.parseAxisParam(attrs?.axis as number | number[], x.shape);
  const rows = rowsOf(x, axes);
  if (rows === undefined) return undefined;
  const keepDims = attrs?.keepDims === true;
  const shape = x.shape
    .map((size, axis) => (axes.includes(axis) ? 1 : size))
    .filter((_, axis) => keepDims || !axes.includes(axis));
  const out = backend.makeOutput(shape, 'float32');
  addRows(backend, x, out, rows, scale(rows.count));
  return out;
}

/** The view of `x` when `axes` are neighbours and leave rows worth adding whole. */
function rowsOf(x: tf.TensorInfo, axes: readonly number[]): Rows | undefined {
  const first = Math.min(...axes);
  const last = Math.max(...axes);
  const outer = elementCount(x.shape.slice(0, first));
  const count = elementCount(x.shape.slice(first, last + 1));
  const inner = elementCount(x.shape.slice(last + 1));
  const areNeighbours = axes.length === last - first + 1;
  // Stock leaves the sum over nothing as it finds the memory, so an empty tensor stays here too.
  const isWorthwhile = inner >= 4 || outer * count * inner === 0;
  return x.dtype === 'float32' && areNeighbours && isWorthwhile
    ? { outer, count, inner }
    : undefined;
}

function addRows(
  backend: BackendWasm,
  x: tf.TensorInfo,
  out: tf.TensorInfo,
  { outer, count, inner }: Rows,
  scale: number,
): void {
  const source = floatsOf(backend, x);
  const target = floatsOf(backend, out);
  const sums = new Float64Array(inner);
  for (let o = 0; o < outer; o++) {
    sums.fill(0);
    let from = o * count * inner;
    let row = 0;
    // Four rows a pass: the running sums are read and written a quarter as often.
    for (; row + 4 <= count; row += 4, from += 4 * inner) {
      for (let i = 0, at = from; i < inner; i++, at++) {
        const lower = source[at]! + source[at + inner]!;
        sums[i]! += lower + (source[at + 2 * inner]! + source[at + 3 * inner]!);
      }
    }
    for (; row < count; row++, from += inner) {
      for (let i = 0; i < inner; i++) sums[i]! += source[from + i]!;
    }
    const to = o * inner;
    for (let i = 0; i < inner; i++) target[to + i] = sums[i]! * scale;
  }
}
