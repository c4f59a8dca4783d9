import { officialSizes } from './architectures/configs.js';
import { noAugmentation } from './augmentation.js';
import type { ClassifierConfig } from './config.js';

const adam = {
  kind: 'adam',
  rate: 2e-3,
  finalShare: 0.01,
  warmupSteps: 100,
  schedule: 'cosine',
  beta1: 0.9,
  beta2: 0.99,
} as const;

/** A plain training on the digits, which presets change. */
export const plainTraining: Omit<ClassifierConfig, 'preset'> = {
  kind: 'classifier',
  data: 'mnist',
  normalise: 'unit',
  seed: 0,
  steps: 2000,
  batchSize: 64,
  model: { arch: 'mixer', patch: 4, channels: 64, tokenDim: 64, channelDim: 128, numBlocks: 4 },
  optimiser: adam,
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

/** One pass over CIFAR-10's 50,000 training images in batches of 128. */
const cifarEpoch = 391;

/** What trainings on CIFAR-10 share; its folder is what the binary archive unpacks to. */
const cifar: Omit<ClassifierConfig, 'preset' | 'steps' | 'model'> = {
  ...plainTraining,
  data: 'cifar-10-batches-bin',
  normalise: 'dataset',
  batchSize: 128,
  augmentation: { ...noAugmentation, cropPadding: 4, flip: 0.5 },
  logEvery: 50,
  evaluateEvery: cifarEpoch,
  saveEvery: cifarEpoch,
};

const extractorCnn: ClassifierConfig['model'] = {
  arch: 'cnn',
  channels: [32, 64, 128],
  features: 64,
};

/** By name; those called `extractor-…` make the classifiers of `models/`. */
export const classifierPresets: Readonly<Record<string, ClassifierConfig>> = {
  'digits-quick': {
    ...plainTraining,
    preset: 'digits-quick',
    // Chosen on 2,000 training digits that were held out for it, one run each of about the same time:
    // patches of 7 × 7 came to 97.95%, with overlap to 98.20%, this stem to 98.55%, at this rate to 98.85%.
    model: {
      arch: 'mixer',
      patch: 4,
      stem: 'conv',
      channels: 64,
      tokenDim: 64,
      channelDim: 128,
      numBlocks: 2,
    },
    optimiser: { ...adam, kind: 'adamw', rate: 4e-3, weightDecay: 0.05 },
    augmentation: { ...plainTraining.augmentation, shearDegrees: 10 },
  },
  digits: {
    ...plainTraining,
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
      ...plainTraining.augmentation,
      shearDegrees: 10,
      elastic: { pixels: 1, spacing: 7 },
    },
    logEvery: 20,
    evaluateEvery: 1000,
    saveEvery: 500,
  },
  'extractor-cnn': {
    ...plainTraining,
    preset: 'extractor-cnn',
    steps: 8000,
    model: extractorCnn,
  },
  'extractor-mixer': { ...plainTraining, preset: 'extractor-mixer', steps: 6000 },
  // Of a face's glasses, or the colour of its hair, there is less to learn than of all hair there is.
  'extractor-attribute': {
    ...plainTraining,
    preset: 'extractor-attribute',
    steps: 2500,
    model: extractorCnn,
  },
  // A constant small rate and light augmentation, as in the first article on a Mixer for CIFAR-10.
  'cifar10-article': {
    ...cifar,
    preset: 'cifar10-article',
    steps: 100 * cifarEpoch,
    model: officialSizes['cifar10-article']!.model,
    optimiser: { ...adam, rate: 1e-4, finalShare: 1, warmupSteps: 0, beta2: 0.999 },
  },
  // After the training from scratch that is known to have come furthest, 90.83%, with AdamW in place
  // of Adam and RandAugment in place of AutoAugment.
  'cifar10-small': {
    ...cifar,
    preset: 'cifar10-small',
    steps: 300 * cifarEpoch,
    model: officialSizes['cifar10-small']!.model,
    optimiser: {
      kind: 'adamw',
      rate: 1e-3,
      finalShare: 1e-3,
      warmupSteps: 5 * cifarEpoch,
      schedule: 'cosine',
      beta1: 0.9,
      beta2: 0.99,
      weightDecay: 0.05,
    },
    augmentation: {
      ...cifar.augmentation,
      randAugment: { ops: 2, magnitude: 9 },
      cutMix: { probability: 0.5, alpha: 1 },
      labelSmoothing: 0.1,
    },
  },
};
