/**
 * One run on disk, looked at again and again: its summary, and the lines that are new.
 */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { readdir, stat } from 'node:fs/promises';
import { RunFolder } from '../../src/train/run-folder.js';
import { type Trainer, trainerOf } from '../../src/train/run-lock.js';
import type { NewLines, RunState, RunSummary } from '../shared/protocol.js';
import {
  type Line,
  linesOf,
  mostAtOnce,
  sampledLines,
  thinned,
  wholeLines,
} from './metrics-file.js';
import { openPlain, readBytes } from './plain-file.js';

/** What a configuration says that every run has. */
export interface KnownConfig {
  readonly kind: string;
  readonly preset: string;
  readonly data: string;
  readonly seed: number;
  readonly steps: number;
}

/** What a look at a run found to be new. */
export interface Change {
  readonly summary?: RunSummary;
  readonly lines?: NewLines;
}

const sparkPoints = 40;
/** Of the end of a log and of a file of metrics. */
const tailBytes = 4096;

interface Seen {
  /** Where whole lines end. */
  bytes: number;
  version: string;
  /** Lines from all over the file, for the sparkline. */
  samples: Line[];
  /** How long the file was when the samples were taken. */
  sampledAt: number;
  last: Line | undefined;
  speed: number | undefined;
  changed: number;
}

