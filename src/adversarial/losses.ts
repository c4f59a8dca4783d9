/**
 * Adversarial losses on logits r = D(x) of real images and f = D(G(·)) of fakes, both [B, 1], or
 * [B, …, 1] where a discriminator judges places, or [B, V] where it gives several verdicts. Each is a mean over all of them.
 */
import * as tf from '@tensorflow/tfjs-core';

export interface AdversarialLoss {
  discriminator(real: tf.Tensor, fake: tf.Tensor): tf.Scalar;
  /** `real` is used by relativistic losses alone. */
  generator(real: tf.Tensor, fake: tf.Tensor): tf.Scalar;
  /** Whether the generator's loss looks at real images. */
  readonly generatorSeesReals: boolean;
  /**
   * How many times the slope of the discriminator's loss at a fake's logit that of the generator's is,
   * ∂L_G / ∂f over ∂L_D / ∂f, shaped as logits are. Missing where the discriminator's can be 0.
   */
  slopeRatio?(real: tf.Tensor, fake: tf.Tensor): tf.Tensor;
}

/** e^60 times the slope at a discriminator that is so sure is 1; beyond, float32 runs out of numbers. */
const surest = 60;

const mean = (x: tf.Tensor): tf.Scalar => tf.mean<tf.Scalar>(x);

export const adversarialLosses = {
  /** Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661, with the −log D trick. */
  'non-saturating': {
    // −log σ(r) − log(1 − σ(f))
    discriminator: (real, fake) => mean(tf.add(tf.softplus(tf.neg(real)), tf.softplus(fake))),
    // −log σ(f)
    generator: (_real, fake) => mean(tf.softplus(tf.neg(fake))),
    generatorSeesReals: false,
    // −σ(−f) / σ(f) = −e^(−f)
    slopeRatio: (_real, fake) => tf.neg(tf.exp(tf.minimum(tf.neg(fake), surest))),
  },
  /** Least squares, Mao et al. 2016, https://arxiv.org/abs/1611.04076, the discriminator's halved as in CycleGAN. */
  lsgan: {
    // ((r − 1)² + f²) / 2
    discriminator: (real, fake) =>
      tf.mul(0.5, mean(tf.add(tf.square(tf.sub(real, 1)), tf.square(fake)))),
    // (f − 1)²
    generator: (_real, fake) => mean(tf.square(tf.sub(fake, 1))),
    generatorSeesReals: false,
  },
  /** Lim and Ye 2017, https://arxiv.org/abs/1705.02894. */
  hinge: {
    // max(0, 1 − r) + max(0, 1 + f)
    discriminator: (real, fake) => mean(tf.add(tf.relu(tf.sub(1, real)), tf.relu(tf.add(1, fake)))),
    // −f
    generator: (_real, fake) => mean(tf.neg(fake)),
    generatorSeesReals: false,
  },
  /**
   * Relativistic pairing, Jolicoeur-Martineau 2018, https://arxiv.org/abs/1807.00734, as used by
   * R3GAN, Huang et al. 2024, https://arxiv.org/abs/2501.05441.
   */
  relativistic: {
    // −log σ(r − f)
    discriminator: (real, fake) => mean(tf.softplus(tf.sub(fake, real))),
    // −log σ(f − r)
    generator: (real, fake) => mean(tf.softplus(tf.sub(real, fake))),
    generatorSeesReals: true,
    // −σ(r − f) / σ(f − r) = −e^(r − f)
    slopeRatio: (real, fake) => tf.neg(tf.exp(tf.minimum(tf.sub(real, fake), surest))),
  },
} as const satisfies Record<string, AdversarialLoss>;

export type LossName = keyof typeof adversarialLosses;
