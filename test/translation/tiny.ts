/**
 * The smallest translations there are, on images of 8 × 8.
 */
import type { ImageDataset } from '../../src/data/dataset.js';
import { RandomStream } from '../../src/random.js';
import { players, type TranslationConfig } from '../../translation/config.js';
import { translationPresets } from '../../translation/presets.js';

export const tinyMixers: TranslationConfig = {
  ...translationPresets.emoji!,
  preset: 'tiny',
  batchSize: 3,
  steps: 3,
  generator: {
    ...players.mixer.generator,
    ...{ channels: 2, halvings: 1, numBlocks: 1, tokenDim: 3, channelDim: 4 },
  },
  discriminator: {
    ...players.mixer.discriminator,
    ...{ channels: 4, numBlocks: 1, tokenDim: 3, channelDim: 4 },
  },
  identityWeight: 1,
  poolSize: 4,
  logEvery: 1,
  pictureEvery: 100,
  saveEvery: 100,
};
delete (tinyMixers as { imageSize?: number }).imageSize;

export const tinyCyclegans: TranslationConfig = {
  ...tinyMixers,
  generator: { ...players.cyclegan.generator, channels: 2, halvings: 1, numBlocks: 1 },
  discriminator: { ...players.cyclegan.discriminator, channels: 2, halvings: 1 },
  identityWeight: 0,
};

/** Whose discriminators are told what images are of. */
export const tinyTold: TranslationConfig = { ...tinyMixers, attributes: ['kind'] };

/** Images of 8 × 8 in two classes, dark ones and bright ones, in turn; of three kinds. */
export function noisyDomains(name: string, count: number): ImageDataset {
  const random = RandomStream.fromSeed(1).split(name);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);
  return {
    name,
    images: Uint8Array.from({ length: count * 64 }, (_, at) => {
      const bright = labels[Math.floor(at / 64)] === 1;
      return random.integer(100) + (bright ? 150 : 0);
    }),
    labels,
    ...{ count, height: 8, width: 8, channels: 1 },
    classNames: ['dark', 'bright'],
    attributes: [
      {
        ...{ name: 'kind', values: ['x', 'y', 'z'] },
        labels: Uint8Array.from({ length: count }, (_, i) => Math.floor(i / 2) % 3),
      },
    ],
  };
}
