/**
 * The Mixer block of "MLP-Mixer: An all-MLP Architecture for Vision"
 * (Tolstikhin et al. 2021, https://arxiv.org/abs/2105.01601), figure 1 and equation 1.
 *
 * Axes: B batch, S tokens (patches), C channels.
 */
import type * as tfl from '@tensorflow/tfjs-layers';
import { channelMixing } from './channel-mixing.js';
import { layerNorm } from './layer-norm.js';
import { mlp } from './mlp.js';
import type { BuildOptions } from './options.js';
import { overTokens } from './over-tokens.js';
import { residual } from './residual.js';

export interface MixerBlockOptions extends BuildOptions {
  /** Hidden width of the token-mixing MLP, D_S in the paper. */
  readonly tokenDim: number;
  /** Hidden width of the channel-mixing MLP, D_C in the paper. */
  readonly channelDim: number;
  /** Factor on the initial scale of both branches' last kernels; 0 starts as the identity. Default 1. */
  readonly branchGain?: number;
}

/**
 * x ← x + tokenMlp(LN(x)ᵀ)ᵀ, then x ← x + channelMlp(LN(x)).
 *
 * @param x [B, S, C]
 * @returns [B, S, C]
 */
export function mixerBlock(x: tfl.SymbolicTensor, options: MixerBlockOptions): tfl.SymbolicTensor {
  const { name, tokenDim, channelDim, branchGain = 1 } = options;
  const common = { ...options, outputGain: branchGain };

  const tokens = overTokens(layerNorm(x, `${name}/layer_norm_0`, options), name, (y) =>
    mlp(y, { ...common, name: `${name}/token_mixing`, hiddenDim: tokenDim }),
  );
  const mixed = residual(x, tokens, { ...options, name: `${name}/token_residual` });
  return channelMixing(mixed, { ...common, hiddenDim: channelDim }, 1);
}
