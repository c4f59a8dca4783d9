/**
 * The image-to-label family, as the commands know it.
 */
import type { Family } from '../src/family/family.js';
import type { ClassifierConfig } from './config.js';

export const classifierFamily: Family<ClassifierConfig> = {
  kind: 'classifier',
  title: 'classifier',
  description: 'train an MLP-Mixer classifier, or a relative of it',
  model: 'names',
  settings: async () => (await import('./settings.js')).classifierSettings,
  training: async () => (await import('./training.js')).classifierTraining,
  models: async () => (await import('./summary.js')).classifierModels(),
  report: async () => (await import('./report.js')).classifierReport,
  export: async () => (await import('./export.js')).classifierExport,
  merge: async () => ({ merge: (await import('./merge.js')).mergeEvaluations }),
  runCommands: {
    evaluate: {
      description: 'measure how well a classifier recognises',
      load: async () => (await import('./commands/evaluate.js')).evaluate,
    },
    examine: {
      description: 'show the pictures behind a classifier’s confusion matrix',
      load: async () => (await import('./commands/examine.js')).examine,
    },
    predict: {
      description:
        'recognise digits in PNG files of any size and polarity, or pictures where the classifier knows such',
      load: async () => (await import('./commands/predict.js')).predict,
    },
  },
  commands: {
    import: {
      description:
        'make a run of released weights: Google’s Mixer (.npz), timm’s Mixer, ResMLP or gMLP (.safetensors)',
      load: async () => (await import('./commands/import.js')).importCommand,
    },
    'experiment permutation': {
      group: 'repeat an experiment of the literature',
      description:
        'train on images as they are, with patches shuffled, and with all pixels shuffled',
      load: async () => (await import('./commands/permutation.js')).permutation,
    },
  },
};
