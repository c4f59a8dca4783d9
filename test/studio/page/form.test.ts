import { expect, it } from 'vitest';
import { families } from '../../../src/cli/families.js';
import {
  fieldOf,
  holds,
  jsonOf,
  optionsOf,
  rangeOf,
} from '../../../studio/page/views/train/values.js';
import { formOf } from '../../../studio/server/forms.js';

it('a field has the value of its JSON, and gives it back', () => {
  const values: readonly [json: string, type: string][] = [
    ['3', 'whole number from 1 to 65536'],
    ['0.5', 'number'],
    ['true', 'true | false'],
    ['"erf"', 'erf | tanh'],
    ['"12"', 'text'],
    ['[64,32]', 'list of whole number'],
    ['[{"channels":4}]', 'JSON'],
  ];
  for (const [json, type] of values) expect(jsonOf(fieldOf(json), type)).toBe(json);
  expect(jsonOf('', 'text')).toBeUndefined();
});

it('types tell choices and ranges', () => {
  expect(optionsOf('r1 | r1+r2 | none')).toEqual(['r1', 'r1+r2', 'none']);
  expect(optionsOf('whole number | none')).toBeUndefined();
  expect(rangeOf('whole number from 1 to 65536')).toEqual({ step: '1', min: '1', max: '65536' });
  expect(rangeOf('number greater than 0')).toEqual({ step: 'any', min: '0' });
  expect(rangeOf('list of whole number from 1')).toBeUndefined();
  expect(holds('model.arch=vit', { 'model.arch': '"vit"' })).toBe(true);
});

it.each(families.map((family) => [family.kind, family] as const))(
  'the form of %s has a field for each key, with the values of every preset',
  async (_, family) => {
    const { keys, presets, defaultPreset } = await formOf(family);
    expect(keys.length).toBeGreaterThan(15);
    expect(new Set(keys.map(({ path }) => path)).size).toBe(keys.length);
    expect(presets.map(({ name }) => name)).toContain(defaultPreset);
    for (const { values } of presets) {
      expect(values.steps).toMatch(/^\d+$/);
      for (const { path, when, type } of keys) {
        if (when !== undefined && !holds(when, values)) continue;
        const json = values[path];
        if (json !== undefined) expect([path, jsonOf(fieldOf(json), type)]).toEqual([path, json]);
      }
    }
  },
);
