/**
 * The MLP-Mixer classifier (Tolstikhin et al. 2021, https://arxiv.org/abs/2105.01601).
 */
import type * as tfl from '@tensorflow/tfjs-layers';
import { mixerBlock } from './block.js';
import {
  type ModelOptions,
  type TokenClassifierConfig,
  tokenClassifier,
} from './token-classifier.js';

export interface MixerConfig extends TokenClassifierConfig {
  /** Hidden width of the token-mixing MLPs, D_S. */
  readonly tokenDim: number;
  /** Hidden width of the channel-mixing MLPs, D_C. */
  readonly channelDim: number;
}

/**
 * @param config sizes of the model
 * @param options first values of the weights, form of GELU, LayerNorm's ε, dropout
 * @returns a model from images [B, H, W, C_in] to logits [B, numClasses]
 * @throws UsageError when the patch does not divide the image
 */
export function mlpMixer(config: MixerConfig, options: ModelOptions = {}): tfl.LayersModel {
  return tokenClassifier(config, options, {
    name: 'mlp_mixer',
    block: (x, shared) => mixerBlock(x, { ...config, ...shared }),
  });
}
