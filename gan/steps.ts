/**
 * One update of the discriminator, one of the generator: pure functions of tensors.
 *
 * Axes: B batch, H × W image, C channels, Z latent.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { StepFunction } from '../src/engine/engine.js';
import type { Adam } from '../src/train/adam.js';
import { updateAverages } from '../src/train/ema.js';
import { globalNorm, gradientsOf } from '../src/train/gradients.js';
import type { NamedVariables } from '../src/train/variables.js';
import { type AdversarialLoss, adversarialLosses, type LossName } from './losses.js';
import { type PenaltyKind, squaredImageGradients } from './penalty.js';

/** The two players and what their updates need. */
export interface Players {
  readonly generator: LayersModel;
  readonly discriminator: LayersModel;
  readonly generatorVariables: NamedVariables;
  readonly discriminatorVariables: NamedVariables;
  readonly averageVariables: NamedVariables;
  readonly generatorAdam: Adam;
  readonly discriminatorAdam: Adam;
}

export interface Penalty {
  readonly kind: PenaltyKind;
  /** Weight γ: the loss gains γ / 2 · (R1 + R2). */
  readonly gamma: number;
  /** Taken at one discriminator step in `every`, and then weighted by `every`. */
  readonly every: number;
}

const apply = (model: LayersModel, x: tf.Tensor): tf.Tensor =>
  // Training mode: what a model does in training (dropout, batch statistics) it does here.
  model.apply(x, { training: true }) as tf.Tensor;

/**
 * The discriminator's update.
 *
 * Inputs: `reals` [B, H, W, C] in −1 … 1, `latents` [B, Z], `learningRate` scalar. Outputs, all
 * scalars: `loss` (adversarial part alone), `realLogit` and `fakeLogit` (means), `gradientNorm`,
 * and `r1`, `r2` (means of the squared gradient norms) when `penalised`.
 *
 * @param penalised whether this update takes the gradient penalty
 */
export function discriminatorStep(
  players: Players,
  { loss, penalty, penalised }: { loss: LossName; penalty: Penalty; penalised: boolean },
): StepFunction {
  const { generator, discriminator, discriminatorVariables, discriminatorAdam } = players;
  const adversarial: AdversarialLoss = adversarialLosses[loss];
  return ({ reals, latents, learningRate }) => {
    const fakes = apply(generator, latents!);
    const images = tf.concat([reals!, fakes]); //                 [2B, H, W, C]
    const halves = (x: tf.Tensor): tf.Tensor[] => tf.split(x, 2);
    const { reports, gradients } = gradientsOf(() => {
      const { logits, squaredGradients } = penalised
        ? squaredImageGradients((x) => apply(discriminator, x), images)
        : { logits: apply(discriminator, images), squaredGradients: undefined };
      const [realLogits, fakeLogits] = halves(logits) as [tf.Tensor, tf.Tensor];
      const adversarialLoss = adversarial.discriminator(realLogits, fakeLogits);
      const logged = {
        adversarialLoss,
        realLogit: tf.mean<tf.Scalar>(realLogits),
        fakeLogit: tf.mean<tf.Scalar>(fakeLogits),
      };
      if (squaredGradients === undefined) return { loss: tf.clone(adversarialLoss), ...logged };
      const [r1, r2] = halves(squaredGradients).map((half) => tf.mean<tf.Scalar>(half)) as [
        tf.Scalar,
        tf.Scalar,
      ];
      const terms = [
        ...(penalty.kind.includes('r1') ? [r1] : []),
        ...(penalty.kind.includes('r2') ? [r2] : []),
      ];
      const weight = (penalty.gamma / 2) * penalty.every;
      return { loss: tf.add(adversarialLoss, tf.mul(weight, tf.addN(terms))), ...logged, r1, r2 };
    }, discriminatorVariables);
    discriminatorAdam.apply(gradients, learningRate!);
    const { loss: _total, adversarialLoss, ...rest } = reports;
    return { loss: adversarialLoss, ...rest, gradientNorm: globalNorm(gradients) };
  };
}

/**
 * The generator's update, and that of its moving average.
 *
 * Inputs: `latents` [B, Z], `learningRate` and `emaDecay` scalars, and `reals` [B, H, W, C] for a
 * loss that sees reals. Outputs, both scalars: `loss`, `gradientNorm`.
 */
export function generatorStep(players: Players, { loss }: { loss: LossName }): StepFunction {
  const { generator, discriminator, generatorVariables, averageVariables, generatorAdam } = players;
  const adversarial: AdversarialLoss = adversarialLosses[loss];
  return ({ latents, reals, learningRate, emaDecay }) => {
    const realLogits = adversarial.generatorSeesReals ? apply(discriminator, reals!) : tf.scalar(0);
    const { reports, gradients } = gradientsOf(() => {
      const fakeLogits = apply(discriminator, apply(generator, latents!));
      return { loss: adversarial.generator(realLogits, fakeLogits) };
    }, generatorVariables);
    generatorAdam.apply(gradients, learningRate!);
    updateAverages(averageVariables, generatorVariables, emaDecay!);
    return { loss: reports.loss, gradientNorm: globalNorm(gradients) };
  };
}
