import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { classifierConfigSchema } from '../classifier/config.js';
import { classifierPresets } from '../classifier/presets.js';
import { ganConfigSchema } from '../gan/config.js';
import { ganPresets } from '../gan/presets.js';
import { applyAssignment, mergeOverrides } from '../src/config/change.js';
import { parseConfig } from '../src/config/parse.js';
import { UsageError } from '../src/errors.js';
import { mixerSizes } from '../src/mixer/mixer.js';

const schema = z.strictObject({ a: z.number(), b: z.strictObject({ c: z.string() }) });

describe('parseConfig', () => {
  it('returns a frozen copy of what is valid', () => {
    const config = parseConfig(schema, { a: 1, b: { c: 'x' } }, 'here');
    expect(config).toEqual({ a: 1, b: { c: 'x' } });
    expect(Object.isFrozen(config.b)).toBe(true);
  });

  it.each([
    [{ a: 1, b: { c: 'x' }, d: 2 }, 'here: unknown key d'],
    [{ a: 1, b: { c: 'x', e: 2, f: 3 } }, 'here: unknown keys b.e, b.f'],
    [{ a: 'one', b: { c: 'x' } }, 'here: a: invalid input: expected number, received string'],
    [null, 'here: the configuration: invalid input: expected object, received null'],
  ])('names what is wrong with %j', (value, message) => {
    expect(() => parseConfig(schema, value, 'here')).toThrow(new UsageError(message));
  });
});

describe('mergeOverrides', () => {
  it('merges objects key by key and replaces everything else', () => {
    const base = { a: 1, b: { c: 2, d: [1, 2] }, e: null };
    expect(mergeOverrides(base, { b: { d: [3] }, f: 4 })).toEqual({
      a: 1,
      b: { c: 2, d: [3] },
      e: null,
      f: 4,
    });
    expect(base.b.d).toEqual([1, 2]);
  });

  it('does not reach into prototypes', () => {
    const merged = mergeOverrides({}, JSON.parse('{"constructor": {"x": 1}}'));
    expect(merged).toEqual({ constructor: { x: 1 } });
    expect(Object.hasOwn(Object, 'x')).toBe(false);
  });
});

describe('applyAssignment', () => {
  const config = { stem: 'conv', stages: [{ blocks: 1 }, { blocks: 2 }], rate: 0.1 };

  it('takes JSON, or text where it is not JSON', () => {
    expect(applyAssignment(config, 'stages.1.blocks=5')).toEqual({
      ...config,
      stages: [{ blocks: 1 }, { blocks: 5 }],
    });
    expect(applyAssignment(config, 'stem=patch')).toMatchObject({ stem: 'patch' });
    expect(applyAssignment(config, 'stages=[]')).toMatchObject({ stages: [] });
    expect(config.stages[1]!.blocks).toBe(2);
  });

  it.each([
    ['stem', 'KEY=VALUE'],
    ['=1', 'KEY=VALUE'],
    ['steem=1', 'unknown key steem; the configuration has stem, stages, rate'],
    ['stages.2.blocks=1', 'unknown key 2; stages has 0, 1'],
    ['stem.x=1', 'unknown key x; stem has no keys at all'],
    ['__proto__.x=1', 'unknown key __proto__'],
  ])('refuses %s', (assignment, message) => {
    expect(() => applyAssignment(config, assignment)).toThrow(message);
  });
});

describe('presets', () => {
  const named = [
    ...Object.entries(classifierPresets).map(([name, preset]) => ({
      name,
      preset,
      schema: classifierConfigSchema,
    })),
    ...Object.entries(ganPresets).map(([name, preset]) => ({
      name,
      preset,
      schema: ganConfigSchema,
    })),
  ];

  it.each(named)('$name is valid and knows its name', ({ name, preset, schema }) => {
    expect(parseConfig<z.ZodType>(schema, preset, name)).toEqual(preset);
    expect(preset.preset).toBe(name);
  });

  it('have names of their own across all models', () => {
    const names = [...named.map(({ name }) => name), ...Object.keys(mixerSizes)];
    expect(new Set(names).size).toBe(names.length);
  });
});
