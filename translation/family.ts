/**
 * The image-to-image family, as the commands know it.
 */
import type { Family } from '../src/family/family.js';
import type { Judges } from '../src/scores/judges.js';
import type { TranslationConfig } from './config.js';

/** @param judges opens what sees pictures: a translation has no eyes of its own */
export const translationFamily = (judges: () => Promise<Judges>): Family<TranslationConfig> => ({
  kind: 'translation',
  title: 'translation',
  description: 'train a MixerGAN: pictures of one kind into pictures of another, without pairs',
  settings: async () => (await import('./settings.js')).translationSettings,
  training: async () => (await import('./training.js')).translationTraining,
  models: async () => (await import('./summary.js')).translationModels(),
  report: async () => (await import('./report.js')).translationReport,
  export: async () => (await import('./export.js')).translationExport,
  runCommands: {
    translate: {
      description: 'translate pictures with a translation run',
      load: async () => (await import('./commands/translate.js')).translate,
    },
    sample: {
      description: 'show what a translation run makes of held-out pictures',
      load: async () => (await import('./commands/sample.js')).sample,
    },
    evaluate: {
      description:
        'measure a translation: against the truth where it is known, and against real images',
      load: async () => (await import('./commands/evaluate.js')).evaluateTranslationRun(judges),
    },
  },
});
