/**
 * What players of a conditional GAN learn besides: the discriminator to recognise what reals show, by the
 * scores that its projection gives each value, and the generator to draw what is recognised as asked (the
 * auxiliary classifier of Odena et al. 2017, https://arxiv.org/abs/1610.09585, without weights of its own). A
 * projection alone is content with what fakes get wrong most, and draws values that differ in little alike.
 *
 * Axes: B batch, H × W image, C channels, A attributes, K values of all of them, D features.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { projected } from '../src/adversarial/projection.js';
import type { ImageDataset } from '../src/data/dataset.js';
import type { LossAndReports } from '../src/train/gradients.js';
import { conditionsOf } from './condition.js';
import type { GanConfig } from './config.js';

export interface Recognition {
  /** Of the cross-entropy, beside a player's adversarial loss. */
  readonly weight: number;
  /** Values of each attribute, one after the other in a label; they sum to K. */
  readonly sizes: readonly number[];
}

/** What a configuration asks to be recognised of images: nothing unless its weight is more than 0. */
export const recognitionOf = (config: GanConfig, images: ImageDataset): Recognition | undefined =>
  config.recognitionWeight === 0
    ? undefined
    : {
        weight: config.recognitionWeight,
        sizes: conditionsOf(config, images)!.map(({ values }) => values.length),
      };

/**
 * @param discriminator with a projection, where there is anything to recognise
 * @returns what adds to a loss how badly images are recognised: [B, H, W, C], or more, of which the first B
 *   count, by labels [B, K], a 1 for each attribute's value; and reports it, `recognition`, the mean
 *   cross-entropy over images and attributes
 */
export function recogniser(
  discriminator: tfl.LayersModel,
  recognition: Recognition | undefined,
): (loss: tf.Scalar, images: tf.Tensor, labels: tf.Tensor | undefined) => LossAndReports {
  if (recognition === undefined) return (loss) => ({ loss });
  const { weight, sizes } = recognition;
  const { features, embeddings } = projected(discriminator);
  const look = tfl.model({ inputs: discriminator.inputs[0]!, outputs: features });
  return (loss, images, labels) => {
    const count = labels!.shape[0]!;
    const seen = tf.slice(look.apply(images, { training: true }) as tf.Tensor2D, 0, count);
    const scores = tf.matMul(seen, embeddings.read() as tf.Tensor2D, false, true);
    let first = 0;
    const entropies = sizes.map((size) => {
      const own = (all: tf.Tensor) => tf.slice(all, [0, first], [count, size]);
      const entropy = tf.neg(tf.sum(tf.mul(own(labels!), tf.logSoftmax(own(scores)))));
      first += size;
      return entropy;
    });
    const entropy = tf.div<tf.Scalar>(tf.addN(entropies), count * sizes.length);
    return { loss: tf.add(loss, tf.mul(weight, entropy)), recognition: entropy };
  };
}
