/**
 * What a trace was asked for, one thing after the other, held against the trace before it: where they
 * part is where the step does something else than it did.
 */
import type { Value } from '../graph/graph.js';
import { type Complex, isComplex } from '../lower/complex.js';
import { calledFrom } from './caller.js';

export type Results = Value | Complex | readonly Value[];

export interface Parting {
  /** The name of a kernel, or `constant`. */
  readonly what: string;
  /** What came of it, and what did before; `undefined` where it was something else. */
  readonly now: Results;
  readonly before: Results | undefined;
  /** The line that asked for it. */
  readonly place: string;
}

type Operands = Readonly<Record<string, Value | Complex>>;
type Attributes = Readonly<Record<string, unknown>>;

/** What a kernel was given, as it was then. */
interface Given {
  readonly operands: Operands;
  readonly attrs: Attributes;
}

interface Entry {
  readonly what: string;
  readonly results: Results;
  /** Absent where there is more to it than can be compared. */
  readonly given?: Given | undefined;
}

export class Journal {
  readonly #before: Journal | undefined;
  readonly #entries: Entry[] = [];
  /** What was asked for where the traces part, and the line that asked. */
  parting: Parting | undefined;

  constructor(before: Journal | undefined) {
    this.#before = before;
  }

  /** The line that is being traced; empty in a first trace, where nobody asks. */
  place(): string {
    return this.#before === undefined ? '' : calledFrom();
  }

  /** @param what the name of a kernel, or `constant` */
  add(what: string, results: Results): void {
    this.#add({ what, results });
  }

  /**
   * What a kernel gives: what it gave in the trace before, if the same was asked for there. One builder
   * makes the same values of it.
   * @param lower what it gives otherwise
   */
  record(what: string, operands: Operands, attrs: Attributes, lower: () => Results): Results {
    const before = this.parting === undefined ? this.#expected() : undefined;
    const known = before?.given;
    if (known !== undefined && before!.what === what && isSameGiven(known, operands, attrs)) {
      this.#entries.push(before!);
      return before!.results;
    }
    const copy = copyOf(attrs) as Attributes | undefined;
    const results = lower();
    this.#add({ what, results, given: copy && { operands, attrs: copy } });
    return results;
  }

  /** What the trace before had where this one is. */
  #expected(): Entry | undefined {
    const before = this.#before;
    return before === undefined ? undefined : before.#entries[this.#entries.length];
  }

  #add(entry: Entry): void {
    const before = this.#expected();
    this.#entries.push(entry);
    if (this.#before === undefined || this.parting !== undefined) return;
    const { what, results } = entry;
    if (before === undefined || before.what !== what || !same(before.results, results)) {
      const alike = before?.what === what;
      this.parting = {
        ...{ what, now: results, before: alike ? before.results : undefined },
        place: calledFrom(),
      };
    }
  }
}

function isSameGiven(known: Given, operands: Operands, attrs: Attributes): boolean {
  const names = Object.keys(operands);
  if (names.length !== Object.keys(known.operands).length) return false;
  // Complex operands are made anew each time.
  for (const name of names) if (operands[name] !== known.operands[name]) return false;
  return isSameSetting(known.attrs, attrs);
}

/** Numbers, texts and lists of them, which a step may change later; `undefined` with anything else. */
function copyOf(setting: unknown): unknown {
  if (typeof setting !== 'object' || setting === null) {
    return typeof setting === 'function' || typeof setting === 'symbol' ? undefined : setting;
  }
  const isList = Array.isArray(setting);
  if (!isList && Object.getPrototypeOf(setting) !== Object.prototype) return undefined;
  const copy: Record<string, unknown> | unknown[] = isList ? [] : {};
  for (const name of Object.keys(setting)) {
    const inner = (setting as Record<string, unknown>)[name];
    const own = copyOf(inner);
    if (own === undefined && inner !== undefined) return undefined;
    (copy as Record<string, unknown>)[name] = own;
  }
  return copy;
}

function isSameSetting(known: unknown, setting: unknown): boolean {
  if (Object.is(known, setting)) return true;
  if (typeof known !== 'object' || typeof setting !== 'object') return false;
  if (known === null || setting === null) return false;
  if (Object.getPrototypeOf(known) !== Object.getPrototypeOf(setting)) return false;
  const names = Object.keys(known);
  if (names.length !== Object.keys(setting).length) return false;
  for (const name of names) {
    const own = (known as Record<string, unknown>)[name];
    if (!isSameSetting(own, (setting as Record<string, unknown>)[name])) return false;
  }
  return true;
}

function same(a: Results, b: Results): boolean {
  if (a === b) return true;
  const [ours, theirs] = [valuesOf(a), valuesOf(b)];
  return ours.length === theirs.length && ours.every((value, i) => value === theirs[i]);
}

/** All values of what a kernel gives. */
export function valuesOf(results: Results): readonly Value[] {
  if ('id' in results) return [results];
  return isComplex(results) ? [results.real, results.imaginary] : results;
}
