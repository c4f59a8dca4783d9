/**
 * What a gMLP can be told, and its published sizes (Liu et al. 2021, https://arxiv.org/abs/2105.08050).
 */
import { z } from 'zod';
import { size } from '../../config/numbers.js';
import * as kit from '../architecture.js';

const schema = z.strictObject({
  ...kit.tokenKeys,
  hiddenDim: size(2).describe('width of a block before its gating, D; even'),
  /** Default 1e-6, and 1e-5 in the gates. */
  ...kit.layerNormKeys,
});

export type GMlpConfig = z.output<typeof schema> & kit.ModelSizes;

const published = (channels: number): GMlpConfig => ({
  ...kit.imageNet,
  patch: 16,
  channels,
  hiddenDim: 6 * channels,
  numBlocks: 30,
});

/** The paper's sizes, at 224 × 224 × 3 with a head of 1,000 classes. */
export const gMlpSizes = {
  'gmlp-ti': published(128),
  'gmlp-s': published(256),
  'gmlp-b': published(512),
} as const;

export const gMlpConfigs: kit.Configurations<typeof schema> = {
  schema,
  defaults: { ...kit.tokenDefaults, hiddenDim: 208, layerNormEpsilon: 1e-6 },
  sizes: gMlpSizes,
};
