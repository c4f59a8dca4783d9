/**
 * Changes of a configuration, by its keys.
 */
import { UsageError } from '../errors.js';
import { isObject, type JsonValue, type Overrides } from './json.js';

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
