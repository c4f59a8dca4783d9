/**
 * One update of a classifier, and one batch of an evaluation: pure functions of tensors.
 *
 * Axes: B batch, H × W image, C channels, K classes.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { StepFunction } from '../src/engine/engine.js';
import type { Adam } from '../src/train/adam.js';
import { globalNorm, gradientsOf } from '../src/train/gradients.js';
import type { NamedVariables } from '../src/train/variables.js';

/**
 * Mean cross-entropy −Σ_k t_k log softmax(z)_k.
 *
 * @param logits z [B, K]
 * @param targets t [B, K], each row a distribution
 */
export function crossEntropy(logits: tf.Tensor, targets: tf.Tensor): tf.Scalar {
  const perExample = tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), -1));
  return tf.mean<tf.Scalar>(perExample);
}

/**
 * Inputs: `images` [B, H, W, C], `targets` [B, K], `learningRate` scalar. Outputs, both scalars:
 * `loss`, `gradientNorm`.
 */
export function classifierStep(
  model: LayersModel,
  variables: NamedVariables,
  adam: Adam,
): StepFunction {
  return ({ images, targets, learningRate }) => {
    const { reports, gradients } = gradientsOf(
      () => ({
        loss: crossEntropy(model.apply(images!, { training: true }) as tf.Tensor, targets!),
      }),
      variables,
    );
    adam.apply(gradients, learningRate!);
    return { loss: reports.loss, gradientNorm: globalNorm(gradients) };
  };
}

/** Input: `images` [B, H, W, C]. Output: `probabilities` [B, K]. */
export function predictionStep(model: LayersModel): StepFunction {
  return ({ images }) => ({ probabilities: tf.softmax(model.apply(images!) as tf.Tensor) });
}
