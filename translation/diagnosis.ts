/** What is going wrong in a translation's training, read off the metrics that it logs. */
import type { LossName } from '../src/adversarial/losses.js';
import { lossScales } from '../src/adversarial/scales.js';
import { Diagnosis, type Disorder, short } from '../src/train/diagnosis.js';

/** Below this share of the undecided loss a discriminator has nearly nothing left to learn. */
const runawayShare = 0.05;

/** Two grey levels of 255: nobody sees such a change. */
const leastChange = 2 / 255;

/** Bright has become dark, and dark bright. */
const inverted = -0.3;

const others = { A: 'B', B: 'A' } as const;

const runaway = (loss: LossName, to: 'A' | 'B'): Disorder => {
  const { undecided, lost } = lossScales[loss];
  return {
    reads: [`discriminator.loss${to}`, `generator.adversarial${to}`],
    shows: (d, g) => d! < runawayShare * undecided && g! > lost,
    advice: (d, g) =>
      `the discriminator of ${to} has run away (loss ${short(d!)}, the generator's ${short(g!)}): lower optimiser.discriminatorRate, or give it fewer channels`,
  };
};

const unchanged = (to: 'A' | 'B'): Disorder => ({
  reads: [`change.${nameOf(to)}`],
  shows: (change) => change! < leastChange,
  advice: (change) =>
    `${others[to]} comes out as it went in (pixels change by ${short(255 * change!)} of 255): the generator to ${to} has collapsed to the identity; lower identityWeight or cycleWeight, or raise optimiser.discriminatorRate`,
});

const inversion = (to: 'A' | 'B'): Disorder => ({
  reads: [`likeness.${nameOf(to)}`],
  shows: (likeness) => likeness! < inverted,
  advice: (likeness) =>
    `translations to ${to} are negatives of their images (correlation ${short(likeness!)}): unless that is how ${to} looks, start again with a higher identityWeight or another seed`,
});

const nameOf = (to: 'A' | 'B'): string => (to === 'B' ? 'aToB' : 'bToA');

/**
 * Watches the metrics of a translation's training: a discriminator that has run away, a generator that
 * has collapsed to the identity, colours that are inverted.
 *
 * It reads `discriminator.lossA`, `generator.adversarialA`, `change.bToA` (mean change of a pixel, as a
 * share of the range) and `likeness.bToA` (correlation of the pixels before and after), and the same
 * of the other direction.
 */
export class TranslationDiagnosis extends Diagnosis {
  constructor(loss: LossName) {
    super((['A', 'B'] as const).flatMap((to) => [runaway(loss, to), unchanged(to), inversion(to)]));
  }
}
