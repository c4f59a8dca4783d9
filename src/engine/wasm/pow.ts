/** `Pow` by a small whole number, as in the tanh form of GELU: a product instead of `powf`. */
import * as tf from '@tensorflow/tfjs-core';
import { floatsOf, type MendedKernel, runKernel } from './heap.js';

export const powKernel: MendedKernel = {
  kernelName: tf.Pow,
  run: (call, stock) => {
    const { backend } = call;
    const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    if (a.dtype !== 'float32' || b.dtype !== 'float32' || b.shape.length > 0) return stock(call);
    switch (floatsOf(backend, b)[0]) {
      case 1:
        return runKernel(tf.Identity, backend, { x: a });
      case 2:
        return runKernel(tf.Square, backend, { x: a });
      case 3: {
        const square = runKernel(tf.Square, backend, { x: a });
        const cube = runKernel(tf.Multiply, backend, { a: square, b: a });
        backend.disposeData(square.dataId);
        return cube;
      }
      default:
        return stock(call);
    }
  },
};
