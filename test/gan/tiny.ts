/**
 * The smallest GANs there are, on images of 8 × 8.
 */
import type { GanConfig } from '../../gan/config.js';
import { ganPresets } from '../../gan/presets.js';

export const imageShape = [8, 8, 1] as const;

const stage = { channels: 4, numBlocks: 1, tokenDim: 4, channelDim: 5 };

export const tinyMixers: GanConfig = {
  ...ganPresets['mnist-quick']!,
  batchSize: 4,
  steps: 3,
  generator: {
    arch: 'mixer',
    latentDim: 3,
    stages: [stage, { ...stage, numBlocks: 0 }],
    upsamplingKernel: 4,
  },
  discriminator: { arch: 'mixer', stem: 'conv', patch: 4, ...stage },
  penalty: { kind: 'r1+r2', gamma: 1, every: 2 },
  logEvery: 1,
  pictureEvery: 100,
  saveEvery: 100,
};

export const tinyDcgans: GanConfig = {
  ...tinyMixers,
  generator: { arch: 'dcgan', latentDim: 3, channels: [6, 4], norm: 'batch' },
  discriminator: { arch: 'dcgan', channels: [4, 6], norm: 'none' },
};
