/**
 * What is going wrong in a training, read off the metrics that it logs.
 *
 * Each disorder is a condition on one line of metrics. A line says yes or no, and the exponential
 * average of these answers is what counts: however wild, one line moves it by its weight alone.
 */
import type { Metrics } from './loop.js';

/** Weight of the latest line: from a clean state ten bad lines in a row make a disorder. */
const lineWeight = 0.15;

/** A disorder is told of when the average rises to this … */
const present = 0.8;

/** … and is over when it has fallen to this, so that one that comes and goes is told of once. */
const over = 0.3;

export interface Disorder {
  /** A line without all of these does not tell. */
  readonly reads: readonly string[];
  /** Whether a line's metrics, in the order of `reads`, show the disorder. */
  shows(...values: number[]): boolean;
  /** What is wrong, with these values, and what to do about it. */
  advice(...values: number[]): string;
}

/** Two digits of a number, for advice. */
export const short = (value: number): string => String(Number(value.toPrecision(2)));

/**
 * Watches the metrics of a training for disorders. It depends on the latest lines alone, so a resumed
 * training may begin with a new one.
 */
export class Diagnosis {
  readonly #watched: {
    readonly disorder: Disorder;
    average: number;
    /** Advice from the latest line that showed it, once it has been told of and until it is over. */
    told?: string | undefined;
  }[];

  constructor(disorders: readonly Disorder[]) {
    this.#watched = disorders.map((disorder) => ({ disorder, average: 0 }));
  }

  /**
   * Takes in one logged line.
   *
   * @param metrics what was logged, by name. A disorder is judged by the lines that have all it reads
   *   as finite numbers
   * @returns a line of advice for each disorder that has set in; it is repeated only after the
   *   disorder was over and has come back
   */
  observe(metrics: Metrics): string[] {
    return this.#watched.flatMap((state) => {
      const { disorder } = state;
      const values = disorder.reads.map((name) => metrics[name] ?? Number.NaN);
      if (!values.every(Number.isFinite)) return [];
      const shown = disorder.shows(...values);
      state.average += lineWeight * ((shown ? 1 : 0) - state.average);
      if (state.average <= over) state.told = undefined;
      // The line at hand illustrates the advice, so it must be one that shows the disorder.
      if (!shown || (state.told === undefined && state.average < present)) return [];
      const isNew = state.told === undefined;
      state.told = disorder.advice(...values);
      return isNew ? [state.told] : [];
    });
  }

  /** The advice for disorders that were told of and are not over, with the latest values. */
  present(): string[] {
    return this.#watched.flatMap(({ told }) => told ?? []);
  }
}
