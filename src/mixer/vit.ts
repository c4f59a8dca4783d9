/**
 * The Vision Transformer (Dosovitskiy et al. 2020, https://arxiv.org/abs/2010.11929), to compare
 * with: the head sees the mean of the tokens, as in the rest of this family, and no class token.
 *
 * Axes: B batch, S tokens, C channels.
 */
import type * as tfl from '@tensorflow/tfjs-layers';
import type { ModelOptions } from './architecture.js';
import { type AttentionOptions, selfAttention } from './attention.js';
import { channelMixing } from './channel-mixing.js';
import type { VitConfig } from './configs/vit.js';
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

/**
 * @param config sizes of the model, form of GELU, LayerNorm's ε
 * @param options first values of the weights, dropout
 * @returns a model from images [B, H, W, C_in] to logits [B, numClasses]
 * @throws UsageError when the patch does not divide the image, or the heads do not divide C
 */
export function vit(config: VitConfig, options: ModelOptions = {}): tfl.LayersModel {
  return tokenClassifier(config, options, {
    name: 'vit',
    positions: true,
    block: (x, shared) => vitBlock(x, { ...config, ...shared }),
  });
}
