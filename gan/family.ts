/**
 * The latent-to-image family, as the commands know it.
 */
import type { Family } from '../src/family/family.js';
import type { GanConfig } from './config.js';
import type { Judges } from './judging.js';

/** @param judges opens what scores pictures: a GAN has no eyes of its own */
export const ganFamily = (judges: () => Promise<Judges>): Family<GanConfig> => ({
  kind: 'gan',
  title: 'GAN',
  description: 'train an MLP-MixGAN',
  model: 'draws',
  settings: async () => (await import('./settings.js')).ganSettings,
  training: async () => (await import('./training.js')).ganTraining(judges),
  models: async () => (await import('./summary.js')).ganModels(),
  report: async () => (await import('./report.js')).ganReport,
  export: async () => (await import('./export.js')).ganExport,
  merge: async () => ({ merge: (await import('./merge.js')).mergeGanEvaluations }),
  runCommands: {
    sample: {
      description: 'draw pictures with the generator of a GAN run',
      load: async () => (await import('./commands/sample.js')).sample,
    },
    interpolate: {
      description: 'walk through the latents of a GAN run: a strip of pictures, or an animation',
      load: async () => (await import('./commands/interpolate.js')).interpolate,
    },
    animate: {
      description: 'make one animation of the pictures that a GAN run drew while it trained',
      load: async () => (await import('./commands/animate.js')).animate,
    },
    examine: {
      description:
        'show the training images nearest to what a GAN draws, and which classes it draws',
      load: async () => (await import('./commands/examine.js')).examine,
    },
    evaluate: {
      description: 'measure how near a GAN comes to real images',
      load: async () => (await import('./commands/evaluate.js')).evaluateGan(judges),
    },
  },
});
