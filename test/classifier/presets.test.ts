import { describe, expect, it } from 'vitest';
import { classifierConfigSchema } from '../../classifier/config.js';
import { classifierPresets } from '../../classifier/presets.js';
import { summariseClassifier } from '../../classifier/summary.js';
import { parseConfig } from '../../src/config/parse.js';

describe('classifierPresets', () => {
  it.each(Object.entries(classifierPresets))(
    '%s says everything, under its own name',
    (name, preset) => {
      expect(preset.preset).toBe(name);
      expect(parseConfig(classifierConfigSchema, structuredClone(preset), name)).toEqual(preset);
    },
  );

  it.each([
    ['cifar10-article', 1_992_674],
    ['cifar10-small', 1_132_170],
  ])('%s has %d parameters', (name, parameters) => {
    const sizes = { imageShape: [32, 32, 3], numClasses: 10 } as const;
    expect(summariseClassifier(classifierPresets[name]!, sizes).parameters).toBe(parameters);
  });
});
