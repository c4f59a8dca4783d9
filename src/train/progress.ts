/**
 * How far a run has come, for a person: one live line on a terminal, a plain line now and then
 * elsewhere (a file, a CI log).
 */
import { grouped, printableLine } from '../text.js';

/** The part of `process.stderr` that progress needs. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface ProgressOptions {
  readonly stream: ProgressStream;
  readonly totalSteps: number;
  /** How many steps a resumed run had already taken. */
  readonly startStep?: number;
  /** Whether the line can be redrawn; what the stream says by default. */
  readonly isTTY?: boolean;
  /** Milliseconds between two plain lines. */
  readonly plainIntervalMs?: number;
  /** A clock in milliseconds. */
  readonly now?: () => number;
}

export interface Progress {
  /** To be called after every step, with numbers to show; draws only as often as is useful. */
  update(step: number, values?: Readonly<Record<string, number>>): void;
  /** Prints a line that stays, above the live one. */
  line(text: string): void;
  /** Shows the last update and ends the live line. */
  done(): void;
}

const redrawMs = 100;
/** Some terminals do not tell their width, or say that it is 0. */
const unknownColumns = 80;
/** The rate is that of about this long, so the slow first step and long pauses are forgotten. */
const rateWindowMs = 20_000;
const eraseLine = '\r\x1b[K';

export function createProgress({
  stream,
  totalSteps,
  startStep = 0,
  isTTY = stream.isTTY === true,
  plainIntervalMs = 10_000,
  now = () => performance.now(),
}: ProgressOptions): Progress {
  const rate = new RecentRate(startStep, now());
  const intervalMs = isTTY ? redrawMs : plainIntervalMs;
  let latest: string | undefined;
  let latestIsDrawn = true;
  let drawnAt = Number.NEGATIVE_INFINITY;

  const draw = (): void => {
    if (latest === undefined) return;
    stream.write(
      isTTY ? eraseLine + truncate(latest, stream.columns || unknownColumns) : `${latest}\n`,
    );
    latestIsDrawn = true;
  };

  return {
    update(step, values = {}) {
      const time = now();
      rate.add(step, time);
      latest = describe(step, totalSteps, rate.perSecond, values);
      latestIsDrawn = false;
      if (time - drawnAt < intervalMs) return;
      drawnAt = time;
      draw();
    },
    line(text) {
      const line = printableLine(text);
      stream.write(isTTY ? `${eraseLine}${line}\n` : `${line}\n`);
      if (isTTY) draw();
    },
    done() {
      if (!latestIsDrawn) draw();
      if (isTTY && latest !== undefined) stream.write('\n');
      latest = undefined;
      latestIsDrawn = true;
    },
  };
}

interface Sample {
  readonly step: number;
  readonly time: number;
}

/** Steps per second over the recent past. */
class RecentRate {
  /** Oldest first, at least `redrawMs` apart; the oldest is the youngest that spans the window. */
  readonly #samples: Sample[];
  #latest: Sample;

  constructor(step: number, time: number) {
    this.#latest = { step, time };
    this.#samples = [this.#latest];
  }

  add(step: number, time: number): void {
    this.#latest = { step, time };
    if (time - this.#samples.at(-1)!.time < redrawMs) return;
    this.#samples.push(this.#latest);
    while (this.#samples.length > 2 && time - this.#samples[1]!.time >= rateWindowMs) {
      this.#samples.shift();
    }
  }

  /** `undefined` until some time has passed. */
  get perSecond(): number | undefined {
    const oldest = this.#samples[0]!;
    const seconds = (this.#latest.time - oldest.time) / 1000;
    return seconds > 0 ? (this.#latest.step - oldest.step) / seconds : undefined;
  }
}

function describe(
  step: number,
  totalSteps: number,
  perSecond: number | undefined,
  values: Readonly<Record<string, number>>,
): string {
  const parts = [`step ${grouped(step)}/${grouped(totalSteps)}`];
  if (perSecond !== undefined && perSecond > 0) parts.push(formatRate(perSecond));
  const numbers = Object.entries(values).map(([name, value]) => `${name} ${formatNumber(value)}`);
  if (numbers.length > 0) parts.push(numbers.join(' '));
  if (perSecond !== undefined && perSecond > 0 && step < totalSteps) {
    parts.push(`${formatDuration((totalSteps - step) / perSecond)} left`);
  }
  return parts.join(' · ');
}

/** Cuts a line so that the terminal does not wrap it, which would break redrawing in place. */
function truncate(line: string, columns: number): string {
  const characters = Array.from(line);
  if (characters.length < columns) return line;
  return `${characters.slice(0, Math.max(0, columns - 2)).join('')}…`;
}

/** Three significant digits. */
const formatNumber = (value: number): string => String(Number(value.toPrecision(3)));

function formatRate(perSecond: number): string {
  if (perSecond < 1) return `${formatNumber(1 / perSecond)} s/step`;
  return `${perSecond < 100 ? perSecond.toFixed(1) : grouped(Math.round(perSecond))} steps/s`;
}

/** `42s`, `4m 12s`, `3h 05m`, `2d 04h`. */
function formatDuration(seconds: number): string {
  const total = Math.round(seconds);
  const [days, hours, minutes] = [
    Math.floor(total / 86_400),
    Math.floor(total / 3600) % 24,
    Math.floor(total / 60) % 60,
  ];
  const two = (value: number) => String(value).padStart(2, '0');
  if (days > 0) return `${days}d ${two(hours)}h`;
  if (hours > 0) return `${hours}h ${two(minutes)}m`;
  if (minutes > 0) return `${minutes}m ${two(total % 60)}s`;
  return `${total}s`;
}
