/**
 * The stack of feed-forward layers of "Do You Even Need Attention?" (Melas-Kyriazi 2021,
 * https://arxiv.org/abs/2105.02723): a ViT whose attention is replaced by an MLP over the tokens.
 *
 * As in the author's code, channels are mixed first, the tokens' LayerNorm is over the tokens, and
 * the tokens learn their places. Unlike there, the head sees the mean of the tokens, as in the rest
 * of this family, and no class token.
 *
 * Axes: B batch, S tokens, C channels.
 */
import type * as tfl from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { size } from '../config/numbers.js';
import * as kit from './architecture.js';
import { channelMixing } from './channel-mixing.js';
import { layerNorm } from './layer-norm.js';
import { mlp } from './mlp.js';
import type { BuildOptions } from './options.js';
import { overTokens } from './over-tokens.js';
import { residual } from './residual.js';
import { tokenClassifier } from './token-classifier.js';

export interface FeedForwardBlockOptions extends BuildOptions {
  /** Hidden width of the MLP over the tokens. Default 4 S. */
  readonly tokenDim?: number;
  /** Hidden width of the MLP over the channels. Default 4 C. */
  readonly channelDim?: number;
}

/**
 * x ← x + channelMlp(LN(x)), then x ← x + tokenMlp(LN(xᵀ))ᵀ.
 *
 * @param x [B, S, C]
 * @returns [B, S, C]
 */
export function feedForwardBlock(
  x: tfl.SymbolicTensor,
  options: FeedForwardBlockOptions,
): tfl.SymbolicTensor {
  const { name } = options;
  const [, numTokens, width] = x.shape as [null, number, number];
  const { tokenDim = 4 * numTokens, channelDim = 4 * width } = options;
  const mixed = channelMixing(x, { ...options, hiddenDim: channelDim }, 0);
  const tokens = overTokens(mixed, name, (transposed) =>
    mlp(layerNorm(transposed, `${name}/layer_norm_1`, options), {
      ...options,
      name: `${name}/token_mixing`,
      hiddenDim: tokenDim,
    }),
  );
  return residual(mixed, tokens, { ...options, name: `${name}/token_residual` });
}

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

/**
 * @param config sizes of the model, form of GELU, LayerNorm's ε
 * @param options first values of the weights, dropout
 * @returns a model from images [B, H, W, C_in] to logits [B, numClasses]
 * @throws UsageError when the patch does not divide the image
 */
export function feedForward(
  config: FeedForwardConfig,
  options: kit.ModelOptions = {},
): tfl.LayersModel {
  return tokenClassifier(config, options, {
    name: 'feed_forward',
    positions: true,
    block: (x, shared) => feedForwardBlock(x, { ...config, ...shared }),
  });
}

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

export const feedForwardArchitecture: kit.Architecture<typeof schema> = {
  schema,
  build: feedForward,
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
