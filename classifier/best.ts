import { percent } from '../src/text.js';
import type { MetricsRecord } from '../src/train/log.js';

/** An evaluation during training. */
export interface Score {
  /** How many steps had been taken. */
  readonly step: number;
  /** Share of held-out images recognised, 0 … 1. */
  readonly accuracy: number;
}

/**
 * The best evaluation of a training, and how many came after it. What it knows follows from the
 * evaluations alone, so a resumed run finds it again in its log.
 */
export class BestSoFar {
  readonly #patience: number;
  #best: Score | undefined;
  #since = 0;

  /**
   * @param patience evaluations in a row without a better one that end the training; 0 for none
   * @param history the records of a run so far
   */
  constructor(patience: number, history: readonly MetricsRecord[] = []) {
    this.#patience = patience;
    for (const { step, testAccuracy } of history) {
      if (typeof testAccuracy === 'number') this.observe({ step, accuracy: testAccuracy });
    }
  }

  /** The first evaluation with the highest accuracy. */
  get score(): Score | undefined {
    return this.#best;
  }

  /** Takes note of an evaluation; returns whether it is the best so far. Untrained models do not count. */
  observe(score: Score): boolean {
    if (score.step === 0) return false;
    if (this.#best !== undefined && score.accuracy <= this.#best.accuracy) {
      this.#since++;
      return false;
    }
    this.#best = score;
    this.#since = 0;
    return true;
  }

  /** Why the training should end, when its patience is at an end. */
  get exhausted(): string | undefined {
    if (this.#patience === 0 || this.#since < this.#patience) return undefined;
    const { step, accuracy } = this.#best!;
    return `${this.#since} evaluations in a row were no better than the ${percent(accuracy)} after step ${step}`;
  }
}
