/**
 * Which classes a command asks a GAN's generator for.
 */
import { UsageError } from '../src/errors.js';

/** Classes to draw in turn, and what they are called. */
export interface AskedClasses {
  /** Each in 0 … K − 1; at least one. */
  readonly numbers: readonly number[];
  readonly names: readonly string[];
}

/**
 * The class that `--class` names, or all where it is not given; `undefined` for a generator without
 * classes.
 *
 * @param run folder of the run, for messages
 * @param classNames what `restoreGenerator` says
 * @param asked value of `--class`: a name, or where there is no such name a number
 * @throws UsageError when there is no such class, or no class at all
 */
export function askedClasses(
  run: string,
  classNames: readonly string[] | undefined,
  asked: string | undefined,
): AskedClasses | undefined {
  if (classNames === undefined) {
    if (asked === undefined) return undefined;
    throw new UsageError(
      `--class ${asked}: ${run} knows no classes; give a run of "mixgan train gan --conditional"`,
    );
  }
  if (asked === undefined) return { numbers: [...classNames.keys()], names: classNames };
  const named = classNames.indexOf(asked);
  const number = named < 0 && /^\d+$/.test(asked) ? Number(asked) : named;
  const name = classNames[number];
  if (name === undefined) {
    throw new UsageError(
      `--class ${asked}: ${run} has no such class; it has ${classNames.join(', ')}`,
    );
  }
  return { numbers: [number], names: [name] };
}

/** The classes of `count` pictures: each in turn for `run` pictures, and again from the first. */
export const classesInTurn = ({ numbers }: AskedClasses, count: number, run = 1): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => numbers[Math.floor(i / run) % numbers.length]!);
