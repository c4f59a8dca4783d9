import type { FamilySettings } from '../src/family/family.js';
import { type TranslationConfig, translationConfigSchema } from './config.js';
import { cycleganRecipe, translationPresets } from './presets.js';

export const translationSettings: FamilySettings<TranslationConfig> = {
  kind: 'translation',
  schema: translationConfigSchema,
  presets: translationPresets,
  defaultPreset: 'emoji',
  variants: {
    description: 'mixer, as the presets have it, or cyclegan, the convolutional baseline',
    key: 'generator.arch',
    changes: { mixer: {}, cyclegan: cycleganRecipe },
  },
};
