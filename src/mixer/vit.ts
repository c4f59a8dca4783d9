/**
 * The Vision Transformer (Dosovitskiy et al. 2020, https://arxiv.org/abs/2010.11929), to compare
 * with: the head sees the mean of the tokens, as in the rest of this family, and no class token.
 *
 * Axes: B batch, S tokens, C channels.
 */
import type * as tfl from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { size } from '../config/numbers.js';
import * as kit from './architecture.js';
import { type AttentionOptions, selfAttention } from './attention.js';
import { channelMixing } from './channel-mixing.js';
import { layerNorm } from './layer-norm.js';
import { residual } from './residual.js';
import { tokenClassifier } from './token-classifier.js';

export interface VitBlockOptions extends AttentionOptions {
  /** Hidden width of the MLP. Default 4 C. */
  readonly channelDim?: number;
}

/**
 * x ← x + attention(LN(x)), then x ← x + mlp(LN(x)).
 *
 * @param x [B, S, C]
 * @returns [B, S, C]
 * @throws UsageError when the heads do not divide C
 */
export function vitBlock(x: tfl.SymbolicTensor, options: VitBlockOptions): tfl.SymbolicTensor {
  const { name } = options;
  const { channelDim = 4 * (x.shape.at(-1) as number) } = options;

  const tokens = selfAttention(layerNorm(x, `${name}/layer_norm_0`, options), {
    ...options,
    name: `${name}/attention`,
  });
  const mixed = residual(x, tokens, { ...options, name: `${name}/token_residual` });
  return channelMixing(mixed, { ...options, hiddenDim: channelDim }, 1);
}

const schema = z.strictObject({
  ...kit.tokenKeys,
  heads: size().describe('number of attention heads; divides C'),
  channelDim: size().exactOptional().describe('hidden width of the MLPs; default 4 C'),
  ...kit.layerNormKeys,
});

export type VitConfig = z.output<typeof schema> & kit.ModelSizes;

/**
 * @param config sizes of the model, form of GELU, LayerNorm's ε
 * @param options first values of the weights, dropout
 * @returns a model from images [B, H, W, C_in] to logits [B, numClasses]
 * @throws UsageError when the patch does not divide the image, or the heads do not divide C
 */
export function vit(config: VitConfig, options: kit.ModelOptions = {}): tfl.LayersModel {
  return tokenClassifier(config, options, {
    name: 'vit',
    positions: true,
    block: (x, shared) => vitBlock(x, { ...config, ...shared }),
  });
}

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

export const vitArchitecture: kit.Architecture<typeof schema> = {
  schema,
  build: vit,
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
