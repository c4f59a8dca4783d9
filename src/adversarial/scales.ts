/** What values of the losses mean, for those who watch a training. */
import type { LossName } from './losses.js';

/** A generator whose fakes pass for real with a chance below 5% has lost: −log 0.05. */
const lostOdds = -Math.log(0.05);

/** By loss, the discriminator's when it cannot tell reals from fakes, and the generator's when it has lost. */
export const lossScales: Readonly<Record<LossName, { undecided: number; lost: number }>> = {
  'non-saturating': { undecided: 2 * Math.LN2, lost: lostOdds },
  // All logits ½; and (f − 1)² at 0.05.
  lsgan: { undecided: 0.25, lost: 0.95 ** 2 },
  // The hinge asks for logits beyond ±1 and no more: fakes at the margin have lost.
  hinge: { undecided: 2, lost: 0.9 },
  relativistic: { undecided: Math.LN2, lost: lostOdds },
};
