import { type Checkpoint, saveCheckpoint } from './checkpoint.js';
import { MetricsLog, TextLog } from './log.js';
import type { RunObserver } from './observer.js';
import { createProgress, type Progress, type ProgressStream } from './progress.js';
import type { RunFolder } from './run-folder.js';
import type { RunLock } from './run-lock.js';

export interface RecordOptions {
  /** Where files go; none are written when absent. */
  readonly run?: RunFolder | undefined;
  /** The right to write there; looked at before every checkpoint, where it is given. */
  readonly lock?: RunLock | undefined;
  /** Where progress goes, `process.stderr` for a person; nothing is shown when absent. */
  readonly stream?: ProgressStream | undefined;
  /** Shown everything that the run makes. */
  readonly observer?: RunObserver | undefined;
}

const nowhere: ProgressStream = { write: () => true };

/** What a training tells as it goes, and leaves behind: a live line, metrics, a log, checkpoints. */
export class TrainingRecord {
  readonly #options: RecordOptions;
  readonly #metrics: MetricsLog | undefined;
  readonly #text: TextLog | undefined;
  readonly #progress: Progress;
  readonly #began = performance.now();
  #wait: { readonly dataWait?: number } = {};

  private constructor(
    options: RecordOptions,
    metrics: MetricsLog | undefined,
    steps: { readonly start: number; readonly total: number },
  ) {
    const { run, stream = nowhere } = options;
    this.#options = options;
    this.#metrics = metrics;
    this.#text = run && new TextLog(run.logPath);
    this.#progress = createProgress({ stream, totalSteps: steps.total, startStep: steps.start });
  }

  /**
   * @param steps.start how many were taken already; `undefined` for a new training
   * @throws InputError where the metrics of a run that goes on are broken; OutputError where the
   *   folder cannot be written
   */
  static async open(
    options: RecordOptions,
    { start, total }: { readonly start: number | undefined; readonly total: number },
  ): Promise<TrainingRecord> {
    const metrics = options.run && (await openMetrics(options.run.metricsPath, start));
    return new TrainingRecord(options, metrics, { start: start ?? 0, total });
  }

  /** The latest of all numbers that a run that goes on had logged. */
  get last(): Readonly<Record<string, number>> {
    return this.#metrics?.last ?? {};
  }

  /** Milliseconds since the training began, or went on. */
  get elapsedMs(): number {
    return performance.now() - this.#began;
  }

  /** A line for the log, and for who watches. */
  say(line: string): void {
    this.#progress.line(line);
    this.note(line);
  }

  /** A line for the log alone. */
  note(line: string): void {
    this.#text?.line(line);
  }

  /** A line for who watches alone. */
  hint(line: string): void {
    this.#progress.line(line);
  }

  /** Numbers of a step or a milestone, a line of metrics. */
  log(step: number, values: Readonly<Record<string, number>>): void {
    const seconds = (this.#metrics?.startSeconds ?? 0) + this.elapsedMs / 1000;
    const record = { step, seconds: Number(seconds.toFixed(3)), ...values };
    this.#metrics?.append(record);
    this.#options.observer?.metrics(record);
  }

  /**
   * What is told of the machine, not of the model, beside the numbers of a step.
   * @param dataWait the share of the time, 0 … 1, in which steps waited for their data, where known
   */
  timing(dataWait: number | undefined): { readonly dataWait?: number } {
    this.#wait = dataWait === undefined ? {} : { dataWait: Number(dataWait.toFixed(3)) };
    return this.#wait;
  }

  /** How far the training is, and the few numbers that are worth their place on the live line. */
  update(step: number, values: Readonly<Record<string, number>>): void {
    const { dataWait = 0 } = this.#wait;
    this.#progress.update(step, dataWait >= noticeableWait ? { ...values, dataWait } : values);
  }

  /**
   * @throws OutputError where the checkpoint cannot be written, or another process has taken over the
   *   run; the last one is intact then
   */
  async save(checkpoint: Checkpoint): Promise<void> {
    const { run, lock } = this.#options;
    if (run === undefined) return;
    await lock?.check();
    this.#metrics?.flush();
    await saveCheckpoint(run.checkpointPath, checkpoint);
  }

  /** Ends the live line, and says how the training ended. */
  finish(line: string): void {
    this.#progress.done();
    this.say(line);
  }

  close(): void {
    this.#progress.done();
    this.#metrics?.close();
  }
}

/** Waiting for data is worth telling from this share of the time. */
const noticeableWait = 0.05;

const openMetrics = async (path: string, start: number | undefined): Promise<MetricsLog> =>
  start === undefined ? MetricsLog.create(path) : MetricsLog.resume(path, start);
