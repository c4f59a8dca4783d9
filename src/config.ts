/**
 * From a preset, a file and flags to one validated, frozen configuration.
 */
import { z } from 'zod';
import { type InputError, UsageError } from './errors.js';

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | JsonValue[]
  | { [key: string]: JsonValue };

/** Part of a configuration: any key may be absent at any depth. */
export type Overrides = { [key: string]: JsonValue };

/**
 * Validates `value` and freezes it.
 *
 * @param where what the value came from, for the message: `preset mnist`, `runs/x/config.json`
 * @param Failure what to throw; InputError for a file that mixgan itself wrote
 * @throws UsageError (or `Failure`) naming every key that is unknown or wrong
 */
export function parseConfig<S extends z.ZodType>(
  schema: S,
  value: unknown,
  where: string,
  Failure: typeof UsageError | typeof InputError = UsageError,
): z.output<S> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw new Failure(`${where}: ${parsed.error.issues.map(describeIssue).join('; ')}`);
  }
  return deepFreeze(parsed.data);
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => (path === '' ? key : `${path}.${key}`));
    return `unknown ${keys.length === 1 ? 'key' : 'keys'} ${keys.join(', ')}`;
  }
  return `${path === '' ? 'the configuration' : path}: ${lowerFirst(issue.message)}`;
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/**
 * `base` with the keys of `overrides`, objects merged key by key, arrays and values replaced. An
 * object that names another architecture, or another kind of optimiser, replaces the old one: their
 * keys are not the same.
 *
 * @param key under which both stand
 */
export function mergeOverrides(base: JsonValue, overrides: JsonValue, key?: string): JsonValue {
  if (!isObject(base) || !isObject(overrides)) return overrides;
  const choice = key === 'optimiser' ? 'kind' : 'arch';
  if (overrides[choice] !== undefined && overrides[choice] !== base[choice]) return overrides;
  const merged: Overrides = { ...base };
  for (const [key, value] of Object.entries(overrides)) {
    const existing = Object.hasOwn(merged, key) ? merged[key] : undefined;
    merged[key] = existing === undefined ? value : mergeOverrides(existing, value, key);
  }
  return merged;
}

/**
 * Applies `--set PATH=VALUE`: `discriminator.stem=patch`, `generator.stages.0.numBlocks=4`. The
 * value is JSON, or a string where it is not valid JSON.
 *
 * @throws UsageError when the assignment has no `=` or the path leads nowhere
 */
export function applyAssignment(config: JsonValue, assignment: string): JsonValue {
  const equals = assignment.indexOf('=');
  if (equals < 1) {
    throw new UsageError(
      `--set takes KEY=VALUE, as in discriminator.stem=patch, not "${assignment}"`,
    );
  }
  const path = assignment.slice(0, equals).split('.');
  const replaced = structuredClone(config);
  let target: JsonValue = replaced;
  for (const [depth, key] of path.entries()) {
    if (!isContainer(target) || !Object.hasOwn(target, key)) {
      const known = isContainer(target) ? Object.keys(target).join(', ') : 'no keys at all';
      const parent = depth === 0 ? 'the configuration' : path.slice(0, depth).join('.');
      throw new UsageError(`--set ${assignment}: unknown key ${key}; ${parent} has ${known}`);
    }
    const container = target as { [key: string]: JsonValue };
    if (depth === path.length - 1) container[key] = parseValue(assignment.slice(equals + 1));
    else target = container[key]!;
  }
  return replaced;
}

function parseValue(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

const isContainer = (value: JsonValue): value is JsonValue[] | Overrides =>
  typeof value === 'object' && value !== null;

const isObject = (value: JsonValue): value is Overrides =>
  isContainer(value) && !Array.isArray(value);

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) deepFreeze(child);
    Object.freeze(value);
  }
  return value;
}

/** A whole number from `min` up. */
export const wholeNumber = (min: number, max: number = 2 ** 31 - 1) =>
  z.number().int().min(min).max(max);

/** A length of an axis, or a number of layers or images: no model here comes near the limit. */
export const size = (min = 1) => wholeNumber(min, 65_536);

/** A finite number greater than 0. */
export const positiveNumber = () => z.number().positive();
