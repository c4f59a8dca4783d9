import type { Checkpoint } from './checkpoint-format.js';

/** Of a training that goes on after `start` steps, or is new where that is `undefined`. */
export interface RecordedSteps {
  readonly start: number | undefined;
  readonly total: number;
}

/** What a training tells as it goes, and leaves behind: a live line, metrics, a log, checkpoints. */
export interface TrainingRecord {
  /** The latest of all numbers that a run that goes on had logged. */
  readonly last: Readonly<Record<string, number>>;
  /** Milliseconds since the training began, or went on. */
  readonly elapsedMs: number;
  /** A line for the log, and for who watches. */
  say(line: string): void;
  /** A line for the log alone. */
  note(line: string): void;
  /** A line for who watches alone. */
  hint(line: string): void;
  /** Numbers of a step or a milestone, a line of metrics. */
  log(step: number, values: Readonly<Record<string, number>>): void;
  /**
   * What is told of the machine, not of the model, beside the numbers of a step.
   * @param dataWait the share of the time, 0 … 1, in which steps waited for their data, where known
   */
  timing(dataWait: number | undefined): { readonly dataWait?: number };
  /** How far the training is, and the few numbers that are worth their place on the live line. */
  update(step: number, values: Readonly<Record<string, number>>): void;
  /**
   * @throws OutputError where the checkpoint cannot be written, or another process has taken over the
   *   run; the last one is intact then
   */
  save(checkpoint: Checkpoint): Promise<void>;
  /** Ends the live line, and says how the training ended. */
  finish(line: string): void;
  close(): void;
}

/**
 * @throws InputError where the metrics of a run that goes on are broken; OutputError where the
 *   folder cannot be written
 */
export type OpenRecord<Options> = (
  options: Options,
  steps: RecordedSteps,
) => Promise<TrainingRecord>;
