/** What a conditional GAN is told of its images, and asked for. */
import { attributeConditions, type Condition, firstNumbers } from '../src/data/conditions.js';
import type { ImageDataset } from '../src/data/dataset.js';
import { InputError, UsageError } from '../src/errors.js';
import type { RandomStream } from '../src/random.js';

/** What a configuration says of conditions. */
interface Wanted {
  readonly conditional: boolean;
  /** Names of attributes; none for the class. */
  readonly attributes: readonly string[];
}

/**
 * What a run's players are told of: undefined unless the configuration asks.
 * @throws InputError when it asks, and the dataset has no labels or no such attribute
 */
export function conditionsOf(
  { conditional, attributes }: Wanted,
  dataset: ImageDataset,
): readonly Condition[] | undefined {
  if (!conditional) return undefined;
  if (attributes.length > 0) return attributeConditions(dataset, attributes);
  if (dataset.labels === undefined) {
    throw new InputError(`${dataset.name} has images but no labels; a conditional GAN needs them`);
  }
  return [{ values: dataset.classNames }];
}

/** Values that a command asks for: each undefined where any will do. */
export interface AskedCondition {
  readonly conditions: readonly Condition[];
  /** Numbers of the value of each condition; several are drawn in turn. */
  readonly wanted: readonly (readonly number[] | undefined)[];
  /** For people: `7`, `hair=bun`. */
  readonly names: readonly string[];
}

/**
 * What `--class` asks of a generator: of one with classes a class, or all in turn where it is not given;
 * of one with attributes `hair=bun,glasses=none`, any value of the others. `undefined` for a generator
 * without conditions.
 *
 * @param run folder of the run, for messages
 * @param asked a name, or where there is no such name a number
 * @throws UsageError when there is no such class or attribute, or nothing at all to ask for
 */
export function askedCondition(
  run: string,
  conditions: readonly Condition[] | undefined,
  asked: string | undefined,
): AskedCondition | undefined {
  if (conditions === undefined) {
    if (asked === undefined) return undefined;
    throw new UsageError(
      `--class ${asked}: ${run} knows no classes; give a run of "mixgan train gan --conditional"`,
    );
  }
  const [first] = conditions as [Condition];
  if (first.name === undefined) {
    const numbers =
      asked === undefined ? [...first.values.keys()] : [numberOf(run, first, asked, asked)];
    return { conditions, wanted: [numbers], names: numbers.map((n) => first.values[n]!) };
  }
  const pairs = asked === undefined ? [] : asked.split(',').map((pair) => pair.trim());
  const wanted = conditions.map((): readonly number[] | undefined => undefined);
  for (const pair of pairs) {
    const [, name, value] = /^([^=]+)=(.*)$/.exec(pair) ?? [];
    const at = conditions.findIndex((condition) => condition.name === name);
    if (at < 0 || value === undefined) {
      const known = conditions.map((condition) => condition.name).join(', ');
      throw new UsageError(
        `--class ${asked}: ${run} is asked for ATTRIBUTE=VALUE, with commas between several; its attributes are ${known}`,
      );
    }
    wanted[at] = [numberOf(run, conditions[at]!, value, asked!)];
  }
  return { conditions, wanted, names: pairs };
}

function numberOf(run: string, { name, values }: Condition, value: string, asked: string): number {
  const named = values.indexOf(value);
  const number = named < 0 && /^\d+$/.test(value) ? Number(value) : named;
  if (values[number] !== undefined) return number;
  const what = name === undefined ? 'no such class; it has' : `no such ${name}; it has`;
  throw new UsageError(`--class ${asked}: ${run} has ${what} ${values.join(', ')}`);
}

/** How many different labels are drawn in turn. */
export const turns = ({ wanted }: AskedCondition): number =>
  Math.max(1, ...wanted.map((numbers) => numbers?.length ?? 1));

/**
 * The labels of `count` pictures, [count, A]: what is asked for in turn, each for `run` pictures, and
 * again from the first. What is not asked for is drawn as often as training images have it, once for each
 * `run`.
 */
export function labelsInTurn(
  { conditions, wanted }: AskedCondition,
  count: number,
  random: RandomStream,
  run = 1,
): Int32Array {
  const labels = new Int32Array(count * conditions.length);
  const first = firstNumbers(conditions);
  for (let i = 0; i < count; i++) {
    const turn = Math.floor(i / run);
    const drawn = random.split(turn);
    for (const [a, condition] of conditions.entries()) {
      const numbers = wanted[a];
      labels[i * conditions.length + a] =
        first[a]! +
        (numbers === undefined ? anyOf(condition, drawn) : numbers[turn % numbers.length]!);
    }
  }
  return labels;
}

function anyOf({ values, counts }: Condition, random: RandomStream): number {
  if (counts === undefined) return random.integer(values.length);
  const total = counts.reduce((sum, n) => sum + n, 0);
  let left = random.integer(total);
  return counts.findIndex((n) => {
    left -= n;
    return left < 0;
  });
}
