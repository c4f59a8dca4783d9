/**
 * The metrics of one run, a column for each name: 100,000 lines take some megabytes so, and are drawn
 * as they are.
 */

/** Numbers that grow. */
export class Column {
  #values = new Float64Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** Not a copy: valid until the next `push`. */
  get values(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }
}

/** One metric: at which line's step and second it had which value. */
export interface Curve {
  readonly steps: Float64Array;
  readonly seconds: Float64Array;
  readonly values: Float64Array;
}

interface Columns {
  readonly steps: Column;
  readonly seconds: Column;
  readonly values: Column;
}

export class History {
  /** Bytes of the file that have been read. */
  bytes = 0;
  readonly #columns = new Map<string, Columns>();
  #rest = '';
  #lines = 0;
  #lastStep = 0;

  /** @param version of the file */
  constructor(readonly version: string) {}

  get lines(): number {
    return this.#lines;
  }

  get lastStep(): number {
    return this.#lastStep;
  }

  get names(): string[] {
    return [...this.#columns.keys()];
  }

  curve(name: string): Curve | undefined {
    const columns = this.#columns.get(name);
    return (
      columns && {
        steps: columns.steps.values,
        seconds: columns.seconds.values,
        values: columns.values.values,
      }
    );
  }

  /** Text of the file from where the last one ended. */
  append(text: string, bytes: number): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    this.bytes += bytes;
    for (const line of lines) this.#appendLine(line);
  }

  #appendLine(text: string): void {
    let record: Record<string, unknown>;
    try {
      record = Object(JSON.parse(text)) as Record<string, unknown>;
    } catch {
      return;
    }
    const { step, seconds, ...values } = record;
    if (typeof step !== 'number' || typeof seconds !== 'number') return;
    this.#lines++;
    this.#lastStep = step;
    for (const [name, value] of Object.entries(values)) {
      let columns = this.#columns.get(name);
      if (columns === undefined) {
        columns = { steps: new Column(), seconds: new Column(), values: new Column() };
        this.#columns.set(name, columns);
      }
      columns.steps.push(step);
      columns.seconds.push(seconds);
      // JSON has no NaN: the log writes null, which leaves a gap.
      columns.values.push(typeof value === 'number' ? value : Number.NaN);
    }
  }

  /** The last step up to this one that a line tells of. */
  loggedUpTo(step: number): number | undefined {
    const steps = Array.from(
      this.#columns.values(),
      ({ steps: { values } }) => values[lastAtMost(values, step)],
    );
    const known = steps.filter((one) => one !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
  }

  /** Values at a step, of lines of that very step. */
  at(step: number): Readonly<Record<string, number>> {
    const found: Record<string, number> = {};
    for (const [name, { steps, values }] of this.#columns) {
      const place = lastAtMost(steps.values, step);
      if (place >= 0 && steps.values[place] === step) found[name] = values.values[place]!;
    }
    return found;
  }
}

/** The place of the last of rising numbers that is at most `limit`; -1 where there is none. */
export function lastAtMost(rising: ArrayLike<number>, limit: number): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
