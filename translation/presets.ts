import { players, type TranslationConfig } from './config.js';

const { mixer, cyclegan } = players;

const base: Omit<TranslationConfig, 'preset' | 'data' | 'steps'> = {
  kind: 'translation',
  seed: 0,
  // Many small steps serve better than few large ones.
  batchSize: 4,
  ...mixer,
  generator: { ...mixer.generator, channels: 16, numBlocks: 3, channelDim: 128 },
  loss: 'lsgan',
  penalty: { kind: 'none', gamma: 0, every: 1 },
  // At the paper's 10 a generator that starts as nearly the identity stays it.
  cycleWeight: 5,
  // What is drawn is a change of the image, which keeps its colours without this loss.
  identityWeight: 0,
  poolSize: 50,
  augmentation: { flip: true, shift: 2 },
  optimiser: {
    generatorRate: 5e-4,
    // Higher than the generators': before a discriminator knows its domain there is nothing to learn.
    discriminatorRate: 1e-3,
    constantShare: 0.5,
    beta1: 0.5,
    beta2: 0.999,
  },
  emaDecay: 0.998,
  logEvery: 20,
  pictureEvery: 500,
  saveEvery: 500,
};

/**
 * What `--arch cyclegan` replaces of a preset: the convolutional baseline, with the paper's players and
 * weights of its losses.
 */
export const cycleganRecipe: Pick<
  TranslationConfig,
  | 'generator'
  | 'discriminator'
  | 'loss'
  | 'penalty'
  | 'cycleWeight'
  | 'identityWeight'
  | 'optimiser'
> = {
  ...cyclegan,
  loss: 'lsgan',
  penalty: { kind: 'none', gamma: 0, every: 1 },
  cycleWeight: 10,
  identityWeight: 5,
  optimiser: { ...base.optimiser, generatorRate: 2e-4, discriminatorRate: 2e-4 },
};

/** By name. */
export const translationPresets: Readonly<Record<string, TranslationConfig>> = {
  emoji: { ...base, preset: 'emoji', data: 'emoji:noto,twemoji', imageSize: 32, steps: 10_000 },
  'digits-translation': {
    ...base,
    preset: 'digits-translation',
    data: 'digits:handwritten,printed',
    imageSize: 28,
    steps: 10_000,
    // A mirrored digit is none.
    augmentation: { flip: false, shift: 1 },
  },
};
