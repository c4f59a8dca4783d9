import * as tf from '@tensorflow/tfjs-core';

/** Mean distance of two batches of images, pixel by pixel: |x − y|. */
export const pixelDistance = (x: tf.Tensor, y: tf.Tensor): tf.Scalar =>
  tf.mean<tf.Scalar>(tf.abs(tf.sub(x, y)));
