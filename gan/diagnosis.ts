/** What is going wrong in a GAN's training, read off the metrics that it logs. */
import type { LossName } from '../src/adversarial/losses.js';
import { lossScales } from '../src/adversarial/scales.js';
import { Diagnosis as AnyDiagnosis, type Disorder, short } from '../src/train/diagnosis.js';

/**
 * Of the loss of a discriminator that cannot tell reals from fakes. Below this share it has nearly
 * nothing left to learn; trainings of `mnist-quick` stay above 0.4.
 */
const runawayShare = 0.02;

/** Of the reals' diversity. Fakes that are blurred, or a little poor, keep more than a quarter. */
const collapsedShare = 0.25;

/** In trainings of `mnist-quick` the norm is 0.3 to 2.4; a hundredth of that is no signal. */
const vanishingNorm = 2e-3;

/**
 * Of the gap between reals and fakes, the part that held-out reals do not share: 0 without
 * overfitting, 1 where they look like fakes. It is r_v of Karras et al. 2020, "Training Generative
 * Adversarial Networks with Limited Data", https://arxiv.org/abs/2006.06676.
 */
const overfitShare = 0.5;

/** Of the reals' share of pixels between black and white: strokes without any soft edge. */
const softShare = 0.1;

const percent = (share: number): string => `${Math.round(100 * share)}%`;

function disordersOf(loss: LossName, recognises: boolean): readonly Disorder[] {
  const { undecided, lost } = lossScales[loss];
  return [
    {
      reads: ['discriminator.loss', 'generator.loss'],
      shows: (d, g) => d! < runawayShare * undecided && g! > lost,
      advice: (d, g) =>
        `the discriminator has run away (loss ${short(d!)}, generator loss ${short(g!)}): raise penalty.gamma or lower optimiser.discriminatorRate`,
    },
    {
      reads: ['batchDiversity', 'realDiversity'],
      shows: (fakes, reals) => fakes! < collapsedShare * reals!,
      advice: (fakes, reals) =>
        `the fakes are all alike (diversity ${short(fakes!)}, of reals ${short(reals!)}): the generator has collapsed; start again with a higher penalty.gamma, a larger batchSize or a lower ${recognises ? 'recognitionWeight or ' : ''}optimiser.generatorRate`,
    },
    {
      reads: ['generator.gradientNorm'],
      shows: (norm) => norm! < vanishingNorm,
      advice: (norm) =>
        `the generator no longer learns (gradient norm ${short(norm!)}): the discriminator gives it no direction; lower optimiser.discriminatorRate, or start again with another loss`,
    },
    {
      reads: ['discriminator.realLogit', 'discriminator.heldOutLogit', 'discriminator.fakeLogit'],
      // Where fakes score above reals there is no gap to share.
      shows: (real, heldOut, fake) =>
        real! > fake! && real! - heldOut! > overfitShare * (real! - fake!),
      advice: (real, heldOut, fake) =>
        `the discriminator overfits (logits: training images ${short(real!)}, held-out ${short(heldOut!)}, fakes ${short(fake!)}): use more data or more augmentation, or train for fewer steps`,
    },
    {
      reads: ['saturatedShare', 'realSaturatedShare'],
      shows: (fakes, reals) => 1 - fakes! < softShare * (1 - reals!),
      advice: (fakes, reals) =>
        `the fakes are saturated (${percent(fakes!)} of their pixels are at an end of the range, of reals ${percent(reals!)}): lower optimiser.generatorRate or raise penalty.gamma`,
    },
  ];
}

/**
 * Watches the metrics of a GAN's training for disorders: a discriminator that has run away,
 * collapse, a vanishing gradient, overfitting, saturated pixels.
 *
 * It reads `discriminator.loss`, `.realLogit`, `.fakeLogit`, `.heldOutLogit` (mean logit of real images
 * never trained on), `generator.loss`, `generator.gradientNorm`; of a batch of fakes, and of reals,
 * `batchDiversity` and `realDiversity` (mean over pixels of the standard deviation over the batch),
 * `saturatedShare` and `realSaturatedShare` (share of pixels with |x| > 0.99).
 */
export class Diagnosis extends AnyDiagnosis {
  /** @param recognises whether the players also learn to recognise what images show */
  constructor(loss: LossName, { recognises = false } = {}) {
    super(disordersOf(loss, recognises));
  }
}
