/**
 * Gradient penalties (Mescheder, Geiger and Nowozin 2018, https://arxiv.org/abs/1801.04406).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { penaltyKinds } from './names.js';

export type PenaltyKind = (typeof penaltyKinds)[number];

export interface LogitsAndSquaredGradients {
  /** D(x) [B, 1] */
  readonly logits: tf.Tensor;
  /** ‖∇ₓ D(x)‖² of each image [B] */
  readonly squaredGradients: tf.Tensor1D;
  /** ∇ₓ D(x) [B, H, W, C] */
  readonly gradients: tf.Tensor;
}

/**
 * One pass of the discriminator, with the squared norm of its gradient with respect to each image.
 * Differentiable with respect to the discriminator's weights: the second derivative goes through
 * every operation of the discriminator.
 *
 * @param discriminator from images [B, H, W, C] to logits [B, 1], each image on its own
 * @param images [B, H, W, C]
 */
export function squaredImageGradients(
  discriminator: (images: tf.Tensor) => tf.Tensor,
  images: tf.Tensor,
): LogitsAndSquaredGradients {
  const ones = tf.ones([images.shape[0]!, 1]);
  const { value, grad } = tf.valueAndGrad(discriminator)(images, ones);
  const squaredGradients = tf.sum<tf.Tensor1D>(tf.square(grad), [1, 2, 3]);
  return { logits: value, squaredGradients, gradients: grad };
}
