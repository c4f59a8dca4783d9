import { keysOf } from '../../src/config/keys.js';
import { asJson } from '../../src/config/resolve.js';
import type { Family } from '../../src/family/family.js';
import type { Form } from '../shared/protocol.js';

/** What can be asked of a training of this family: every key, and what presets make of it. */
export async function formOf(family: Family): Promise<Form> {
  const { kind, schema, presets, defaultPreset } = await family.settings();
  const isFree = (path: string): boolean => path !== 'kind' && path !== 'preset';
  const keys = keysOf(schema, asJson(presets[defaultPreset])).filter(({ path }) => isFree(path));
  return {
    kind,
    defaultPreset,
    presets: Object.entries(presets).map(([name, preset]) => {
      const lines = keysOf(schema, asJson(preset));
      const values = lines.flatMap(({ path, value }) =>
        value === undefined || !isFree(path) ? [] : [[path, value] as const],
      );
      return { name, values: Object.fromEntries(values) };
    }),
    keys: keys.map(({ path, when, type, description }) => ({
      ...{ path, type, description },
      ...(when !== undefined && { when }),
    })),
  };
}
