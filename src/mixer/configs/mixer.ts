/**
 * What an MLP-Mixer can be told, and its published sizes (Tolstikhin et al. 2021,
 * https://arxiv.org/abs/2105.01601).
 */
import { z } from 'zod';
import { size } from '../../config/numbers.js';
import * as kit from '../architecture.js';

const schema = z.strictObject({
  ...kit.tokenKeys,
  tokenDim: size().describe('hidden width of the token-mixing MLPs, D_S'),
  channelDim: size().describe('hidden width of the channel-mixing MLPs, D_C'),
  ...kit.layerNormKeys,
});

export type MixerConfig = z.output<typeof schema> & kit.ModelSizes;

const published = (
  numBlocks: number,
  channels: number,
  patch: number,
  tokenDim: number,
  channelDim: number,
): MixerConfig => ({ ...kit.imageNet, patch, channels, tokenDim, channelDim, numBlocks });

/** The sizes of the paper's table 1, at 224 × 224 × 3 with a head of 1,000 classes. */
export const mixerSizes = {
  'S/32': published(8, 512, 32, 256, 2048),
  'S/16': published(8, 512, 16, 256, 2048),
  'B/32': published(12, 768, 32, 384, 3072),
  'B/16': published(12, 768, 16, 384, 3072),
  'L/32': published(24, 1024, 32, 512, 4096),
  'L/16': published(24, 1024, 16, 512, 4096),
  'H/14': published(32, 1280, 14, 640, 5120),
} as const;

export type MixerSize = keyof typeof mixerSizes;

const cifar10 = { imageShape: [32, 32, 3], patch: 4, numClasses: 10 } as const;

/** Small models for the 32 × 32 images of CIFAR-10. */
export const cifar10Sizes = {
  /** 1,992,674 parameters, of the first article on a Mixer for CIFAR-10. */
  'cifar10-article': { ...cifar10, channels: 120, tokenDim: 60, channelDim: 480, numBlocks: 16 },
  /** 1,132,170 parameters, of the best training from scratch that is known. */
  'cifar10-small': { ...cifar10, channels: 128, tokenDim: 64, channelDim: 512, numBlocks: 8 },
} as const satisfies Record<string, MixerConfig>;

export const mixerConfigs: kit.Configurations<typeof schema> = {
  schema,
  defaults: { ...kit.tokenDefaults, tokenDim: 64, channelDim: 128, layerNormEpsilon: 1e-6 },
  sizes: { ...mixerSizes, ...cifar10Sizes },
};
