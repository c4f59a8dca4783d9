/**
 * What the stack of feed-forward layers can be told, and its published sizes (Melas-Kyriazi 2021,
 * https://arxiv.org/abs/2105.02723).
 */
import { z } from 'zod';
import { size } from '../../config/numbers.js';
import * as kit from '../architecture.js';

const schema = z.strictObject({
  ...kit.tokenKeys,
  tokenDim: size()
    .exactOptional()
    .describe('hidden width of the MLPs over the tokens; default 4 S'),
  channelDim: size()
    .exactOptional()
    .describe('hidden width of the channel-mixing MLPs; default 4 C'),
  ...kit.layerNormKeys,
});

export type FeedForwardConfig = z.output<typeof schema> & kit.ModelSizes;

const published = (patch: number, channels: number, numBlocks: number): FeedForwardConfig => ({
  ...kit.imageNet,
  patch,
  channels,
  tokenDim: 4 * (224 / patch) ** 2,
  channelDim: 4 * channels,
  numBlocks,
});

/** The paper's sizes without a class token, at 224 × 224 × 3 with a head of 1,000 classes. */
export const feedForwardSizes = {
  'ff-ti': published(16, 192, 12),
  'ff-b': published(16, 768, 12),
  'ff-l': published(32, 1024, 24),
} as const;

export const feedForwardConfigs: kit.Configurations<typeof schema> = {
  schema,
  defaults: {
    ...kit.tokenDefaults,
    channels: 56,
    tokenDim: 196,
    channelDim: 224,
    numBlocks: 2,
    layerNormEpsilon: 1e-6,
  },
  sizes: feedForwardSizes,
};
