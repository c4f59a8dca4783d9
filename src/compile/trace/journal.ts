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

export class Journal {
  readonly #before: Journal | undefined;
  readonly #entries: { readonly what: string; readonly results: Results }[] = [];
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
    const at = this.#entries.push({ what, results }) - 1;
    if (this.#before === undefined || this.parting !== undefined) return;
    const before = this.#before.#entries[at];
    if (before === undefined || before.what !== what || !same(before.results, results)) {
      const alike = before?.what === what;
      this.parting = {
        ...{ what, now: results, before: alike ? before.results : undefined },
        place: calledFrom(),
      };
    }
  }
}

function same(a: Results, b: Results): boolean {
  const [ours, theirs] = [valuesOf(a), valuesOf(b)];
  return ours.length === theirs.length && ours.every((value, i) => value === theirs[i]);
}

/** All values of what a kernel gives. */
export function valuesOf(results: Results): readonly Value[] {
  if ('id' in results) return [results];
  return isComplex(results) ? [results.real, results.imaginary] : results;
}
