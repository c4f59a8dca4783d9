/**
 * Whether passes did the same.
 */
import type { Builder } from '../graph/builder.js';
import { numbersOf, type Value } from '../graph/graph.js';
import { rewrite } from '../passes/rewrite.js';
import { isAlive } from './engine-state.js';
import { type Results, valuesOf } from './journal.js';
import type { Pass } from './pass.js';

/**
 * Whether `b`, the pass after `a`, did the same as `a`: with what `a` kept in the place of what `a` had
 * read of earlier passes.
 */
export function isLike(a: Pass, b: Pass): boolean {
  return (
    b.made.length === 0 &&
    sameList(a.optimisers, b.optimisers) &&
    sameValues(a.outputs, b.outputs) &&
    sameValues(a.writes, b.writes) &&
    sameList(valuesOfKept(a), valuesOfKept(b)) &&
    a.readKept.length === b.readKept.length &&
    b.readKept.every(
      ({ tensor }, i) => tensor === a.readKept[i]!.tensor || replacementOf(a, b, i) !== undefined,
    )
  );
}

/** The place, among what a pass keeps, of what the pass after it reads as its `i`th kept tensor. */
export function replacementOf(a: Pass, b: Pass, i: number): number | undefined {
  const at = a.keeps.findIndex(({ tensor }) => tensor === b.readKept[i]!.tensor);
  return at < 0 ? undefined : at;
}

/**
 * What the state that `second` and `third` read begins with, if `first` did the same as they: with a
 * constant where they read what was kept.
 *
 * @returns the constants, in the order of what is read; `undefined` if `first` did something else
 */
export function beginningOf(
  first: Pass,
  second: Pass,
  third: Pass,
  build: Builder,
): readonly Value[] | undefined {
  const replaced = second.readKept.map((_, i) => replacementOf(first, second, i));
  if (replaced.some((at, i) => at === undefined || at !== replacementOf(second, third, i))) {
    return undefined;
  }
  // What the first pass read and disposed of; else what state most often begins with.
  const gone = first.outside.filter(({ dataId }) => !isAlive(dataId));
  const beginning = second.readKept.map(({ read: { value } }) => {
    const { dtype, shape } = value;
    const at = gone.findIndex(
      ({ value: other }) => other.dtype === dtype && `${other.shape}` === `${shape}`,
    );
    return at < 0 ? build.splat(dtype, shape, 0) : gone.splice(at, 1)[0]!.value;
  });
  const { supplies } = first;
  const known = new Map(second.readKept.map(({ read }, i) => [read.value, beginning[i]!]));
  const alike =
    supplies.length === second.supplies.length &&
    second.supplies.every(({ supply, value }, i) => {
      known.set(value, supplies[i]!.value);
      return (
        supply.what === supplies[i]!.supply.what &&
        `${value.shape}` === `${supplies[i]!.value.shape}`
      );
    });
  const sameEnds =
    sameList(first.optimisers, second.optimisers) &&
    sameList([...first.outputs.keys()], [...second.outputs.keys()]) &&
    sameList([...first.writes.keys()], [...second.writes.keys()]);
  if (!alike || !sameEnds) return undefined;
  const outputs = resultsOf(second).map((value, index) => ({
    port: { kind: 'rows', index } as const,
    value,
  }));
  const begun = rewrite({ inputs: [], outputs }, build, () => undefined, known).outputs;
  const same = sameList(
    resultsOf(first),
    begun.map(({ value }) => known.get(value) ?? value),
  );
  return same ? beginning : undefined;
}

const valuesOfKept = ({ keeps }: Pass): readonly Value[] => keeps.map(({ value }) => value);

const resultsOf = (pass: Pass): readonly Value[] => [
  ...pass.outputs.values(),
  ...pass.writes.values(),
  ...valuesOfKept(pass),
];

const sameList = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((one, i) => one === b[i]);

const sameValues = <Key>(a: ReadonlyMap<Key, Value>, b: ReadonlyMap<Key, Value>): boolean =>
  a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);

/**
 * Why a step is refused though its passes were alike: chance may have had it that they were.
 * @returns `undefined` if it is not
 */
export const whyByChance = ({ randomAt }: Pass): string | undefined =>
  randomAt === undefined
    ? undefined
    : `a step draws random numbers in JavaScript, which runs while it is traced alone: make them an input of the step, draw them with operations of TensorFlow.js, or compile with { changes: 'freeze' }${randomAt}`;

/** Why a step is refused that did something else in `pass` than in the one before. */
export function whyChanging({ made, madeAt, journal: { parting } }: Pass): string {
  if (made.length > 0) {
    return `a step makes a variable at every call: make it once, or outside of the step${madeAt}`;
  }
  const remedy = "make what changes an input of the step, or compile with { changes: 'freeze' }";
  if (parting === undefined) {
    return `a step returns, assigns or keeps something else each time that it is traced: ${remedy}`;
  }
  const { what, now, before, place } = parting;
  const said = before === undefined ? '' : ` of ${brief(now)}, before of ${brief(before)}`;
  return `a step does something else each time that it is traced, here ${what}${said}: ${remedy}${place}`;
}

/** `3`, or what else can be said in a few words. */
function brief(results: Results): string {
  const [value] = valuesOf(results) as [Value];
  const number = value.shape.length === 0 ? numbersOf(value)?.[0] : undefined;
  return number === undefined ? `[${value.shape}]` : `${number}`;
}
