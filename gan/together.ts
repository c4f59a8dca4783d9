/**
 * Both players' updates in one pass: what the discriminator learns from a fake is, but for a factor,
 * what the generator has to know of it (Shen et al. 2021, https://arxiv.org/abs/2103.00430).
 *
 * One after the other, the updates draw fakes twice, and judge reals and fakes twice. Here each image
 * is drawn and judged once, by the players as they were before the step, and its logit is followed
 * back to its pixels once; several verdicts, of which the players make different things, once more.
 *
 * Axes: B batch, H × W image, C channels, Z latent, K classes, V verdicts.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type AdversarialLoss, adversarialLosses } from '../src/adversarial/losses.js';
import { verdictOn } from '../src/adversarial/verdict.js';
import type { StepFunction, StepTensors } from '../src/compile/step.js';
import { scaled } from '../src/mixer/rescaling.js';
import { apply } from '../src/train/apply.js';
import { concatenated, gradientsOf } from '../src/train/gradients.js';
import type { Player } from '../src/train/player.js';
import { type Update, updateStep } from '../src/train/update.js';
import { looker } from './recognition.js';
import {
  judge,
  type Players,
  seen,
  statisticsOf,
  type UpdateOptions,
  withStatisticsKept,
} from './steps.js';

/**
 * Both updates, and that of the generator's moving average.
 *
 * Inputs: `reals` [B, H, W, C], `latents` [B, Z], `labels` [B, K] and maps as in `discriminatorUpdate`;
 * `discriminatorRate`, `generatorRate` and `emaDecay`, scalars. Outputs, all scalars: those of both
 * updates, as `discriminator.loss`, `generator.gradientNorm`, …
 *
 * The loss must have a `slopeRatio`, and what the discriminator says of an image must not depend on
 * the images beside it: the configuration sees to both.
 */
export function togetherStep(players: Players, options: UpdateOptions): StepFunction {
  const gradients = bothGradients(players, options);
  const update = bothUpdates(players);
  return (inputs) => {
    const { discriminator, generator, reports } = gradients(inputs);
    return { ...reports, ...update({ discriminator, generator }, inputs) };
  };
}

/** The halves of that step: the gradients of both players are one vector, the discriminator's first. */
export function togetherUpdate(players: Players, options: UpdateOptions): Update {
  const gradients = bothGradients(players, options);
  const update = bothUpdates(players);
  const sizeOf = ({ trainables }: Player): number =>
    [...trainables.values()].reduce((sum, { size }) => sum + size, 0);
  return {
    gradient: (inputs) => {
      const { discriminator, generator, reports } = gradients(inputs);
      const weight = tf.scalar(inputs.latents!.shape[0]!);
      return { ...reports, gradient: tf.concat1d([discriminator, generator]), weight };
    },
    update: ({ gradient, ...rates }) => {
      const sizes = [players.discriminator, players.generator].map(sizeOf);
      const [discriminator, generator] = tf.split(gradient as tf.Tensor1D, sizes) as [
        tf.Tensor1D,
        tf.Tensor1D,
      ];
      return update({ discriminator, generator }, rates);
    },
    step: togetherStep(players, options),
    statistics: statisticsOf(players),
  };
}

interface BothGradients {
  readonly discriminator: tf.Tensor1D;
  readonly generator: tf.Tensor1D;
}

function bothUpdates({ generator, discriminator }: Players) {
  const [d, g] = [updateStep(discriminator), updateStep(generator)];
  return (gradients: BothGradients, inputs: StepTensors): StepTensors => {
    const { discriminatorRate, generatorRate, emaDecay } = inputs;
    return {
      ...under(
        'discriminator',
        d({ gradient: gradients.discriminator, learningRate: discriminatorRate! }),
      ),
      ...under(
        'generator',
        g({ gradient: gradients.generator, learningRate: generatorRate!, emaDecay: emaDecay! }),
      ),
    };
  };
}

function bothGradients(players: Players, options: UpdateOptions) {
  const { generator, discriminator } = players;
  const adversarial: AdversarialLoss = adversarialLosses[options.loss];
  const lookAt = looker(discriminator.model, options.recognition);
  return (inputs: StepTensors): BothGradients & { readonly reports: StepTensors } => {
    const { reals, latents, labels } = inputs;
    const draw = (): tf.Tensor => seen(apply(generator.model, latents!, labels), 'fakes', inputs);
    // They are drawn once more where gradients are taken; a compiled step finds that to be the same.
    const fakes = withStatisticsKept([generator.model], draw);
    const images = tf.concat([seen(scaled(reals!), 'reals', inputs), fakes]);

    const judgement = (x: tf.Tensor): tf.Tensor => judge(discriminator.model, x, labels);
    const judged = gradientsOf(
      () => {
        const { logitsOf, recognise } = lookAt({
          labels,
          logitsOf: judgement,
          penalised: options.penalised,
        });
        const verdict = verdictOn(logitsOf, images, options, inputs.gamma);
        const { told, realLogits, fakeLogits, imageGradients } = verdict;
        const learnt = { ...recognise(verdict.loss, images), ...told };
        return { ...learnt, realLogits, fakeLogits, ...(imageGradients && { imageGradients }) };
      },
      discriminator.trainables,
      [images],
    );
    const { loss: _, adversarialLoss, realLogits, fakeLogits, ...others } = judged.reports;
    const { imageGradients, ...told } = others;

    const lossOf = (f: tf.Tensor): tf.Scalar => adversarial.generator(realLogits, f);
    // ∂L_G / ∂pixel = ∂L_G / ∂f · ∂f / ∂pixel, and where no penalty has taken the latter, it is
    // ∂L_D / ∂pixel but for a factor.
    const followed = (): tf.Tensor =>
      imageGradients === undefined
        ? perImage(ofFakes(judged.ofTensors[0]!), adversarial.slopeRatio!(realLogits, fakeLogits))
        : perImage(ofFakes(imageGradients), tf.grad(lossOf)(fakeLogits));
    const followedAgain = (): tf.Tensor =>
      ofFakes(tf.grad((x: tf.Tensor) => lossOf(ofFakes(judgement(x))))(images));
    const pixelGradient = fakeLogits.shape[1] === 1 ? followed() : followedAgain();
    const drawn = gradientsOf(() => {
      const again = draw();
      const loss = tf.sum<tf.Scalar>(tf.mul(again, pixelGradient));
      return lookAt({ labels, logitsOf: judgement }).recognise(loss, again);
    }, generator.trainables);
    const { loss: _followed, ...alsoDrawn } = drawn.reports;

    return {
      discriminator: concatenated(judged.gradients),
      generator: concatenated(drawn.gradients),
      reports: {
        ...under('discriminator', { loss: adversarialLoss, ...told }),
        ...under('generator', { loss: lossOf(fakeLogits), ...alsoDrawn }),
      },
    };
  };
}

/** @param images [2B, …]: reals, then fakes */
const ofFakes = (images: tf.Tensor): tf.Tensor => tf.split(images, 2)[1]!;

/**
 * @param images [B, H, W, C]
 * @param factors [B, 1]
 */
const perImage = (images: tf.Tensor, factors: tf.Tensor): tf.Tensor =>
  tf.mul(images, tf.reshape(factors, [-1, 1, 1, 1]));

/** Outputs of a step by the names under which they are logged: `PLAYER.NAME`. */
export const under = <T>(player: string, outputs: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(outputs).map(([name, value]) => [`${player}.${name}`, value]));
