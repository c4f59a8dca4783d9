/**
 * What a ResMLP can be told, and its published sizes (Touvron et al. 2021,
 * https://arxiv.org/abs/2105.03404).
 */
import { z } from 'zod';
import { size } from '../../config/numbers.js';
import * as kit from '../architecture.js';

const schema = z.strictObject({
  ...kit.tokenKeys,
  channelDim: size()
    .exactOptional()
    .describe('hidden width of the channel-mixing MLPs; default 4 C'),
});

export type ResMlpConfig = z.output<typeof schema> & kit.ModelSizes;

const published = (patch: number, channels: number, numBlocks: number): ResMlpConfig => ({
  ...kit.imageNet,
  patch,
  channels,
  channelDim: 4 * channels,
  numBlocks,
});

/** The paper's sizes with known weights, at 224 × 224 × 3 with a head of 1,000 classes. */
export const resMlpSizes = {
  'resmlp-12': published(16, 384, 12),
  'resmlp-24': published(16, 384, 24),
  'resmlp-36': published(16, 384, 36),
  'resmlp-b24': published(8, 768, 24),
} as const;

export const resMlpConfigs: kit.Configurations<typeof schema> = {
  schema,
  defaults: { ...kit.tokenDefaults, channelDim: 160 },
  sizes: resMlpSizes,
};
