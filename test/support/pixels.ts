import * as tf from '@tensorflow/tfjs-core';

/** Bytes 0 … 255 as numbers in −1 … 1. */
export const scaled = (bytes: ArrayLike<number>): Float32Array =>
  Float32Array.from(bytes, (byte) => byte / 127.5 - 1);

/** Numbers in −1 … 1 as pixels in 0 … 255, not rounded to bytes. */
export const unscaled = (images: tf.Tensor): tf.Tensor => tf.mul(tf.add(images, 1), 127.5);
