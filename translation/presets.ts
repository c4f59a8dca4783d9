import { players, type TranslationConfig } from './config.js';

const base: Omit<TranslationConfig, 'preset' | 'data' | 'steps'> = {
  kind: 'translation',
  seed: 0,
  batchSize: 8,
  ...players.mixer,
  loss: 'lsgan',
  cycleWeight: 10,
  identityWeight: 1,
  poolSize: 50,
  augmentation: { flip: true, shift: 2 },
  optimiser: {
    generatorRate: 2e-4,
    discriminatorRate: 2e-4,
    constantShare: 0.5,
    beta1: 0.5,
    beta2: 0.999,
  },
  emaDecay: 0.998,
  logEvery: 20,
  pictureEvery: 500,
  saveEvery: 500,
};

/** What `--arch cyclegan` replaces of a preset: the convolutional baseline, with the paper's players. */
export const cycleganRecipe: Pick<TranslationConfig, 'generator' | 'discriminator'> =
  players.cyclegan;

/** By name. */
export const translationPresets: Readonly<Record<string, TranslationConfig>> = {
  folders: { ...base, preset: 'folders', data: 'data/domains', imageSize: 32, steps: 10_000 },
};
