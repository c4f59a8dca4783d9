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
import type { ModelOptions } from './architecture.js';
import { channelMixing } from './channel-mixing.js';
import type { FeedForwardConfig } from './configs/ff.js';
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

/**
 * @param config sizes of the model, form of GELU, LayerNorm's ε
 * @param options first values of the weights, dropout
 * @returns a model from images [B, H, W, C_in] to logits [B, numClasses]
 * @throws UsageError when the patch does not divide the image
 */
export function feedForward(
  config: FeedForwardConfig,
  options: ModelOptions = {},
): tfl.LayersModel {
  return tokenClassifier(config, options, {
    name: 'feed_forward',
    positions: true,
    block: (x, shared) => feedForwardBlock(x, { ...config, ...shared }),
  });
}
