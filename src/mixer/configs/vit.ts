/**
 * What a Vision Transformer can be told, and its published sizes (Dosovitskiy et al. 2020,
 * https://arxiv.org/abs/2010.11929).
 */
import { z } from 'zod';
import { size } from '../../config/numbers.js';
import * as kit from '../architecture.js';

const schema = z.strictObject({
  ...kit.tokenKeys,
  heads: size().describe('number of attention heads; divides C'),
  channelDim: size().exactOptional().describe('hidden width of the MLPs; default 4 C'),
  ...kit.layerNormKeys,
});

export type VitConfig = z.output<typeof schema> & kit.ModelSizes;

const published = (channels: number, heads: number): VitConfig => ({
  ...kit.imageNet,
  patch: 16,
  channels,
  heads,
  channelDim: 4 * channels,
  numBlocks: 12,
});

/** The paper's sizes without a class token, at 224 × 224 × 3 with a head of 1,000 classes. */
export const vitSizes = {
  'vit-ti': published(192, 3),
  'vit-s': published(384, 6),
  'vit-b': published(768, 12),
} as const;

export const vitConfigs: kit.Configurations<typeof schema> = {
  schema,
  defaults: {
    ...kit.tokenDefaults,
    channels: 48,
    heads: 4,
    channelDim: 192,
    numBlocks: 3,
    layerNormEpsilon: 1e-6,
  },
  sizes: vitSizes,
};
