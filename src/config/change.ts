/**
 * Changes of a configuration. Its schema, not the object that is changed, says which keys there are,
 * so that keys can be set that are absent so far.
 */
import type { z } from 'zod';
import { UsageError } from '../errors.js';
import { shortened } from '../text.js';
import { isObject, type JsonValue, type Overrides } from './json.js';
import { type Choice, type Option, type Shape, type View, viewOf } from './schema.js';

/**
 * `base` with the keys of `overrides`: objects merged key by key, lists and values replaced. Where
 * another option of a choice is named, as another `arch`, the keys that both options have keep their
 * values, and the others start as the schema says.
 *
 * @param where what the overrides came from, for messages
 * @throws UsageError for a key that the schema has not
 */
export function mergeOverrides(
  schema: z.ZodType,
  base: JsonValue | undefined,
  overrides: JsonValue,
  where: string,
  path: readonly string[] = [],
): JsonValue {
  const view = viewOf(schema);
  if (!isObject(overrides) || (view.form !== 'object' && view.form !== 'choice')) return overrides;
  const { object, shape } = opened(view, base, overrides);
  for (const [key, value] of Object.entries(overrides)) {
    const at = [...path, key];
    if (!Object.hasOwn(shape, key)) {
      throw unknownKey(where, at.join('.'), path, Object.keys(shape));
    }
    object[key] = mergeOverrides(shape[key]!, object[key], value, where, at);
  }
  return object;
}

/**
 * Applies `--set PATH=VALUE`: `discriminator.stem=patch`, `generator.stages.0.numBlocks=4`. The
 * value is JSON, or a string where it is not valid JSON.
 *
 * @throws UsageError when the assignment has no `=` or the path leads nowhere
 */
export function applyAssignment(
  schema: z.ZodType,
  config: JsonValue,
  assignment: string,
): JsonValue {
  const equals = assignment.indexOf('=');
  if (equals < 1) {
    throw new UsageError(
      `--set takes KEY=VALUE, as in discriminator.stem=patch, not "${assignment}"`,
    );
  }
  const path = assignment.slice(0, equals).split('.');
  const value = parseValue(assignment.slice(equals + 1));
  return assigned(schema, config, path, value, `--set ${assignment}`);
}

function assigned(
  schema: z.ZodType,
  base: JsonValue | undefined,
  path: readonly string[],
  value: JsonValue,
  where: string,
  above: readonly string[] = [],
): JsonValue {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const refuse = (known: readonly string[]): UsageError => unknownKey(where, key, above, known);
  const at = [...above, key];
  const view = viewOf(schema);
  if (view.form === 'list' && Array.isArray(base)) {
    const known = [...base.keys()].map(String);
    if (!known.includes(key)) throw refuse(known);
    const changed = assigned(view.element, base[Number(key)], rest, value, where, at);
    return base.with(Number(key), changed);
  }
  if (view.form !== 'object' && view.form !== 'choice') throw refuse([]);
  const named = rest.length === 0 ? { [key]: value } : {};
  const { object, shape } = opened(view, base, named);
  if (!Object.hasOwn(shape, key)) throw refuse(Object.keys(shape));
  return { ...object, [key]: assigned(shape[key]!, object[key], rest, value, where, at) };
}

/** A copy of an object to change, of the option that the overrides name, and the keys it may have. */
function opened(
  view: Exclude<View, { form: 'list' | 'value' }>,
  base: JsonValue | undefined,
  overrides: Overrides,
): { object: Overrides; shape: Shape } {
  const object = isObject(base) ? { ...base } : {};
  if (view.form === 'object') return { object, shape: view.shape };
  const current = optionOf(view, object);
  const wanted = overrides[view.key] === undefined ? current : optionOf(view, overrides);
  const option = view.options.get(wanted);
  // An option that there is not is left for the schema to refuse.
  if (option === undefined) return { object, shape: view.options.get(current)?.shape ?? {} };
  const changed = wanted === current ? object : { ...ofOption(option, object), [view.key]: wanted };
  return { object: changed, shape: option.shape };
}

const optionOf = ({ key, absent }: Choice, object: Overrides): string =>
  String(object[key] ?? absent);

/** What another option takes over of an object, and what it starts with besides. */
function ofOption({ shape, defaults }: Option, object: Overrides): Overrides {
  const shared = Object.entries(object).filter(
    ([name, value]) => Object.hasOwn(shape, name) && shape[name]!.safeParse(value).success,
  );
  return { ...structuredClone(defaults), ...Object.fromEntries(shared) };
}

function unknownKey(
  where: string,
  key: string,
  parent: readonly string[],
  known: readonly string[],
): UsageError {
  const place = parent.length === 0 ? 'the configuration' : parent.join('.');
  const keys = known.length === 0 ? 'no keys at all' : known.join(', ');
  return new UsageError(`${where}: unknown key ${shortened(key)}; ${place} has ${keys}`);
}

function parseValue(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
