/**
 * Adversarial losses on logits r = D(x) of real images and f = D(G(y)) of translated ones, of every
 * place of every image. Each is a mean over all of them.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { lossNames } from './names.js';

export type LossName = (typeof lossNames)[number];

export interface AdversarialLoss {
  discriminator(real: tf.Tensor, fake: tf.Tensor): tf.Scalar;
  generator(fake: tf.Tensor): tf.Scalar;
}

const mean = (x: tf.Tensor): tf.Scalar => tf.mean<tf.Scalar>(x);

export const adversarialLosses = {
  /** Least squares (Mao et al. 2016, https://arxiv.org/abs/1611.04076), the discriminator's halved as in CycleGAN. */
  lsgan: {
    // ((r − 1)² + f²) / 2
    discriminator: (real, fake) =>
      tf.mul(0.5, tf.add(mean(tf.square(tf.sub(real, 1))), mean(tf.square(fake)))),
    // (f − 1)²
    generator: (fake) => mean(tf.square(tf.sub(fake, 1))),
  },
  /** Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661, with the −log D trick. */
  'non-saturating': {
    // −log σ(r) − log(1 − σ(f))
    discriminator: (real, fake) => tf.add(mean(tf.softplus(tf.neg(real))), mean(tf.softplus(fake))),
    // −log σ(f)
    generator: (fake) => mean(tf.softplus(tf.neg(fake))),
  },
} as const satisfies Record<LossName, AdversarialLoss>;

/** Mean distance of two batches of images, pixel by pixel: |x − y|. */
export const pixelDistance = (x: tf.Tensor, y: tf.Tensor): tf.Scalar =>
  tf.mean<tf.Scalar>(tf.abs(tf.sub(x, y)));
