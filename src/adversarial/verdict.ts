/** What a discriminator makes of reals and fakes, and what it is to learn from that. */
import * as tf from '@tensorflow/tfjs-core';
import { adversarialLosses, type LossName } from './losses.js';
import { type Penalty, squaredImageGradients } from './penalty.js';

export interface DiscriminatorOptions {
  readonly loss: LossName;
  readonly penalty: Penalty;
  /** Whether this update takes the gradient penalty. */
  readonly penalised: boolean;
}

/** What the discriminator makes of reals and fakes. */
export interface Verdict {
  /** What its update descends: the adversarial loss, and the penalty where it takes one. */
  readonly loss: tf.Scalar;
  /** The adversarial loss alone, the mean logits, and what the penalty is made of. */
  readonly told: {
    readonly adversarialLoss: tf.Scalar;
    readonly realLogit: tf.Scalar;
    readonly fakeLogit: tf.Scalar;
    readonly r1?: tf.Scalar;
    readonly r2?: tf.Scalar;
  };
  /** [B, 1], or [B, …, 1] */
  readonly realLogits: tf.Tensor;
  /** As `realLogits` */
  readonly fakeLogits: tf.Tensor;
  /** ∂logit / ∂pixel of every image [2B, H, W, C], where the penalty took it. */
  readonly imageGradients: tf.Tensor | undefined;
}

/**
 * @param logitsOf the discriminator, from images [2B, H, W, C] to logits [2B, 1], [2B, …, 1] or [2B, V]
 * @param images [2B, H, W, C]: reals, then fakes, as the discriminator sees them
 * @param gamma a scalar in place of the penalty's own weight
 */
export function verdictOn(
  logitsOf: (images: tf.Tensor) => tf.Tensor,
  images: tf.Tensor,
  { loss, penalty, penalised }: DiscriminatorOptions,
  gamma?: tf.Tensor,
): Verdict {
  const { logits, squaredGradients, gradients } = penalised
    ? squaredImageGradients(logitsOf, images)
    : { logits: logitsOf(images), squaredGradients: undefined, gradients: undefined };
  const [realLogits, fakeLogits] = tf.split(logits, 2) as [tf.Tensor, tf.Tensor];
  const adversarialLoss = adversarialLosses[loss].discriminator(realLogits, fakeLogits);
  const looked = { realLogits, fakeLogits, imageGradients: gradients };
  const told = {
    adversarialLoss,
    realLogit: tf.mean<tf.Scalar>(realLogits),
    fakeLogit: tf.mean<tf.Scalar>(fakeLogits),
  };
  if (squaredGradients === undefined) return { loss: tf.clone(adversarialLoss), told, ...looked };
  const [r1, r2] = tf.split(squaredGradients, 2).map((half) => tf.mean<tf.Scalar>(half)) as [
    tf.Scalar,
    tf.Scalar,
  ];
  const terms = [
    ...(penalty.kind.includes('r1') ? [r1] : []),
    ...(penalty.kind.includes('r2') ? [r2] : []),
  ];
  const perGamma = penalty.every / 2;
  const weight = gamma === undefined ? penalty.gamma * perGamma : tf.mul(gamma, perGamma);
  const penalisedLoss = tf.add<tf.Scalar>(adversarialLoss, tf.mul(weight, tf.addN(terms)));
  return { loss: penalisedLoss, told: { ...told, r1, r2 }, ...looked };
}
