/**
 * The smallest GANs there are, on images of 8 × 8.
 */
import type { GanConfig } from '../../gan/config.js';
import { ganPresets } from '../../gan/presets.js';
import type { ImageDataset } from '../../src/data/dataset.js';
import { RandomStream } from '../../src/random.js';

export const imageShape = [8, 8, 1] as const;

const stage = { channels: 4, numBlocks: 1, tokenDim: 4, channelDim: 5 };

/** How far engines drift apart follows from the rates: those of a preset are not to move that. */
export const slowOptimiser: GanConfig['optimiser'] = {
  ...ganPresets['mnist-quick']!.optimiser,
  generatorRate: 1e-3,
  discriminatorRate: 1e-3,
};

export const tinyMixers: GanConfig = {
  ...ganPresets['mnist-quick']!,
  batchSize: 4,
  steps: 3,
  optimiser: slowOptimiser,
  generator: {
    arch: 'mixer',
    latentDim: 3,
    stages: [stage, { ...stage, numBlocks: 0 }],
    upsamplingKernel: 4,
  },
  discriminator: { arch: 'mixer', stem: 'conv', patch: 4, ...stage },
  loss: 'relativistic',
  updates: 'alternating',
  penalty: { kind: 'r1+r2', gamma: 1, finalShare: 1, every: 2 },
  logEvery: 1,
  pictureEvery: 100,
  saveEvery: 100,
};

export const tinyDcgans: GanConfig = {
  ...tinyMixers,
  generator: { arch: 'dcgan', latentDim: 3, channels: [6, 4], norm: 'batch' },
  discriminator: { arch: 'dcgan', channels: [4, 6], norm: 'none' },
};

/** `count` labelled images of 8 × 8 that show nothing. */
export function noisyDigits(name: string, count: number): ImageDataset {
  const random = RandomStream.fromSeed(1).split(name);
  return {
    name,
    images: Uint8Array.from({ length: count * 64 }, () => random.integer(256)),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 3),
    count,
    height: 8,
    width: 8,
    channels: 1,
    classNames: ['zero', 'one', 'two'],
  };
}
