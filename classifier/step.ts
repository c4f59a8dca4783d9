/**
 * One update of a classifier, and one batch of an evaluation: pure functions of tensors.
 *
 * Axes: B batch, H × W image, C channels, K classes.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { StepFunction, StepTensors } from '../src/compile/step.js';
import { type Masks, withMasks } from '../src/mixer/dropout.js';
import { gradientsOf } from '../src/train/gradients.js';
import type { Player } from '../src/train/player.js';
import {
  gradientStep,
  type Update,
  type UpdateOptions,
  updateStep,
  wholeStep,
} from '../src/train/update.js';

/**
 * Mean cross-entropy −Σ_n Σ_k w_k t_nk log softmax(z_n)_k / Σ_n Σ_k w_k t_nk, with w_k = 1 where no
 * weights are given. For one-hot targets that is PyTorch's `CrossEntropyLoss(weight)`; targets that
 * are mixtures count by their mixed weight, where PyTorch would divide by B.
 *
 * @param logits z [B, K]
 * @param targets t [B, K], each row a distribution
 * @param classWeights w [K], 0 or more
 */
export function crossEntropy(
  logits: tf.Tensor,
  targets: tf.Tensor,
  classWeights?: readonly number[],
): tf.Scalar {
  const logProbabilities = tf.logSoftmax(logits);
  if (classWeights === undefined) {
    return tf.mean<tf.Scalar>(tf.neg(tf.sum(tf.mul(targets, logProbabilities), -1)));
  }
  const weighted = tf.mul(targets, tf.tensor1d([...classWeights]));
  const total = tf.neg(tf.sum(tf.mul(weighted, logProbabilities)));
  return tf.div<tf.Scalar>(total, tf.sum(weighted));
}

export interface ClassifierStepOptions extends UpdateOptions {
  /** A weight for each class, [K]; by default all count the same. */
  readonly classWeights?: readonly number[] | undefined;
}

const maskPrefix = 'mask/';

/** The name of the step's input for the mask of a layer. */
export const maskInput = (layer: string): string => `${maskPrefix}${layer}`;

/**
 * The two halves of a classifier's update.
 *
 * Inputs: `images` [B, H, W, C], `targets` [B, K], `learningRate` scalar; `emaDecay` scalar where an
 * average is kept; `mask/LAYER` [B, …] for each layer that drops values. Outputs, both scalars:
 * `loss`, and `gradientNorm`, before clipping.
 */
export function classifierUpdate(
  player: Player,
  { classWeights, ...options }: ClassifierStepOptions = {},
): Update {
  const { model, trainables } = player;
  const gradient = gradientStep((inputs) => {
    const { images, targets } = inputs;
    const { reports, gradients } = gradientsOf(() => {
      const logits = withMasks(
        masksOf(inputs),
        () => model.apply(images!, { training: true }) as tf.Tensor,
      );
      return { loss: crossEntropy(logits, targets!, classWeights) };
    }, trainables);
    const weight =
      classWeights === undefined
        ? tf.scalar(images!.shape[0]!)
        : tf.sum<tf.Scalar>(tf.mul(targets!, tf.tensor1d([...classWeights])));
    return { gradients, weight, reports };
  });
  return { gradient, update: updateStep(player, options) };
}

/** A classifier's update in one step; inputs and outputs as `classifierUpdate`. */
export const classifierStep = (player: Player, options: ClassifierStepOptions = {}): StepFunction =>
  wholeStep(classifierUpdate(player, options));

const masksOf = (inputs: StepTensors): Masks =>
  Object.fromEntries(
    Object.entries(inputs)
      .filter(([name]) => name.startsWith(maskPrefix))
      .map(([name, mask]) => [name.slice(maskPrefix.length), mask]),
  );

/** Input: `images` [B, H, W, C]. Output: `probabilities` [B, K]. */
export function predictionStep(model: LayersModel): StepFunction {
  return ({ images }) => ({ probabilities: tf.softmax(model.apply(images!) as tf.Tensor) });
}
