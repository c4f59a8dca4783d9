import { type Checkpoint, saveCheckpoint } from './checkpoint.js';
import { MetricsLog, TextLog } from './log.js';
import type { RunObserver } from './observer.js';
import { createProgress, type Progress, type ProgressStream } from './progress.js';
import type { OpenRecord, TrainingRecord } from './record.js';
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

/** A record on the terminal and in the run's folder, where there are such. */
export class FolderRecord implements TrainingRecord {
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

  static readonly open: OpenRecord<RecordOptions> = async (options, { start, total }) => {
    const metrics = options.run && (await openMetrics(options.run.metricsPath, start));
    return new FolderRecord(options, metrics, { start: start ?? 0, total });
  };

  get last(): Readonly<Record<string, number>> {
    return this.#metrics?.last ?? {};
  }

  get elapsedMs(): number {
    return performance.now() - this.#began;
  }

  say(line: string): void {
    this.#progress.line(line);
    this.note(line);
  }

  note(line: string): void {
    this.#text?.line(line);
  }

  hint(line: string): void {
    this.#progress.line(line);
  }

  log(step: number, values: Readonly<Record<string, number>>): void {
    const seconds = (this.#metrics?.startSeconds ?? 0) + this.elapsedMs / 1000;
    const record = { step, seconds: Number(seconds.toFixed(3)), ...values };
    this.#metrics?.append(record);
    this.#options.observer?.metrics(record);
  }

  timing(dataWait: number | undefined): { readonly dataWait?: number } {
    this.#wait = dataWait === undefined ? {} : { dataWait: Number(dataWait.toFixed(3)) };
    return this.#wait;
  }

  update(step: number, values: Readonly<Record<string, number>>): void {
    const { dataWait = 0 } = this.#wait;
    this.#progress.update(step, dataWait >= noticeableWait ? { ...values, dataWait } : values);
  }

  async save(checkpoint: Checkpoint): Promise<void> {
    const { run, lock } = this.#options;
    if (run === undefined) return;
    await lock?.check();
    this.#metrics?.flush();
    await saveCheckpoint(run.checkpointPath, checkpoint);
  }

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
