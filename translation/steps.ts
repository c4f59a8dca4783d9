/**
 * The two updates of a step of CycleGAN (Zhu et al. 2017, https://arxiv.org/abs/1703.10593): both
 * generators', then both discriminators'.
 *
 * Axes: B batch, H × W image, C channels.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import {
  type AdversarialLoss,
  adversarialLosses,
  type LossName,
} from '../src/adversarial/losses.js';
import { type DiscriminatorOptions, verdictOn } from '../src/adversarial/verdict.js';
import type { StepFunction, StepTensors } from '../src/compile/step.js';
import { scaled } from '../src/mixer/rescaling.js';
import { apply } from '../src/train/apply.js';
import { gradientsOf } from '../src/train/gradients.js';
import type { Player } from '../src/train/player.js';
import { gradientStep, type Update, updateStep, wholeStep } from '../src/train/update.js';
import { mergeVariables } from '../src/train/variables.js';
import { pixelDistance } from './losses.js';

/** Everyone who learns. */
export interface Players {
  /** From images of A to images of B. */
  readonly aToB: Player;
  readonly bToA: Player;
  /** Tells images of A from translations to A. */
  readonly discriminatorA: Player;
  readonly discriminatorB: Player;
}

export interface TranslationLoss {
  readonly loss: LossName;
  /** λ on the distance of an image from what comes back of it. */
  readonly cycleWeight: number;
  /** Weight of the distance between an image of a domain and its translation to that domain; 0 for none. */
  readonly identityWeight: number;
}

/** Both halves of a batch that went through a model at once: what it makes of an image is that image's alone. */
function applyToBoth(model: LayersModel, x: tf.Tensor, y: tf.Tensor): [tf.Tensor, tf.Tensor] {
  return tf.split(apply(model, tf.concat([x, y])), 2) as [tf.Tensor, tf.Tensor];
}

/**
 * The two halves of the generators' update, and of that of their moving averages:
 * L = L_adv(A→B) + L_adv(B→A) + λ (|a″ − a| + |b″ − b|) + μ (|a to A − a| + |b to B − b|).
 *
 * Inputs: `a`, `b` [B, H, W, C], bytes or numbers in −1 … 1; for discriminators that are told classes
 * `labelsA`, `labelsB` [B, K], of `a` and `b`; `learningRate`, `emaDecay` scalars.
 * Outputs: `fakeA`, `fakeB` [B, H, W, C], the translations before the update; scalars `loss` (in all),
 * `adversarialA`, `adversarialB` (of translations to A, and to B), `cycleA`, `cycleB`, `identityA`,
 * `identityB` (distances, without their weights; 0 where there is no such loss), `gradientNormAToB`,
 * `gradientNormBToA`.
 */
export function generatorUpdate(
  { aToB, bToA, discriminatorA, discriminatorB }: Players,
  { loss: name, cycleWeight, identityWeight }: TranslationLoss,
): Update {
  const adversarial: AdversarialLoss = adversarialLosses[name];
  const learners = { AToB: aToB, BToA: bToA };
  const gradient = gradientStep((inputs) => {
    const [a, b] = [scaled(inputs.a!), scaled(inputs.b!)];
    const translated = (): Record<'fakeA' | 'fakeB' | 'sameA' | 'sameB', tf.Tensor> => {
      if (identityWeight === 0) {
        const [fakeB, fakeA] = [apply(aToB.model, a), apply(bToA.model, b)];
        return { fakeA, fakeB, sameA: a, sameB: b };
      }
      const [fakeB, sameB] = applyToBoth(aToB.model, a, b);
      const [fakeA, sameA] = applyToBoth(bToA.model, b, a);
      return { fakeA, fakeB, sameA, sameB };
    };
    // Of reals nobody learns here.
    const judged = (
      { model }: Player,
      reals: tf.Tensor,
      labels: tf.Tensor | undefined,
    ): tf.Tensor => (adversarial.generatorSeesReals ? apply(model, reals, labels) : tf.scalar(0));
    const { labelsA, labelsB } = inputs;
    const realA = judged(discriminatorA, a, labelsA);
    const realB = judged(discriminatorB, b, labelsB);
    const forward = () => {
      const { fakeA, fakeB, sameA, sameB } = translated();
      const parts = {
        // A translation is to be what its image is.
        adversarialA: adversarial.generator(realA, apply(discriminatorA.model, fakeA, labelsB)),
        adversarialB: adversarial.generator(realB, apply(discriminatorB.model, fakeB, labelsA)),
        cycleA: pixelDistance(apply(bToA.model, fakeB), a),
        cycleB: pixelDistance(apply(aToB.model, fakeA), b),
        identityA: pixelDistance(sameA, a),
        identityB: pixelDistance(sameB, b),
      };
      const loss = tf.addN([
        tf.add(parts.adversarialA, parts.adversarialB),
        tf.mul(cycleWeight, tf.add(parts.cycleA, parts.cycleB)),
        tf.mul(identityWeight, tf.add(parts.identityA, parts.identityB)),
      ]) as tf.Scalar;
      return { loss, ...parts, fakeA, fakeB };
    };
    const found = gradientsOf(forward, mergeVariables(aToB.trainables, bToA.trainables));
    return { ...found, weight: tf.scalar(a.shape[0]!) };
  });
  return { gradient, update: updateOfAll(learners), rows: ['fakeA', 'fakeB'] };
}

