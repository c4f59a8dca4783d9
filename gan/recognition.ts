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

/** What a step makes of images by a discriminator: its verdict, and whether it recognises them. */
export interface Look {
  /** As it was given, images [B, H, W, C] or more to logits. */
  readonly logitsOf: (images: tf.Tensor) => tf.Tensor;
  /**
   * What adds to a loss how badly the first B images are recognised, and reports it: `recognition`, the mean
   * cross-entropy over images and attributes.
   */
  readonly recognise: (loss: tf.Scalar, images: tf.Tensor) => LossAndReports;
}

interface Looking {
  /** [B, K], a 1 for each attribute's value. */
  readonly labels: tf.Tensor | undefined;
  readonly logitsOf: (images: tf.Tensor) => tf.Tensor;
  /** Whether `logitsOf` is called where a gradient within the step's is taken, which frees what it sees. */
  readonly penalised?: boolean;
}

/** @param discriminator with a projection, where there is anything to recognise */
export function looker(
  discriminator: tfl.LayersModel,
  recognition: Recognition | undefined,
): (by: Looking) => Look {
  if (recognition === undefined) {
    return ({ logitsOf }) => ({ logitsOf, recognise: (loss) => ({ loss }) });
  }
  const { weight, sizes } = recognition;
  const { features, embeddings } = projected(discriminator);
  const [image, label] = discriminator.inputs as [tfl.SymbolicTensor, tfl.SymbolicTensor];
  const see = tfl.model({ inputs: image, outputs: features });
  const judge = tfl.model({
    inputs: [image, label],
    outputs: [discriminator.outputs[0]!, features],
  });
  return ({ labels: told, logitsOf, penalised = false }) => {
    const labels = told!;
    const [count] = labels.shape as [number];
    let seen: tf.Tensor | undefined;
    return {
      // One pass serves both, forwards and backwards.
      logitsOf(images) {
        if (penalised) return logitsOf(images);
        const ofAll = images.shape[0] === count ? labels : tf.concat([labels, labels]);
        const [logits, also] = judge.apply([images, ofAll], { training: true }) as tf.Tensor[];
        seen = also;
        return logits!;
      },
      recognise(loss, images) {
        seen ??= see.apply(images, { training: true }) as tf.Tensor;
        const own = tf.slice(seen, 0, count) as tf.Tensor2D;
        const scores = tf.matMul(own, embeddings.read() as tf.Tensor2D, false, true);
        let first = 0;
        const entropies = sizes.map((size) => {
          const ofOne = (all: tf.Tensor) => tf.slice(all, [0, first], [count, size]);
          const entropy = tf.neg(tf.sum(tf.mul(ofOne(labels), tf.logSoftmax(ofOne(scores)))));
          first += size;
          return entropy;
        });
        const recognition = tf.div<tf.Scalar>(tf.addN(entropies), count * sizes.length);
        return { loss: tf.add(loss, tf.mul(weight, recognition)), recognition };
      },
    };
  };
}
