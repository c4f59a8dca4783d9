/**
 * Gradients of sums and means. Those of TensorFlow.js multiply by an array of ones as large as what was
 * summed, which it fills number by number; here an operation makes it, which takes a trace no time.
 */
import * as tf from '@tensorflow/tfjs-core';

/** `dy`, the gradient of a sum along `axis`, for each of the terms of `x`. */
function repeated(dy: tf.Tensor, { shape }: tf.Tensor, axis: number | number[]): tf.Tensor {
  const narrow = [...shape];
  for (const summed of tf.util.parseAxisParam(axis, shape)) narrow[summed] = 1;
  return tf.mul(tf.reshape(dy, narrow), tf.fill(shape, 1, 'float32'));
}

/** How many terms of `x` are added to one sum along `axis`. */
function termsOf({ shape }: tf.Tensor, axis: number | number[]): number {
  const axes = tf.util.parseAxisParam(axis, shape);
  return axes.reduce((count, summed) => count * shape[summed]!, 1);
}

export const sumGradients: readonly tf.GradConfig[] = [
  {
    kernelName: tf.Sum,
    inputsToSave: ['x'],
    gradFunc: (dy, [x], { axis }) => ({
      x: () => repeated(dy as tf.Tensor, x!, axis as number | number[]),
    }),
  },
  {
    kernelName: tf.Mean,
    inputsToSave: ['x'],
    gradFunc: (dy, [x], { axis }) => ({
      x: () =>
        tf.div(
          repeated(dy as tf.Tensor, x!, axis as number | number[]),
          termsOf(x!, axis as number | number[]),
        ),
    }),
  },
];
