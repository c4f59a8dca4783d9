import { isObject, type JsonValue } from './json.js';

/** A key with two values, as JSON; `nothing` where it is absent. */
export interface Difference {
  /** `optimiser.rate`, `generator.stages.0.numBlocks`; empty for the whole. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** The keys in which two configurations differ, at any depth, in their order. */
export function differences(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  path: readonly string[] = [],
): Difference[] {
  const [a, b] = [childrenOf(before), childrenOf(after)];
  if (a !== undefined && b !== undefined) {
    const keys = new Set([...a.keys(), ...b.keys()]);
    return [...keys].flatMap((key) => differences(a.get(key), b.get(key), [...path, key]));
  }
  if (textOf(before) === textOf(after)) return [];
  return [{ path: path.join('.'), before: textOf(before), after: textOf(after) }];
}

function childrenOf(value: JsonValue | undefined): Map<string, JsonValue> | undefined {
  return Array.isArray(value) || isObject(value) ? new Map(Object.entries(value)) : undefined;
}

const textOf = (value: JsonValue | undefined): string =>
  value === undefined ? 'nothing' : JSON.stringify(value);
