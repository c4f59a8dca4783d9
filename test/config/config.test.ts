import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { architectureNames } from '../../classifier/architectures/names.js';
import { classifierConfigSchema } from '../../classifier/config.js';
import { classifierPresets } from '../../classifier/presets.js';
import { classifierSettings } from '../../classifier/settings.js';
import { ganConfigSchema } from '../../gan/config.js';
import { dcganRecipe, ganPresets } from '../../gan/presets.js';
import { ganSettings } from '../../gan/settings.js';
import { applyAssignment, mergeOverrides } from '../../src/config/change.js';
import type { JsonValue } from '../../src/config/json.js';
import { keysOf } from '../../src/config/keys.js';
import { parseConfig } from '../../src/config/parse.js';
import { changedConfig, resolveConfig } from '../../src/config/resolve.js';
import { UsageError } from '../../src/errors.js';
import { mixerSizes } from '../../src/mixer/configs/mixer.js';

const schema = z.strictObject({ a: z.number(), b: z.strictObject({ c: z.string() }) });

describe('parseConfig', () => {
  it('keeps its line short, however long or many the keys', () => {
    const keys = Array.from({ length: 1000 }, (_, i) => [`key${i}`, 1]);
    const wrong = { a: 1, b: { c: 'x', ...Object.fromEntries(keys) } };
    const lines = [
      () => parseConfig(schema, wrong, 'here'),
      () => mergeOverrides(schema, {}, { ['x'.repeat(5000)]: 1 }, 'here'),
    ].map((attempt) => {
      try {
        attempt();
      } catch (thrown) {
        return (thrown as Error).message;
      }
      return '';
    });
    for (const text of lines) expect(text).toMatch(/^here: unknown key.{100,300}$/);
  });

  it('tells the first of many things that are wrong', () => {
    const list = z.array(z.string());
    const wrong = Array.from({ length: 1000 }, () => 0);
    expect(() => parseConfig(list, wrong, 'here')).toThrow(/; and 988 more$/);
  });

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

/** A configuration with everything that a key can stand in. */
const house = z.strictObject({
  stem: z.enum(['conv', 'patch']),
  stages: z.array(z.strictObject({ blocks: z.number(), gain: z.number().exactOptional() })),
  rate: z.number().default(0.1),
  penalty: z.strictObject({ kind: z.enum(['none', 'r1']), gamma: z.number() }),
  start: z.strictObject({ from: z.string(), anew: z.boolean().default(false) }).exactOptional(),
  model: z.discriminatedUnion('arch', [
    z
      .strictObject({ arch: z.literal('wide').optional(), channels: z.number(), gelu: z.string() })
      .meta({ defaults: { channels: 8, gelu: 'erf' } }),
    z
      .strictObject({ arch: z.literal('deep'), channels: z.array(z.number()), gelu: z.string() })
      .meta({ defaults: { channels: [1, 2], gelu: 'erf' } }),
    z.strictObject({ arch: z.literal('bare'), gelu: z.string(), depth: z.number().default(3) }),
  ]),
});
const base = {
  stem: 'conv',
  stages: [{ blocks: 1 }, { blocks: 2 }],
  penalty: { kind: 'r1', gamma: 1 },
  model: { channels: 4, gelu: 'tanh' },
};

describe('mergeOverrides', () => {
  const merged = (overrides: JsonValue, from: JsonValue = base) =>
    mergeOverrides(house, from, overrides, 'c.json');

  it('merges objects key by key and replaces everything else', () => {
    expect(merged({ stages: [], penalty: { gamma: 2 }, rate: 1 })).toEqual({
      ...base,
      stages: [],
      penalty: { kind: 'r1', gamma: 2 },
      rate: 1,
    });
    expect(base.penalty.gamma).toBe(1);
  });

  it('opens objects that were absent', () => {
    expect(merged({ start: { from: 'a' } })).toEqual({ ...base, start: { from: 'a' } });
  });

  it('keeps of another option what both have, where it can be kept', () => {
    const model = (overrides: JsonValue, from?: JsonValue) =>
      (merged({ model: overrides }, from) as { model: JsonValue }).model;
    expect(model({ arch: 'wide' })).toEqual({ arch: 'wide', channels: 4, gelu: 'tanh' });
    const deep = { arch: 'deep', channels: [1, 2], gelu: 'tanh' };
    expect(model({ arch: 'deep' })).toEqual(deep);
    expect(model({ arch: 'deep', channels: [5] })).toEqual({ ...deep, channels: [5] });
    expect(model({ arch: 'bare' })).toEqual({ arch: 'bare', gelu: 'tanh' });
    expect(model({ arch: 'wide' }, { ...base, model: deep })).toEqual({
      ...{ arch: 'wide', channels: 8, gelu: 'tanh' },
    });
    // A `kind` that is a value like others chooses nothing.
    expect(merged({ penalty: { kind: 'none' } })).toMatchObject({
      penalty: { kind: 'none', gamma: 1 },
    });
  });

  it('leaves an option that there is not to the schema', () => {
    const wrong = merged({ model: { arch: 'toString' } });
    expect(wrong).toMatchObject({ model: { arch: 'toString' } });
    expect(() => parseConfig(house, wrong, 'c.json')).toThrow('c.json: model.arch: ');
  });

  it.each([
    ['{"penalty": {"gama": 1}}', 'c.json: unknown key penalty.gama; penalty has kind, gamma'],
    ['{"constructor": {"x": 1}}', 'unknown key constructor; the configuration has stem, stages, '],
    ['{"__proto__": {"rate": 1}}', 'unknown key __proto__; the configuration has stem, stages, '],
    ['{"penalty": {"__proto__": {"gamma": 1}}}', 'unknown key penalty.__proto__; penalty has kind'],
    ['{"model": {"depth": 1}}', 'unknown key model.depth; model has arch, channels, gelu'],
  ])('refuses %s', (text, message) => {
    expect(() => merged(JSON.parse(text) as JsonValue)).toThrow(message);
    expect(Object.hasOwn(Object, 'x')).toBe(false);
  });

  it('leaves hostile keys inside lists to the schema', () => {
    const hostile = merged(JSON.parse('{"stages": [{"blocks": 1, "__proto__": {"gain": 2}}]}'));
    expect(() => parseConfig(house, hostile, 'c.json')).toThrow('__proto__');
  });
});

describe('applyAssignment', () => {
  const set = (assignment: string, from: JsonValue = base) =>
    applyAssignment(house, from, assignment);

  it('takes JSON, or text where it is not JSON', () => {
    expect(set('stages.1.blocks=5')).toEqual({ ...base, stages: [{ blocks: 1 }, { blocks: 5 }] });
    expect(set('stem=patch')).toMatchObject({ stem: 'patch' });
    expect(set('stages=[]')).toMatchObject({ stages: [] });
    expect(base.stages[1]!.blocks).toBe(2);
  });

  it('sets keys that are absent so far', () => {
    expect(set('rate=2')).toEqual({ ...base, rate: 2 });
    expect(set('stages.0.gain=0.5')).toMatchObject({ stages: [{ blocks: 1, gain: 0.5 }, {}] });
    expect(set('start.from=a')).toEqual({ ...base, start: { from: 'a' } });
  });

  it('chooses another option as an override does', () => {
    const deep = set('model.arch=deep');
    expect(deep).toMatchObject({ model: { arch: 'deep', channels: [1, 2], gelu: 'tanh' } });
    expect(set('model.channels.1=7', deep)).toMatchObject({ model: { channels: [1, 7] } });
  });

  it.each([
    ['stem', 'KEY=VALUE'],
    ['=1', 'KEY=VALUE'],
    ['steem=1', 'unknown key steem; the configuration has stem, stages, rate'],
    ['stages.2.blocks=1', 'unknown key 2; stages has 0, 1'],
    ['stages.length=1', 'unknown key length; stages has 0, 1'],
    ['stem.x=1', 'unknown key x; stem has no keys at all'],
    ['model.depth=1', 'unknown key depth; model has arch, channels, gelu'],
    ['__proto__.x=1', 'unknown key __proto__'],
    ['model.__proto__=1', 'unknown key __proto__; model has arch'],
  ])('refuses %s', (assignment, message) => {
    expect(() => set(assignment)).toThrow(message);
  });
});

describe('keysOf', () => {
  it('lists paths, types and values, those of every option of a choice', () => {
    const lines = keysOf(house, base as JsonValue).map(({ path, when = '', type, value = '' }) =>
      [path, when, type, value].join(' / '),
    );
    expect(lines).toEqual([
      'stem /  / conv | patch / "conv"',
      'stages.N.blocks /  / number / 1',
      'stages.N.gain /  / number / ',
      'rate /  / number / ',
      'penalty.kind /  / none | r1 / "r1"',
      'penalty.gamma /  / number / 1',
      'start.from /  / text / ',
      'start.anew /  / true | false / ',
      'model.arch /  / wide | deep | bare / "wide"',
      'model.channels / model.arch=wide / number / 4',
      'model.gelu / model.arch=wide / text / "tanh"',
      'model.channels / model.arch=deep / list of number / ',
      'model.gelu / model.arch=deep / text / ',
      'model.gelu / model.arch=bare / text / ',
      'model.depth / model.arch=bare / number / ',
    ]);
  });
});

describe('resolveConfig', () => {
  it('is the first preset where nothing is asked', () => {
    expect(resolveConfig(classifierSettings)).toEqual(classifierPresets['digits-quick']);
  });

  it('takes a preset, an architecture and changes', () => {
    const config = resolveConfig(ganSettings, {
      preset: 'mnist',
      arch: 'dcgan',
      changes: { steps: 3, optimiser: { beta1: 0.1 } },
    });
    expect(config).toMatchObject({ ...dcganRecipe, optimiser: { beta1: 0.1, beta2: 0.99 } });
    expect(config).toMatchObject({ preset: 'mnist', steps: 3, pictureEvery: 1000 });
  });

  it('says what there is', () => {
    expect(() => resolveConfig(ganSettings, { preset: 'mnits' })).toThrow('there are mnist-quick');
    expect(() => resolveConfig(ganSettings, { arch: 'vit' })).toThrow('there are mixer, dcgan');
    const changes = { loos: 'hinge' } as object;
    expect(() => resolveConfig(ganSettings, { changes })).toThrow('changes: unknown key loos');
  });

  it.each(architectureNames)('lets any preset become a %s by one key', (arch) => {
    for (const preset of Object.values(classifierPresets)) {
      const changed = changedConfig(classifierSettings, preset, {
        changes: [`model.arch=${arch}`],
      });
      expect(changed.model.arch ?? 'mixer').toBe(arch);
    }
  });

  it('lets both players of a GAN become a DCGAN, and Mixers again', () => {
    const there = ['generator.arch=dcgan', 'discriminator.arch=dcgan'];
    const back = ['generator.arch=mixer', 'discriminator.arch=mixer'];
    // Its players are what a choice of the architecture alone gives.
    const preset = ganPresets['mnist-best']!;
    const dcgan = changedConfig(ganSettings, preset, { changes: there });
    expect(dcgan).toMatchObject({ generator: { arch: 'dcgan', latentDim: 64, norm: 'batch' } });
    expect(changedConfig(ganSettings, dcgan, { changes: back })).toEqual(preset);
  });

  it('sets a key that a preset has not', () => {
    const changes = ['model.gelu=tanh', 'imageSize=14'];
    const preset = classifierPresets['digits-quick']!;
    const { model, imageSize } = changedConfig(classifierSettings, preset, { changes });
    expect(model).toEqual({ ...preset.model, gelu: 'tanh' });
    expect(imageSize).toBe(14);
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
