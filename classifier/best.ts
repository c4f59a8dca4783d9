import { percent } from '../src/text.js';
import type { MetricsRecord } from '../src/train/log.js';
import type { ClassifierConfig } from './config.js';

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
  readonly #config: Pick<ClassifierConfig, 'evaluateEvery' | 'steps' | 'patience'>;
  #best: Score | undefined;
  #since = 0;

  /** @param history the records of a run so far */
  constructor(
    config: Pick<ClassifierConfig, 'evaluateEvery' | 'steps' | 'patience'>,
    history: readonly MetricsRecord[],
  ) {
    this.#config = config;
    for (const { step, testAccuracy } of history) {
      if (typeof testAccuracy === 'number') this.observe({ step, accuracy: testAccuracy });
    }
  }

  /** The first evaluation with the highest accuracy. */
  get score(): Score | undefined {
    return this.#best;
  }

  /** Takes note of an evaluation; returns whether it is the best so far. */
  observe(score: Score): boolean {
    if (!this.#counts(score.step)) return false;
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
    const { patience } = this.#config;
    if (patience === 0 || this.#since < patience) return undefined;
    const { step, accuracy } = this.#best!;
    return `${this.#since} evaluations in a row were no better than the ${percent(accuracy)} after step ${step}`;
  }

  /**
   * Untrained models do not count, nor do the evaluations between the regular ones that a run makes
   * when its time is up: without them it goes on as if it had never stopped.
   */
  #counts(step: number): boolean {
    const { evaluateEvery, steps } = this.#config;
    return step > 0 && (step === steps || step % evaluateEvery === 0);
  }
}
