/** `Tile`: the stock kernel computes the indices of every value; this one copies whole runs. */
import * as tf from '@tensorflow/tfjs-core';
import type { MendedKernel } from './heap.js';

export const tileKernel: MendedKernel = {
  kernelName: tf.Tile,
  run: (call, stock) => {
    const { inputs, attrs, backend } = call;
    const x = inputs.x as tf.TensorInfo;
    const reps = attrs?.reps as number[];
    const lastAxis = x.shape.length - 1;
    if (lastAxis < 0 || x.dtype === 'string' || x.dtype === 'complex64') return stock(call);
    const outShape = x.shape.map((size, axis) => size * reps[axis]!);
    const out = backend.makeOutput(outShape, x.dtype);
    if (tf.util.sizeFromShape(outShape) === 0) return out;
    const source = backend.typedArrayFromHeap(x);
    const target = backend.typedArrayFromHeap(out);
    const sourceSteps = stepsOf(x.shape);
    const targetSteps = stepsOf(outShape);
    const tileFrom = (axis: number, from: number, to: number): void => {
      const size = x.shape[axis]!;
      if (axis === lastAxis) {
        for (let i = 0; i < size; i++) target[to + i] = source[from + i]!;
      } else {
        for (let i = 0; i < size; i++) {
          tileFrom(axis + 1, from + i * sourceSteps[axis]!, to + i * targetSteps[axis]!);
        }
      }
      repeat(target, to, size * targetSteps[axis]!, reps[axis]!);
    };
    tileFrom(0, 0, 0);
    return out;
  },
};

/** How many values apart neighbours along each axis are. */
function stepsOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => tf.util.sizeFromShape(shape.slice(axis + 1)));
}

/** Repeats the `length` values at `start` until they are there `times` times. */
function repeat(
  values: tf.backend_util.TypedArray,
  start: number,
  length: number,
  times: number,
): void {
  const total = length * times;
  for (let filled = length; filled < total; filled *= 2) {
    values.copyWithin(start + filled, start, start + Math.min(filled, total - filled));
  }
}
