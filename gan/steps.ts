/**
 * One update of the discriminator, one of the generator, and a look at both: pure functions of
 * tensors.
 *
 * Axes: B batch, H × W image, C channels, Z latent, K classes.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type AdversarialLoss, adversarialLosses } from '../src/adversarial/losses.js';
import { type DiscriminatorOptions, verdictOn } from '../src/adversarial/verdict.js';
import type { HostTensor, StepFunction, StepTensors } from '../src/compile/step.js';
import type { Engine } from '../src/engine/engine.js';
import { scaled } from '../src/mixer/rescaling.js';
import type { RandomStream } from '../src/random.js';
import { apply } from '../src/train/apply.js';
import { gradientsOf } from '../src/train/gradients.js';
import type { Player } from '../src/train/player.js';
import { gradientStep, type Update, updateStep, wholeStep } from '../src/train/update.js';
import { runningStatistics } from '../src/train/variables.js';
import {
  type AugmentationConfig,
  type AugmentationOf,
  augmentationTensors,
  augmentImages,
  augments,
  drawAugmentation,
} from './diff-augment.js';
import { looker, type Recognition } from './recognition.js';

export interface UpdateOptions extends DiscriminatorOptions {
  /** What both players of a conditional GAN learn besides; nothing by default. */
  readonly recognition?: Recognition | undefined;
}

export interface Players {
  readonly generator: Player;
  readonly discriminator: Player;
}

/** The inputs of a step that maps reals and fakes at random: `reals/rows`, `fakes/keep`, … */
export const augmentationInputs = <T>(
  whose: 'reals' | 'fakes',
  maps: AugmentationOf<T>,
): Record<string, T> =>
  Object.fromEntries(augmentationTensors.map((name) => [`${whose}/${name}`, maps[name]]));

/** Those inputs drawn anew, for images of a size; none where the players see images as they are. */
export function drawAugmentationInputs(
  whose: 'reals' | 'fakes',
  random: RandomStream,
  images: { readonly count: number; readonly height: number; readonly width: number },
  config: AugmentationConfig,
): Record<string, HostTensor> {
  if (!augments(config)) return {};
  return augmentationInputs(whose, drawAugmentation(random.split(whose), images, config));
}

/** Reals or fakes as the discriminator sees them: under their maps, where a step was given any. */
export function seen(images: tf.Tensor, whose: 'reals' | 'fakes', inputs: StepTensors): tf.Tensor {
  if (inputs[`${whose}/rows`] === undefined) return images;
  const maps = Object.fromEntries(
    augmentationTensors.map((name) => [name, inputs[`${whose}/${name}`]!]),
  );
  return augmentImages(images, maps as AugmentationOf<tf.Tensor>);
}

/** Whether what a model says of an image depends on the images beside it. */
const looksAtBatch = (model: LayersModel): boolean =>
  model.layers.some((layer) => layer.getClassName() === 'BatchNormalization');

/** What `look` returns; the running statistics that it moved are put back. */
export function withStatisticsKept<T>(models: readonly LayersModel[], look: () => T): T {
  const before = models
    .flatMap(runningStatistics)
    .map((variable) => ({ variable, value: tf.clone(variable as tf.Tensor) }));
  const result = look();
  for (const { variable, value } of before) variable.assign(value);
  return result;
}

/** Both players' running statistics: whoever is updated, images go through both. */
export const statisticsOf = ({ generator, discriminator }: Players): tf.Variable[] =>
  [generator, discriminator].flatMap(({ model }) => runningStatistics(model));

/** Logits [2B, 1], or [2B, V], of reals and fakes one after the other; statistics are each half's own. */
export function judge(
  discriminator: LayersModel,
  images: tf.Tensor,
  labels: tf.Tensor | undefined,
): tf.Tensor {
  if (!looksAtBatch(discriminator)) {
    return apply(discriminator, images, labels && tf.concat([labels, labels]));
  }
  return tf.concat(tf.split(images, 2).map((half) => apply(discriminator, half, labels)));
}

