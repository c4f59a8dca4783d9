import type { FamilySettings } from '../src/family/family.js';
import { type GanConfig, ganConfigSchema } from './config.js';
import { dcganRecipe, ganPresets } from './presets.js';

export const ganSettings: FamilySettings<GanConfig> = {
  kind: 'gan',
  schema: ganConfigSchema,
  presets: ganPresets,
  defaultPreset: 'mnist-quick',
  variants: {
    description: 'mixer, as the presets have it, or the DCGAN baseline with a recipe of its own',
    key: 'generator.arch',
    changes: { mixer: {}, dcgan: dcganRecipe },
  },
};
