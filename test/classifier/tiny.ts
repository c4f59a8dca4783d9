/** The smallest classifier there is, of images of 8 × 8 that show nothing. */
import type { ClassifierConfig } from '../../classifier/config.js';
import { classifierPresets } from '../../classifier/presets.js';

export const tinyTask = { imageShape: [8, 8, 1], classNames: ['a', 'b', 'c'] } as const;

/** Adam would turn rounding noise in gradients that should be zero into steps of its rate. */
export const tinySgd = {
  kind: 'sgd',
  rate: 1,
  finalShare: 1,
  warmupSteps: 0,
  schedule: 'cosine',
  momentum: 0.9,
  nesterov: false,
  weightDecay: 0.01,
} as const;

export const tinyClassifier: ClassifierConfig = {
  ...classifierPresets['digits-quick']!,
  model: { arch: 'mixer', patch: 4, channels: 6, tokenDim: 5, channelDim: 7, numBlocks: 1 },
  optimiser: tinySgd,
};