/**
 * The two halves of the discriminator's update.
 *
 * Inputs: `reals` [B, H, W, C], bytes or numbers in −1 … 1; `latents` [B, Z], `learningRate` scalar;
 * for conditional players `labels` [B, K], of the reals and asked of the fakes; for an augmenting one
 * the maps of `augmentationInputs`; where the penalty's weight changes, `gamma` scalar. Outputs, all
 * scalars: `loss` (adversarial part alone), `realLogit` and `fakeLogit` (means), `gradientNorm`, and `r1`,
 * `r2` (means of the squared gradient norms) when `penalised`; `recognition` (cross-entropy) where there is any.
 */
export function discriminatorUpdate(
  { generator, discriminator }: Players,
  options: UpdateOptions,
): Update {
  const lookAt = looker(discriminator.model, options.recognition);
  const gradient = gradientStep((inputs) => {
    const { reals, latents, labels } = inputs;
    const fakes = apply(generator.model, latents!, labels);
    const images = tf.concat([seen(scaled(reals!), 'reals', inputs), seen(fakes, 'fakes', inputs)]);
    const { reports, gradients } = gradientsOf(() => {
      const { logitsOf, recognise } = lookAt({
        labels,
        logitsOf: (x) => judge(discriminator.model, x, labels),
        penalised: options.penalised,
      });
      const { loss, told } = verdictOn(logitsOf, images, options, inputs.gamma);
      return { ...recognise(loss, images), ...told };
    }, discriminator.trainables);
    const { loss: _total, adversarialLoss, ...rest } = reports;
    return {
      gradients,
      weight: tf.scalar(latents!.shape[0]!),
      reports: { loss: adversarialLoss, ...rest },
    };
  });
  const statistics = statisticsOf({ generator, discriminator });
  return { gradient, update: updateStep(discriminator), statistics };
}

/** The discriminator's update in one step; inputs and outputs as `discriminatorUpdate`. */
export const discriminatorStep = (players: Players, options: UpdateOptions): StepFunction =>
  wholeStep(discriminatorUpdate(players, options));

/**
 * The two halves of the generator's update, and of that of its moving average.
 *
 * Inputs: `latents` [B, Z], `learningRate` and `emaDecay` scalars, `labels` [B, K] and maps as in
 * `discriminatorUpdate`, and `reals` [B, H, W, C] for a loss that sees reals. Outputs, both scalars:
 * `loss` (adversarial part alone), `gradientNorm`, and `recognition` where there is any.
 */
export function generatorUpdate(
  { generator, discriminator }: Players,
  { loss, recognition }: Pick<UpdateOptions, 'loss' | 'recognition'>,
): Update {
  const lookAt = looker(discriminator.model, recognition);
  const adversarial: AdversarialLoss = adversarialLosses[loss];
  const gradient = gradientStep((inputs) => {
    const { latents, reals, labels } = inputs;
    const logitsOf = (images: tf.Tensor): tf.Tensor => apply(discriminator.model, images, labels);
    const realLogits = adversarial.generatorSeesReals
      ? logitsOf(seen(scaled(reals!), 'reals', inputs))
      : tf.scalar(0);
    const { reports, gradients } = gradientsOf(() => {
      const fakes = seen(apply(generator.model, latents!, labels), 'fakes', inputs);
      const look = lookAt({ labels, logitsOf });
      const adversarialLoss = adversarial.generator(realLogits, look.logitsOf(fakes));
      return { ...look.recognise(tf.clone(adversarialLoss), fakes), adversarialLoss };
    }, generator.trainables);
    const { loss: _total, adversarialLoss, ...rest } = reports;
    return {
      gradients,
      weight: tf.scalar(latents!.shape[0]!),
      reports: { loss: adversarialLoss, ...rest },
    };
  });
  const statistics = statisticsOf({ generator, discriminator });
  return { gradient, update: updateStep(generator), statistics };
}