/** The generators' update in one step; inputs and outputs as `generatorUpdate`. */
export const generatorStep = (players: Players, loss: TranslationLoss): StepFunction =>
  wholeStep(generatorUpdate(players, loss));

/**
 * The two halves of the discriminators' update.
 *
 * Inputs: `a`, `b` [B, H, W, C], bytes or numbers in −1 … 1; `fakeA`, `fakeB` [B, H, W, C] in −1 … 1,
 * translations of now or of old; for discriminators that are told classes `labelsA`, `labelsB`,
 * `fakeLabelsA`, `fakeLabelsB` [B, K], of the images and of those that the translations were made from;
 * `learningRate` scalar. Outputs, all scalars, for A and likewise for B: `lossA` (adversarial part alone), `realLogitA` and `fakeLogitA` (means), `gradientNormA`, and
 * `r1A`, `r2A` (means of the squared gradient norms) when `penalised`.
 */
export function discriminatorUpdate(
  { discriminatorA, discriminatorB }: Pick<Players, 'discriminatorA' | 'discriminatorB'>,
  options: DiscriminatorOptions,
): Update {
  const judge = (player: Player, inputs: StepTensors, letter: 'A' | 'B') => {
    const reals = scaled(inputs[letter.toLowerCase()]!);
    const labels = inputs[`labels${letter}`];
    const { reports, gradients } = gradientsOf(() => {
      const classes = labels && tf.concat([labels, inputs[`fakeLabels${letter}`]!]);
      const logitsOf = (x: tf.Tensor): tf.Tensor => apply(player.model, x, classes);
      const images = tf.concat([reals, inputs[`fake${letter}`]!]);
      const { loss, told } = verdictOn(logitsOf, images, options);
      return { loss, ...told };
    }, player.trainables);
    const { loss: _total, adversarialLoss: loss, ...rest } = reports;
    const told = Object.entries({ loss, ...rest }).map(([what, value]) => [
      `${what}${letter}`,
      value,
    ]);
    return { gradients, told: Object.fromEntries(told) as StepTensors };
  };
  const gradient = gradientStep((inputs) => {
    const [ofA, ofB] = [judge(discriminatorA, inputs, 'A'), judge(discriminatorB, inputs, 'B')];
    return {
      gradients: new Map([...ofA.gradients, ...ofB.gradients]),
      weight: tf.scalar(inputs.a!.shape[0]!),
      reports: { ...ofA.told, ...ofB.told },
    };
  });
  return { gradient, update: updateOfAll({ A: discriminatorA, B: discriminatorB }) };
}

/** The discriminators' update in one step; inputs and outputs as `discriminatorUpdate`. */
export const discriminatorStep = (
  players: Pick<Players, 'discriminatorA' | 'discriminatorB'>,
  options: DiscriminatorOptions,
): StepFunction => wholeStep(discriminatorUpdate(players, options));

/** The second halves of several players, whose gradients are one vector; outputs have their keys as endings. */
function updateOfAll(players: Readonly<Record<string, Player>>): StepFunction {
  const all = Object.entries(players).map(([ending, player]) => {
    const size = [...player.trainables.values()].reduce((sum, variable) => sum + variable.size, 0);
    return { ending, size, update: updateStep(player) };
  });
  return ({ gradient, ...rates }) => {
    const parts = tf.split(
      gradient as tf.Tensor1D,
      all.map(({ size }) => size),
    );
    const norms = all.map(({ ending, update }, i) => {
      const { gradientNorm } = update({ ...rates, gradient: parts[i]! });
      return [`gradientNorm${ending}`, gradientNorm!] as const;
    });
    return Object.fromEntries(norms);
  };
}
