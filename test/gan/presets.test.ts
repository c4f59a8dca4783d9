import { expect, it } from 'vitest';
import { ganConfigSchema } from '../../gan/config.js';
import { ganPresets } from '../../gan/presets.js';
import { ganModels } from '../../gan/summary.js';

it.each(Object.entries(ganPresets))(
  '%s is a configuration whose models fit its images',
  (name, config) => {
    expect(ganConfigSchema.parse(config)).toEqual(config);
    const model = ganModels().find((one) => one.name === name)!;
    const { parameters, inputShapes } = model.summary();
    expect(parameters).toBeGreaterThan(100_000);
    expect(inputShapes.length).toBe(config.conditional ? 4 : 2);
  },
);
