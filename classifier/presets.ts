import type { ClassifierConfig } from './config.js';

const base: Omit<ClassifierConfig, 'preset'> = {
  kind: 'classifier',
  data: 'mnist',
  seed: 0,
  steps: 2000,
  batchSize: 64,
  model: { arch: 'mixer', patch: 4, channels: 64, tokenDim: 64, channelDim: 128, numBlocks: 4 },
  optimiser: { rate: 2e-3, finalShare: 0.01, warmupSteps: 100, beta1: 0.9, beta2: 0.99 },
  // Digits keep their meaning under small changes of pose, not under flips.
  augmentation: { rotateDegrees: 10, translatePixels: 2, scale: 0.1 },
  mixupAlpha: 0,
  logEvery: 10,
  evaluateEvery: 500,
  saveEvery: 250,
};

/** By name; those called `extractor-…` make the files of `extractors/`. */
export const classifierPresets: Readonly<Record<string, ClassifierConfig>> = {
  'digits-quick': { ...base, preset: 'digits-quick' },
  'extractor-cnn': {
    ...base,
    preset: 'extractor-cnn',
    steps: 8000,
    model: { arch: 'cnn', channels: [32, 64, 128], features: 64 },
  },
  'extractor-mixer': { ...base, preset: 'extractor-mixer', steps: 6000 },
};