export class RunEntry {
  readonly key: string;
  readonly run: RunFolder;
  #summary: RunSummary | undefined;
  #told = '';
  #metrics: Seen = nothingSeen();
  #log: { size: number; started: string | undefined; end: string } = {
    ...{ size: -1, started: undefined, end: '' },
  };
  #folder: { changed: number; pictures: number } = { changed: -1, pictures: 0 };
  #trainer: Trainer | undefined;

  /**
   * @param name its folder below the one that is shown
   * @param sparkNames metrics that a sparkline may show, the best first
   * @param isShipped whether it is a model that comes with the package, and no run of anybody's
   */
  constructor(
    readonly name: string,
    readonly path: string,
    readonly config: KnownConfig,
    private readonly sparkNames: readonly string[],
    readonly isShipped = false,
  ) {
    this.key = isShipped ? `shipped-${keyOf(name)}` : keyOf(name);
    this.run = new RunFolder(path);
  }

  get summary(): RunSummary | undefined {
    return this.#summary;
  }

  /** Who trains it, when it was looked at last. */
  get trainer(): Trainer | undefined {
    return this.#trainer;
  }

  /** Whether it may grow at any moment. */
  get isActive(): boolean {
    return this.#trainer !== undefined || Date.now() - this.#metrics.changed < 30_000;
  }

  /** Looks at its files; what did not change since costs a few questions to the system. */
  async look(): Promise<Change> {
    const [text] = await Promise.all([this.#readMetrics(), this.#readLog(), this.#readFolder()]);
    this.#trainer = await trainerOf(this.path).catch(() => undefined);
    const summary = await this.#summarise();
    const told = JSON.stringify(summary);
    if (told === this.#told) return {};
    this.#told = told;
    this.#summary = summary;
    return { summary, ...(text && { lines: text }) };
  }

  /** @returns the new lines, where those before them were seen already */
  async #readMetrics(): Promise<NewLines | undefined> {
    const file = await openPlain(this.run.metricsPath);
    if (file === undefined) {
      this.#metrics = nothingSeen();
      return undefined;
    }
    try {
      const { size, ino, mtimeMs } = await file.stat();
      const seen = this.#metrics;
      const version = ino.toString(36);
      if (version !== seen.version || size < seen.bytes) {
        return await this.#readAnew(file, version, mtimeMs, size);
      }
      seen.changed = mtimeMs;
      if (size === seen.bytes) return undefined;
      if (size - seen.bytes > mostAtOnce) return await this.#readAnew(file, version, mtimeMs, size);
      const bytes = await readBytes(file, seen.bytes, size);
      const whole = wholeLines(bytes);
      if (whole === 0) return undefined;
      const text = bytes.subarray(0, whole).toString();
      const from = seen.bytes;
      seen.bytes += whole;
      const lines = linesOf(text);
      seen.speed = speedOf([...(seen.last ? [seen.last] : []), ...lines]) ?? seen.speed;
      seen.last = lines.at(-1) ?? seen.last;
      if (seen.bytes > seen.sampledAt * (1 + 1 / sparkPoints)) {
        seen.samples = await sampledLines(file, seen.bytes);
        seen.sampledAt = seen.bytes;
      }
      return { key: this.key, version, from, to: seen.bytes, text };
    } finally {
      await file.close();
    }
  }

  async #readAnew(
    file: FileHandle,
    version: string,
    changed: number,
    size: number,
  ): Promise<undefined> {
    const from = Math.max(0, size - tailBytes);
    const tail = await readBytes(file, from, size);
    const bytes = from + wholeLines(tail);
    const samples = await sampledLines(file, bytes);
    const end = linesOf(tail.toString());
    const [last, speed] = [end.at(-1) ?? samples.at(-1), speedOf(end)];
    this.#metrics = { bytes, version, samples, sampledAt: bytes, last, speed, changed };
    return undefined;
  }

  async #readLog(): Promise<void> {
    const file = await openPlain(this.run.logPath);
    if (file === undefined) return;
    try {
      const { size } = await file.stat();
      if (size === this.#log.size) return;
      const head = (await readBytes(file, 0, 64)).toString();
      const end = (await readBytes(file, Math.max(0, size - tailBytes), size)).toString();
      const [started] = /^\d{4}-\d\d-\d\dT[\d:.]+Z(?= )/.exec(head) ?? [];
      this.#log = { size, started, end };
    } finally {
      await file.close();
    }
  }

  async #readFolder(): Promise<void> {
    const changed = await stat(this.path).then(
      ({ mtimeMs }) => mtimeMs,
      () => -1,
    );
    if (changed === this.#folder.changed) return;
    const names = await readdir(this.path).catch(() => []);
    const pictures = names.filter((name) => /^fakes-\d{6,}\.png$/.test(name)).length;
    this.#folder = { changed, pictures };
  }

  async #summarise(): Promise<RunSummary> {
    const { last, samples, speed, changed, bytes, version } = this.#metrics;
    const name = this.sparkNames.find((known) => samples.some((line) => known in line)) ?? '';
    const values = samples.flatMap((line) => line[name] ?? []);
    const [hasModel, hasEvaluation] = await Promise.all([
      isFile(this.run.checkpointPath),
      isFile(this.run.evaluationPath),
    ]);
    const { kind, preset, data, seed, steps } = this.config;
    return {
      ...{ key: this.key, name: this.name, kind, preset, data, seed, steps },
      state: this.#state(last?.step ?? 0),
      ...{ step: last?.step ?? 0, seconds: last?.seconds ?? 0 },
      ...(speed !== undefined && { speed: Number(speed.toPrecision(4)) }),
      ...(this.#log.started !== undefined && { started: this.#log.started }),
      ...{ changed, spark: { name, values: thinned(values, sparkPoints) } },
      ...{ bytes, version, pictures: this.#folder.pictures, hasModel, hasEvaluation },
      ...(this.isShipped && { isShipped: true }),
    };
  }

  #state(step: number): RunState {
    if (this.#trainer !== undefined) return 'running';
    const line = this.#log.end.trimEnd().split('\n').at(-1) ?? '';
    if (/ training diverged at step \d/.test(line)) return 'diverged';
    if (/ (was )?finished after step \d|stopped after step \d+: /.test(line)) return 'done';
    return step >= this.config.steps ? 'done' : 'stopped';
  }
}

const nothingSeen = (): Seen => ({
  ...{ bytes: 0, version: '', samples: [], sampledAt: 0, last: undefined },
  ...{ speed: undefined, changed: 0 },
});

/** Steps a second over the last lines, as many of them as go forward. */
function speedOf(lines: readonly Line[]): number | undefined {
  const [first, last] = [lines.at(-8) ?? lines[0], lines.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const [steps, seconds] = [last.step - first.step, last.seconds - first.seconds];
  return steps > 0 && seconds > 0 ? steps / seconds : undefined;
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (status) => status.isFile(),
    () => false,
  );

/** A name of letters, digits, `.`, `_` and `-` that no other folder has. */
export function keyOf(name: string): string {
  if (/^[\w-][\w.-]{0,99}$/.test(name)) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  const readable = name.replace(/[^\w-]+/g, '-').slice(-60);
  return `${readable.replace(/^-+/, '') || 'run'}-${hash}`;
}
