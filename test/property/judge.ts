/**
 * Whether two outcomes differ by more than rounding explains.
 *
 * Where what is compiled is within a few units in the last place of what TensorFlow.js gives, it is
 * right. Where it is not, the program is run in double precision, and again with noise as large as that
 * of float32: what is compiled may be as far from the truth as those runs and TensorFlow.js' own result
 * are, several times over. Where they come apart altogether, some of them infinite and others not, the
 * numbers passed through what float32 cannot hold, and nobody is to blame.
 */
import { RandomStream } from '../../src/random.js';
import { inDouble } from './double.js';
import type { Program } from './program.js';
import { type Outcome, type Result, runInDouble } from './run.js';

/** How a number stands. */
export type Verdict = 'same' | 'rounding' | 'out of range' | 'wrong';

export interface Difference {
  readonly output: string;
  readonly element: number;
  readonly actual: number;
  readonly eager: number;
  readonly exact: number;
  readonly allowed: number;
}

export interface Judgement {
  readonly differences: readonly Difference[];
  /** The largest error of each output, in units in the last place of its largest number. */
  readonly units: ReadonlyMap<string, number>;
  /** How many numbers were beyond what float32 can hold. */
  readonly outOfRange: number;
}

/** The noise of so many runs, of so many times that of rounding; more and louder where it is doubted. */
const rounds = [
  // How far TensorFlow.js' own result is from the truth may be answer enough.
  { runs: 0, amplitude: 1 },
  { runs: 3, amplitude: 1 },
  { runs: 24, amplitude: 4 },
];

/**
 * Results may be so many times as far from the truth as the noisy runs are; more where these leave hardly
 * a digit, as next to a pole, for there a few of them do not tell how far it goes.
 */
const margin = (spread: number, largest: number): number => (spread > 0.3 * largest ? 1000 : 12);

/** Of float32. */
const unit = 2 ** -23;
const smallestNormal = 2 ** -126;

const isClose = (a: number, b: number): boolean =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= 8 * unit * Math.abs(b);

/** @throws Error where the outcomes have not the same names, shapes and types */
export function judge(program: Program, actual: Outcome, eager: Outcome): Judgement {
  const names = Object.keys(eager);
  if (Object.keys(actual).join() !== names.join()) {
    throw new Error(`outputs ${Object.keys(actual)}, expected ${names}`);
  }
  for (const name of names) {
    const [a, e] = [typeOf(actual[name]!), typeOf(eager[name]!)];
    if (a !== e) throw new Error(`${name} is ${a}, expected ${e}`);
  }
  const units = new Map(names.map((name) => [name, unitsOff(actual[name]!, eager[name]!)]));
  const doubted = names.flatMap((name) => doubtsOf(name, actual[name]!, eager[name]!));
  if (doubted.length === 0) return { differences: [], units, outOfRange: 0 };
  return inDouble(() => ({ ...settle(program, doubted, actual, eager), units }));
}

/** Where a number is. */
interface Place {
  readonly name: string;
  readonly at: number;
}

/** What remains of the doubts when the program has been run in double precision. */
function settle(
  program: Program,
  first: readonly Place[],
  actual: Outcome,
  eager: Outcome,
): Omit<Judgement, 'units'> {
  let doubted = first;
  const exact = runInDouble(program);
  const others: Outcome[] = [eager];
  const random = RandomStream.fromSeed(1);
  let outOfRange = 0;
  let differences: Difference[] = [];
  for (const { runs, amplitude } of rounds) {
    for (let i = 0; i < runs; i++) others.push(runInDouble(program, { random, amplitude }));
    differences = [];
    const still: Place[] = [];
    for (const { name, at } of doubted) {
      const { verdict, allowed } = weigh(
        actual[name]!.values[at]!,
        exact[name]!.values[at]!,
        others.map((other) => other[name]!.values[at]!),
      );
      if (verdict === 'out of range') outOfRange++;
      if (verdict !== 'wrong') continue;
      still.push({ name, at });
      differences.push({
        ...{ output: name, element: at, actual: actual[name]!.values[at]! },
        ...{ eager: eager[name]!.values[at]!, exact: exact[name]!.values[at]!, allowed },
      });
    }
    doubted = still;
    if (doubted.length === 0) break;
  }
  return { differences, outOfRange };
}

const typeOf = ({ dtype, shape }: Result): string => `${dtype}[${shape}]`;

/** The elements that are not alike at first sight. */
function doubtsOf(name: string, { values }: Result, expected: Result) {
  const list: Place[] = [];
  const isInteger = expected.dtype !== 'float32';
  for (let at = 0; at < values.length; at++) {
    const [a, e] = [values[at]!, expected.values[at]!];
    if (isInteger ? a !== e : !isClose(a, e)) list.push({ name, at });
  }
  return list;
}

/** @param others what right evaluations in float32 give */
function weigh(
  actual: number,
  exact: number,
  others: readonly number[],
): { verdict: Verdict; allowed: number } {
  const all = [exact, ...others];
  // Next to the largest number that there is, the order of a sum may tell whether it overflows.
  if (!Number.isFinite(actual) && all.some((other) => Math.abs(other) > 2 ** 124)) {
    return { verdict: 'out of range', allowed: Number.POSITIVE_INFINITY };
  }
  if (all.every(Number.isFinite)) {
    const spread = Math.max(...others.map((other) => Math.abs(other - exact)));
    const largest = Math.max(...all.map(Math.abs));
    const allowed = margin(spread, largest) * spread + 8 * unit * Math.abs(exact) + smallestNormal;
    const isRight = Math.abs(actual - exact) <= allowed;
    return { verdict: isRight ? 'rounding' : 'wrong', allowed };
  }
  const [first] = all as [number];
  if (all.every((other) => Object.is(other, first))) {
    return { verdict: Object.is(actual, first) ? 'same' : 'wrong', allowed: 0 };
  }
  return { verdict: 'out of range', allowed: Number.POSITIVE_INFINITY };
}

/** The largest difference in units in the last place of the largest number. */
function unitsOff({ values }: Result, expected: Result): number {
  let [largest, off] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const [a, e] = [values[i]!, expected.values[i]!];
    if (!Number.isFinite(a) || !Number.isFinite(e)) continue;
    largest = Math.max(largest, Math.abs(e));
    off = Math.max(off, Math.abs(a - e));
  }
  return largest === 0 ? 0 : off / (unit * largest);
}
