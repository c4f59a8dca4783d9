/**
 * Gradient penalties (Mescheder, Geiger and Nowozin 2018, https://arxiv.org/abs/1801.04406).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { penaltyKinds } from './names.js';

export type PenaltyKind = (typeof penaltyKinds)[number];

export interface Penalty {
  readonly kind: PenaltyKind;
  /** Weight γ: the loss gains γ / 2 · (R1 + R2); a step that is given `gamma` takes that. */
  readonly gamma: number;
  /** Taken at one discriminator step in `every`, and then weighted by `every`. */
  readonly every: number;
}

/** @param step from 0 */
export const takesPenalty = ({ kind, every }: Penalty, step: number): boolean =>
  kind !== 'none' && (step + 1) % every === 0;

/** What is made of a discriminator's update without the penalty and with it, by whether it takes one. */
export function eitherWay<T>(make: (penalised: boolean) => T): (penalised: boolean) => T {
  const [plain, withPenalty] = [make(false), make(true)];
  return (penalised) => (penalised ? withPenalty : plain);
}

export interface LogitsAndSquaredGradients {
  /** D(x) [B, 1], or [B, …, 1] */
  readonly logits: tf.Tensor;
  /** ‖∇ₓ D(x)‖² of each image [B]; of its mean logit, where it has several */
  readonly squaredGradients: tf.Tensor1D;
  /** ∇ₓ D(x) [B, H, W, C], likewise */
  readonly gradients: tf.Tensor;
}

/**
 * One pass of the discriminator, with the squared norm of its gradient with respect to each image.
 * Differentiable with respect to the discriminator's weights: the second derivative goes through
 * every operation of the discriminator.
 *
 * @param discriminator from images [B, H, W, C] to logits [B, 1], [B, …, 1] or [B, V], each image on its own; it
 *   is their mean that is followed
 * @param images [B, H, W, C]
 */
export function squaredImageGradients(
  discriminator: (images: tf.Tensor) => tf.Tensor,
  images: tf.Tensor,
): LogitsAndSquaredGradients {
  const { value, grad: ofSum } = tf.valueAndGrad(discriminator)(images);
  const places = value.size / images.shape[0]!;
  const grad = places === 1 ? ofSum : tf.div(ofSum, places);
  const squaredGradients = tf.sum<tf.Tensor1D>(tf.square(grad), [1, 2, 3]);
  return { logits: value, squaredGradients, gradients: grad };
}
