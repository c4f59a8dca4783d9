/**
 * The two updates of a step of CycleGAN (Zhu et al. 2017, https://arxiv.org/abs/1703.10593): both
 * generators', then both discriminators'.
 *
 * Axes: B batch, H × W image, C channels.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { StepFunction } from '../src/compile/step.js';
import { rescale, unitScaling } from '../src/mixer/rescaling.js';
import { concatenated, type Gradients, gradientsOf } from '../src/train/gradients.js';
import type { Player } from '../src/train/player.js';
import { updateStep } from '../src/train/update.js';
import { mergeVariables } from '../src/train/variables.js';
import { type AdversarialLoss, adversarialLosses, type LossName, pixelDistance } from './losses.js';

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

/** Bytes in −1 … 1; other images as they are. */
const scaled = (images: tf.Tensor): tf.Tensor =>
  images.dtype === 'int32' ? rescale(images, unitScaling) : images;

const apply = (model: LayersModel, x: tf.Tensor): tf.Tensor =>
  model.apply(x, { training: true }) as tf.Tensor;

/** Both halves of a batch that went through a model at once: what it makes of an image is that image's alone. */
function applyToBoth(model: LayersModel, x: tf.Tensor, y: tf.Tensor): [tf.Tensor, tf.Tensor] {
  return tf.split(apply(model, tf.concat([x, y])), 2) as [tf.Tensor, tf.Tensor];
}

/**
 * The generators' update, and that of their moving averages:
 * L = L_adv(A→B) + L_adv(B→A) + λ (|a″ − a| + |b″ − b|) + μ (|a to A − a| + |b to B − b|).
 *
 * Inputs: `a`, `b` [B, H, W, C], bytes or numbers in −1 … 1; `learningRate`, `emaDecay` scalars.
 * Outputs: `fakeA`, `fakeB` [B, H, W, C], the translations before the update; scalars `loss` (in all),
 * `adversarialA`, `adversarialB` (of translations to A, and to B), `cycleA`, `cycleB`, `identityA`,
 * `identityB` (distances, without their weights; 0 where there is no such loss), `gradientNormAToB`,
 * `gradientNormBToA`.
 */
export function generatorStep(
  { aToB, bToA, discriminatorA, discriminatorB }: Players,
  { loss: name, cycleWeight, identityWeight }: TranslationLoss,
): StepFunction {
  const adversarial: AdversarialLoss = adversarialLosses[name];
  return (inputs) => {
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
    const forward = () => {
      const { fakeA, fakeB, sameA, sameB } = translated();
      const parts = {
        adversarialA: adversarial.generator(apply(discriminatorA.model, fakeA)),
        adversarialB: adversarial.generator(apply(discriminatorB.model, fakeB)),
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
    const [first, second] = [aToB.trainables, bToA.trainables];
    const { reports, gradients } = gradientsOf(forward, mergeVariables(first, second));
    const rates = { learningRate: inputs.learningRate!, emaDecay: inputs.emaDecay! };
    const update = (player: Player): tf.Tensor =>
      updateStep(player)({ gradient: gradientOf(player, gradients), ...rates }).gradientNorm!;
    return { ...reports, gradientNormAToB: update(aToB), gradientNormBToA: update(bToA) };
  };
}

/**
 * The discriminators' update.
 *
 * Inputs: `a`, `b` [B, H, W, C], bytes or numbers in −1 … 1; `fakeA`, `fakeB` [B, H, W, C] in −1 … 1,
 * translations of now or of old; `learningRate` scalar. Outputs, all scalars, for A and likewise for
 * B: `lossA`, `realLogitA` and `fakeLogitA` (means), `gradientNormA`.
 */
export function discriminatorStep(
  { discriminatorA, discriminatorB }: Pick<Players, 'discriminatorA' | 'discriminatorB'>,
  { loss: name }: Pick<TranslationLoss, 'loss'>,
): StepFunction {
  const adversarial: AdversarialLoss = adversarialLosses[name];
  return ({ a, b, fakeA, fakeB, learningRate }) => {
    const update = (player: Player, reals: tf.Tensor, fakes: tf.Tensor, letter: string) => {
      const { reports, gradients } = gradientsOf(() => {
        const [real, fake] = applyToBoth(player.model, scaled(reals), fakes);
        const loss = adversarial.discriminator(real, fake);
        return { loss, realLogit: tf.mean(real), fakeLogit: tf.mean(fake) };
      }, player.trainables);
      const gradient = gradientOf(player, gradients);
      const { gradientNorm } = updateStep(player)({ gradient, learningRate: learningRate! });
      const told = { ...reports, gradientNorm: gradientNorm! };
      return Object.fromEntries(
        Object.entries(told).map(([what, value]) => [`${what}${letter}`, value]),
      );
    };
    return {
      ...update(discriminatorA, a!, fakeA!, 'A'),
      ...update(discriminatorB, b!, fakeB!, 'B'),
    };
  };
}

/** The part of a gradient that is a player's, as one vector. */
const gradientOf = (
  { trainables }: Player,
  gradients: Gradients<{ loss: tf.Scalar }>['gradients'],
): tf.Tensor1D =>
  concatenated(new Map([...trainables.keys()].map((name) => [name, gradients.get(name)!])));