/** The generator's update in one step; inputs and outputs as `generatorUpdate`. */
export const generatorStep = (
  players: Players,
  options: Pick<UpdateOptions, 'loss' | 'recognition'>,
): StepFunction => wholeStep(generatorUpdate(players, options));

/** Both players' updates as an engine runs them, the discriminator's with the penalty and without. */
export function compileUpdates(
  engine: Pick<Engine, 'compile'>,
  players: Players,
  options: Omit<UpdateOptions, 'penalised'>,
) {
  const discriminator = (penalised: boolean) =>
    engine.compile(discriminatorStep(players, { ...options, penalised }));
  return {
    discriminator: { plain: discriminator(false), penalised: discriminator(true) },
    generator: engine.compile(generatorStep(players, options)),
  };
}

/** A pixel nearer to black or white than this is saturated: tanh hardly passes a gradient there. */
const saturation = 0.99;

/**
 * What tells of collapse, overfitting and saturation; changes nothing.
 *
 * Inputs: `reals` [B, H, W, C], `latents` [B, Z], `heldOut` [B, H, W, C] never trained on, and
 * `labels` (of `reals`), `heldOutLabels` [B, K] for conditional players; maps as in
 * `discriminatorUpdate`, those of the reals for `heldOut`. Outputs, all scalars: `heldOutLogit`, the
 * discriminator's mean on `heldOut`; `saturatedShare` and `realSaturatedShare`, of pixels within 1%
 * of black or white; `batchDiversity` and `realDiversity`, the standard deviation over the batch of
 * a pixel, averaged over pixels (for conditional players around the mean of its class: that classes
 * differ says nothing of how images of one class do).
 */
export function probeStep(players: {
  readonly generator: Pick<Player, 'model'>;
  readonly discriminator: Pick<Player, 'model'>;
}): StepFunction {
  const [generator, discriminator] = [players.generator.model, players.discriminator.model];
  return (inputs) => {
    const { latents, labels, heldOutLabels } = inputs;
    const [reals, heldOut] = [scaled(inputs.reals!), scaled(inputs.heldOut!)];
    const { fakes, verdicts } = withStatisticsKept([generator, discriminator], () => ({
      fakes: apply(generator, latents!, labels),
      verdicts: apply(discriminator, seen(heldOut, 'reals', inputs), heldOutLabels),
    }));
    return {
      heldOutLogit: tf.mean(verdicts),
      saturatedShare: saturatedShare(fakes),
      realSaturatedShare: saturatedShare(reals),
      batchDiversity: diversity(fakes, labels),
      realDiversity: diversity(reals, labels),
    };
  };
}

const saturatedShare = (images: tf.Tensor): tf.Scalar =>
  tf.mean<tf.Scalar>(tf.cast(tf.greater(tf.abs(images), saturation), 'float32'));

function diversity(images: tf.Tensor, labels: tf.Tensor | undefined): tf.Scalar {
  const rows = tf.reshape(images, [images.shape[0]!, -1]);
  const deviations =
    labels === undefined
      ? tf.sub(rows, tf.mean(rows, 0, true))
      : tf.sub(rows, tf.matMul(shares(labels), classMeans(rows, labels)));
  return tf.mean<tf.Scalar>(tf.sqrt(tf.mean(tf.square(deviations), 0)));
}

/** What each value of a label counts: an image is compared with the mean of those that share one. */
const shares = (labels: tf.Tensor): tf.Tensor => tf.div(labels, tf.sum(labels, 1, true));

/**
 * @param rows [B, D]
 * @param labels [B, K], a 1 for the class, or for each attribute's value
 * @returns the mean row of each class [K, D], 0 for a class that is not in the batch
 */
function classMeans(rows: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  const counts = tf.reshape(tf.sum(labels, 0), [-1, 1]);
  return tf.div(tf.matMul(labels, rows, true), tf.maximum(counts, 1));
}
