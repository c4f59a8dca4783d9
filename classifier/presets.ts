import { noAugmentation } from './augmentation.js';
import type { ClassifierConfig } from './config.js';

const base: Omit<ClassifierConfig, 'preset'> = {
  kind: 'classifier',
  data: 'mnist',
  normalise: 'unit',
  seed: 0,
  steps: 2000,
  batchSize: 64,
  model: { arch: 'mixer', patch: 4, channels: 64, tokenDim: 64, channelDim: 128, numBlocks: 4 },
  optimiser: {
    kind: 'adam',
    rate: 2e-3,
    finalShare: 0.01,
    warmupSteps: 100,
    schedule: 'cosine',
    beta1: 0.9,
    beta2: 0.99,
  },
  clipNorm: 0,
  accumulate: 1,
  emaDecay: 0,
  stochasticDepth: 0,
  dropout: 0,
  classWeights: 'none',
  // Digits keep their meaning under small changes of pose, not under flips.
  augmentation: { ...noAugmentation, rotateDegrees: 10, translatePixels: 2, scale: 0.1 },
  mixupAlpha: 0,
  logEvery: 10,
  evaluateEvery: 500,
  saveEvery: 250,
  patience: 0,
};

/** By name; those called `extractor-…` make the files of `extractors/`. */
export const classifierPresets: Readonly<Record<string, ClassifierConfig>> = {
  'digits-quick': { ...base, preset: 'digits-quick' },
  digits: {
    ...base,
    preset: 'digits',
    steps: 28_000,
    // In the same short time, patches of 7 × 7 came to 97.7% and patches of 4 × 4 to 96.3%.
    model: { arch: 'mixer', patch: 7, channels: 128, tokenDim: 64, channelDim: 256, numBlocks: 4 },
    optimiser: {
      kind: 'adamw',
      rate: 2e-3,
      finalShare: 0.01,
      warmupSteps: 500,
      schedule: 'cosine',
      beta1: 0.9,
      beta2: 0.99,
      weightDecay: 0.05,
    },
    clipNorm: 1,
    emaDecay: 0.999,
    augmentation: {
      ...base.augmentation,
      shearDegrees: 10,
      elastic: { pixels: 1, spacing: 7 },
    },
    logEvery: 20,
    evaluateEvery: 1000,
    saveEvery: 500,
  },
  'extractor-cnn': {
    ...base,
    preset: 'extractor-cnn',
    steps: 8000,
    model: { arch: 'cnn', channels: [32, 64, 128], features: 64 },
  },
  'extractor-mixer': { ...base, preset: 'extractor-mixer', steps: 6000 },
};
