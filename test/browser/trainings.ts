/**
 * Small trainings that run wherever steps do: in Node, and bundled in a page.
 */
import type { GanConfig } from '../../gan/config.js';
import { ganPresets } from '../../gan/presets.js';
import type { ImageDataset } from '../../src/data/dataset.js';
import { RandomStream } from '../../src/random.js';

/** How many steps are compared. */
export const steps = 20;

const stage = { channels: 6, numBlocks: 1, tokenDim: 4, channelDim: 5 };

export const config: GanConfig = {
  ...ganPresets['mnist-quick']!,
  batchSize: 8,
  steps,
  generator: {
    arch: 'mixer',
    latentDim: 3,
    stages: [stage, { ...stage, channels: 4 }],
    upsamplingKernel: 4,
    refineChannels: 3,
  },
  discriminator: { arch: 'mixer', stem: 'conv', patch: 4, ...stage },
  penalty: { kind: 'r1+r2', gamma: 1, finalShare: 1, every: 4 },
  logEvery: 1,
  pictureEvery: 100,
  saveEvery: 10,
};

const noise = (name: string, count: number): ImageDataset => {
  const random = RandomStream.fromSeed(1).split(name);
  return {
    name,
    images: Uint8Array.from({ length: count * 64 }, () => random.integer(256)),
    labels: undefined,
    ...{ count, height: 8, width: 8, channels: 1, classNames: [] },
  };
};

export const data = { train: noise('train', 40), test: noise('test', 8) };
