import { isObject, type JsonValue } from '../../src/config/json.js';
import { keysOf } from '../../src/config/keys.js';
import { asJson } from '../../src/config/resolve.js';
import type { Family } from '../../src/family/family.js';
import type { Form, FormKey } from '../shared/protocol.js';

/** What can be asked of a training of this family: every key, and what presets make of it. */
export async function formOf(family: Family): Promise<Form> {
  const { kind, schema, presets, defaultPreset } = await family.settings();
  const lines = keysOf(schema, asJson(presets[defaultPreset]));
  const keys = new Map<string, FormKey>();
  for (const { path: full, when, type, description } of lines) {
    const path = assignable(full);
    if (path === 'kind' || path === 'preset' || keys.has(path)) continue;
    const isList = path !== full;
    keys.set(path, {
      path,
      ...(when !== undefined && { when }),
      type: isList ? 'JSON' : type,
      description: isList ? 'one object for each' : description,
    });
  }
  return {
    ...{ kind, defaultPreset, keys: [...keys.values()] },
    presets: Object.entries(presets).map(([name, preset]) => {
      const values = [...keys.keys()].flatMap((path) => {
        const value = valueAt(asJson(preset), path);
        return value === undefined ? [] : [[path, JSON.stringify(value)] as const];
      });
      return { name, values: Object.fromEntries(values) };
    }),
  };
}

/** Objects in a list are given together: `generator.stages` of `generator.stages.N.channels`. */
const assignable = (path: string): string => path.replace(/\.N(\..*)?$/, '');

const valueAt = (config: JsonValue, path: string): JsonValue | undefined =>
  path
    .split('.')
    .reduce<JsonValue | undefined>(
      (value, key) => (isObject(value) ? value[key] : undefined),
      config,
    );
