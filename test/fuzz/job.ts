/**
 * What a process is asked to read, and what it answers.
 */
import type { Verdict } from './judge.js';

export interface Job {
  readonly reader: string;
  readonly seed: number;
  /** Numbers of the inputs: from `first`, up to before `end`. */
  readonly first: number;
  readonly end: number;
  readonly folder: string;
  readonly bombs: readonly string[];
}

export interface Finding {
  readonly number: number;
  readonly verdict: Verdict | 'slow' | 'large';
  readonly message: string;
}

export interface Done {
  readonly counts: Readonly<Record<Verdict, number>>;
  readonly findings: readonly Finding[];
  /** The number to go on with, in another process where this one has grown. */
  readonly next: number;
  /** The most that an input took, of a processor and of memory above what there was before. */
  readonly milliseconds: number;
  readonly bytes: number;
}

/** Of any one input: milliseconds of a processor, bytes above what the process had. */
export const limits = { milliseconds: 2000, bytes: 300e6 };
