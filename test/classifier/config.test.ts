import { describe, expect, it } from 'vitest';
import { type ClassifierConfig, classifierConfigSchema } from '../../classifier/config.js';
import { classifierPresets } from '../../classifier/presets.js';
import { applyAssignment } from '../../src/config/change.js';
import type { JsonValue } from '../../src/config/json.js';
import { parseConfig } from '../../src/config/parse.js';
import { UsageError } from '../../src/errors.js';

const { model: _, ...rest } = classifierPresets['digits-quick']!;
const sizes = { patch: 4, channels: 8, tokenDim: 8, channelDim: 16, numBlocks: 1 };
const parse = (model: unknown): ClassifierConfig =>
  parseConfig(classifierConfigSchema, { ...rest, model }, 'c.json');

describe('the model of a classifier', () => {
  it('is a Mixer where no architecture is named, as in older configurations', () => {
    expect(parse(sizes).model).toEqual({ arch: 'mixer', ...sizes });
    expect(parse({ arch: 'mixer', ...sizes }).model).toEqual({ arch: 'mixer', ...sizes });
  });

  it('is a CNN by name', () => {
    const model = { arch: 'cnn', channels: [8, 16], features: 32 };
    expect(parse(model).model).toEqual(model);
  });

  it.each([
    [{ ...sizes, features: 3 }, 'unknown key model.features'],
    [{ arch: 'cnn', ...sizes }, 'unknown keys model.patch, model.tokenDim'],
    [{ arch: 'cnn', channels: [], features: 3 }, 'model.channels: too small'],
    [{ arch: 'cnn', channels: [8, 0], features: 3 }, 'model.channels.1: too small'],
    [{ arch: 'cnn', channels: [8] }, 'model.features: invalid input: expected number'],
    [
      { arch: 'lstm', ...sizes },
      'model.arch: there is no such architecture; there are mixer, resmlp, gmlp, ff, vit, resnet, cnn',
    ],
    ['cnn', 'model: invalid input: expected object, received string'],
    [undefined, 'model: invalid input: expected object'],
  ])('cannot be %j', (model, message) => {
    expect(() => parse(model)).toThrow(UsageError);
    expect(() => parse(model)).toThrow(`c.json: `);
    expect(() => parse(model)).toThrow(message);
  });

  it('can be changed key by key, and replaced', () => {
    const preset = structuredClone(classifierPresets['extractor-cnn']) as JsonValue;
    const wider = applyAssignment(classifierConfigSchema, preset, 'model.features=128');
    expect(parseConfig(classifierConfigSchema, wider, 'x').model).toMatchObject({
      arch: 'cnn',
      features: 128,
    });
    expect(() => applyAssignment(classifierConfigSchema, preset, 'model.patch=2')).toThrow(
      'unknown key patch; model has arch, channels, features',
    );
    const mixer = applyAssignment(classifierConfigSchema, preset, `model=${JSON.stringify(sizes)}`);
    expect(parseConfig(classifierConfigSchema, mixer, 'x').model).toEqual({
      arch: 'mixer',
      ...sizes,
    });
  });
});

describe('presets', () => {
  it.each(Object.entries(classifierPresets))('%s is valid and knows its name', (name, preset) => {
    expect(parseConfig(classifierConfigSchema, preset, name)).toEqual(preset);
    expect(preset.preset).toBe(name);
  });
});
