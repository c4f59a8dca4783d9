import { players, type TranslationConfig } from './config.js';

const { mixer, cyclegan } = players;

const base: Omit<TranslationConfig, 'preset' | 'data' | 'steps'> = {
  kind: 'translation',
  seed: 0,
  batchSize: 16,
  attributes: [],
  ...mixer,
  generator: { ...mixer.generator, channels: 16, numBlocks: 3, channelDim: 128 },
  // Against least squares and no penalty, the paper's, images hardly change.
  loss: 'relativistic',
  penalty: { kind: 'r1+r2', gamma: 1, every: 8 },
  cycleWeight: 10,
  identityWeight: 5,
  poolSize: 50,
  augmentation: { flip: true, shift: 2 },
  optimiser: {
    generatorRate: 1e-3,
    discriminatorRate: 1e-3,
    constantShare: 0.5,
    beta1: 0.5,
    beta2: 0.999,
  },
  emaDecay: 0.998,
  // A multiple of penalty.every, so that every line of metrics has the penalty in it.
  logEvery: 32,
  pictureEvery: 500,
  saveEvery: 500,
};

/**
 * What `--arch cyclegan` replaces of a preset: the convolutional baseline, with the paper's players and
 * weights of its losses, told nothing.
 */
export const cycleganRecipe: Pick<
  TranslationConfig,
  | 'batchSize'
  | 'attributes'
  | 'generator'
  | 'discriminator'
  | 'loss'
  | 'penalty'
  | 'cycleWeight'
  | 'identityWeight'
  | 'optimiser'
> = {
  ...cyclegan,
  batchSize: 4,
  attributes: [],
  loss: 'lsgan',
  penalty: { kind: 'none', gamma: 0, every: 1 },
  cycleWeight: 10,
  identityWeight: 5,
  optimiser: { ...base.optimiser, generatorRate: 2e-4, discriminatorRate: 2e-4 },
};

/** By name. */
export const translationPresets: Readonly<Record<string, TranslationConfig>> = {
  emoji: {
    ...base,
    preset: 'emoji',
    data: 'emoji:noto,twemoji',
    imageSize: 32,
    steps: 5000,
    // Changes of a picture keep its every edge, which the true counterpart has elsewhere.
    generator: { ...base.generator, skip: false, residual: false },
  },
  'digits-translation': {
    ...base,
    preset: 'digits-translation',
    data: 'digits:handwritten,printed',
    imageSize: 28,
    steps: 14_000,
    // Told nothing, eights become threes: the cycle brings them back all the same.
    attributes: ['digit'],
    // Strokes are the same in both: a change of them is learned in less time than a drawing anew. It starts
    // as nearly the identity, and with heavier weights would stay it; colours there are none to keep.
    cycleWeight: 2,
    identityWeight: 0,
    optimiser: { ...base.optimiser, generatorRate: 2e-3 },
    // A mirrored digit is none.
    augmentation: { flip: false, shift: 1 },
  },
};
