/**
 * What a run writes down as it goes: numbers for programs, one JSON object a line, and lines of
 * text for people.
 */
import { appendFileSync, closeSync, fsyncSync, openSync } from 'node:fs';
import { InputError, systemErrorCode } from '../errors.js';
import { asOutputError, readText, writeFileAtomic } from '../files.js';
import { printableLine } from '../text.js';

/** One line of `metrics.jsonl`. Numbers that JSON does not have (NaN, ±infinity) become `null`. */
export interface MetricsRecord {
  /** How many steps had been taken. */
  readonly step: number;
  /** Training time in seconds since the run began. */
  readonly seconds: number;
  readonly [name: string]: number;
}

export class MetricsLog {
  readonly #path: string;
  readonly #file: number;

  private constructor(
    path: string,
    file: number,
    /** Where the clock of a resumed run stands, in seconds; 0 for a new one. */
    readonly startSeconds: number,
    /** The latest number of each name in a resumed run. */
    readonly last: Readonly<Record<string, number>>,
  ) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Starts a new log.
   *
   * @throws OutputError where the file exists or cannot be written
   */
  static create(path: string): MetricsLog {
    return new MetricsLog(path, openForAppend(path, 'ax'), 0, {});
  }

  /**
   * Continues a log after `step` steps: lines of later steps, and a last line cut short by a crash,
   * are dropped, so that the file reads as if the run had never stopped.
   *
   * @throws InputError where a line before the last one is broken, OutputError as `create` does
   */
  static async resume(path: string, step: number): Promise<MetricsLog> {
    const kept = recordsUpTo(step, await readIfThere(path), path);
    await writeFileAtomic(path, kept.map(({ line }) => `${line}\n`).join(''));
    const last = Object.assign({}, ...kept.map(({ values }) => values)) as Record<string, number>;
    return new MetricsLog(path, openForAppend(path, 'a'), kept.at(-1)?.seconds ?? 0, last);
  }

  /** @throws OutputError where the line cannot be written */
  append(record: MetricsRecord): void {
    writing(this.#path, () => appendFileSync(this.#file, `${JSON.stringify(record)}\n`));
  }

  /**
   * Flushes to the disk. Called before a checkpoint is saved, it keeps a power cut from leaving a
   * checkpoint without the lines that lead up to it.
   */
  flush(): void {
    writing(this.#path, () => fsyncSync(this.#file));
  }

  close(): void {
    writing(this.#path, () => closeSync(this.#file));
  }
}

/**
 * The records of a log up to `step` steps, oldest first; none where there is no log.
 *
 * @throws InputError where a line before the last one is broken
 */
export async function readMetrics(path: string, step: number): Promise<MetricsRecord[]> {
  const kept = recordsUpTo(step, await readIfThere(path), path);
  return kept.map(({ line }) => JSON.parse(line) as MetricsRecord);
}

/** `log.txt`: what the run told its user, each line with its time (ISO 8601, UTC). */
export class TextLog {
  readonly #path: string;
  readonly #now: () => Date;

  constructor(path: string, now: () => Date = () => new Date()) {
    this.#path = path;
    this.#now = now;
  }

  /** @throws OutputError where the line cannot be written */
  line(text: string): void {
    const line = `${this.#now().toISOString()} ${printableLine(text)}\n`;
    writing(this.#path, () => appendFileSync(this.#path, line));
  }
}

interface KeptLine {
  readonly line: string;
  readonly seconds: number;
  /** What it tells besides its step and time. */
  readonly values: object;
}

function recordsUpTo(step: number, text: string, path: string): KeptLine[] {
  const lines = text.split('\n');
  // What follows the last line break is empty, or a line that was never finished.
  lines.pop();
  return lines.flatMap((line, index) => {
    const record = parseRecord(line);
    if (record === undefined) {
      // Blocks of a file may reach the disk out of order, so a crash can break a last line too.
      if (index === lines.length - 1) return [];
      throw new InputError(
        `${path}: line ${index + 1} is not a record of metrics; remove that line and resume again`,
      );
    }
    // What is told of the machine is no result of the training.
    const { step: taken, seconds, dataWait: _, ...values } = record;
    return taken <= step ? [{ line, seconds, values }] : [];
  });
}

function parseRecord(line: string): MetricsRecord | undefined {
  try {
    const record: unknown = JSON.parse(line);
    if (typeof record !== 'object' || record === null) return undefined;
    const { step, seconds } = record as Record<string, unknown>;
    if (typeof step !== 'number' || typeof seconds !== 'number') return undefined;
    return record as MetricsRecord;
  } catch {
    return undefined;
  }
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readText(path);
  } catch (thrown) {
    // A run stopped before its first line has no log yet.
    if (thrown instanceof InputError && systemErrorCode(thrown.cause) === 'ENOENT') return '';
    throw thrown;
  }
}

function openForAppend(path: string, flags: 'a' | 'ax'): number {
  return writing(path, () => openSync(path, flags));
}

function writing<Result>(path: string, write: () => Result): Result {
  try {
    return write();
  } catch (thrown) {
    throw asOutputError(thrown, path);
  }
}
