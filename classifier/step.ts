/**
 * One update of a classifier, and one batch of an evaluation: pure functions of tensors.
 *
 * Axes: B batch, H × W image, C channels, K classes.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { StepFunction, StepTensors } from '../src/compile/step.js';
import { type Masks, withMasks } from '../src/mixer/dropout.js';
import type { Accumulator, BatchGradient } from '../src/train/accumulator.js';
import { moveAverage } from '../src/train/ema.js';
import { clipped, concatenated, globalNorm, gradientsOf } from '../src/train/gradients.js';
import type { Optimiser } from '../src/train/optimiser.js';
import { modelVariables, type NamedVariables } from '../src/train/variables.js';

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

export interface ClassifierStepOptions {
  /** Largest global norm of a gradient; 0, the default, for no limit. */
  readonly clipNorm?: number;
  /** A weight for each class, [K]; by default all count the same. */
  readonly classWeights?: readonly number[] | undefined;
  /** Holds the batches of `accumulationStep` that belong to the same update. */
  readonly accumulator?: Accumulator | undefined;
  /** Moving averages of all the model's variables, in the model's order. */
  readonly averages?: NamedVariables | undefined;
}

const maskPrefix = 'mask/';

/** The name of the step's input for the mask of a layer. */
export const maskInput = (layer: string): string => `${maskPrefix}${layer}`;

/**
 * One update, from the batch that comes in and from those that `accumulationStep` took in before.
 *
 * Inputs: `images` [B, H, W, C], `targets` [B, K], `learningRate` scalar; `emaDecay` scalar where
 * averages are kept; `mask/LAYER` [B, …] for each layer that drops values. Outputs, both scalars:
 * `loss`, the mean over all these batches, and `gradientNorm`, before clipping.
 */
export function classifierStep(
  model: LayersModel,
  trainables: NamedVariables,
  optimiser: Optimiser,
  { clipNorm = 0, classWeights, accumulator, averages }: ClassifierStepOptions = {},
): StepFunction {
  return (inputs) => {
    const batch = batchGradient(model, trainables, inputs, classWeights);
    const { loss, gradient } = accumulator?.finish(batch) ?? batch;
    const gradientNorm = globalNorm(gradient);
    optimiser.apply(
      clipNorm > 0 ? clipped(gradient, gradientNorm, clipNorm) : gradient,
      inputs.learningRate!,
    );
    if (averages !== undefined) moveAverages(averages, model, trainables, inputs.emaDecay!);
    return { loss, gradientNorm };
  };
}

/**
 * Takes a batch into the accumulator; the update that follows sees it too. Inputs as
 * `classifierStep`, without `learningRate` and `emaDecay`. Output: `loss` of the batch.
 */
export function accumulationStep(
  model: LayersModel,
  trainables: NamedVariables,
  accumulator: Accumulator,
  { classWeights }: Pick<ClassifierStepOptions, 'classWeights'> = {},
): StepFunction {
  return (inputs) => {
    const batch = batchGradient(model, trainables, inputs, classWeights);
    accumulator.add(batch);
    return { loss: batch.loss };
  };
}

/** Running statistics are averages already; they are copied. */
function moveAverages(
  averages: NamedVariables,
  model: LayersModel,
  trainables: NamedVariables,
  decay: tf.Tensor,
): void {
  const learned = new Set(trainables.values());
  const sources = [...modelVariables(model, 'model').values()];
  [...averages.values()].forEach((average, i) => {
    const source = sources[i]!;
    if (learned.has(source)) moveAverage(average, source, decay);
    else average.assign(source);
  });
}

function batchGradient(
  model: LayersModel,
  trainables: NamedVariables,
  inputs: StepTensors,
  classWeights: readonly number[] | undefined,
): BatchGradient {
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
  return { loss: reports.loss, gradient: concatenated(gradients), weight };
}

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
