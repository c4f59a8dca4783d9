/**
 * The MLP-Mixer classifier (Tolstikhin et al. 2021, https://arxiv.org/abs/2105.01601).
 */
import type * as tfl from '@tensorflow/tfjs-layers';
import type { ModelOptions } from './architecture.js';
import { mixerBlock } from './block.js';
import type { MixerConfig } from './configs/mixer.js';
import { tokenClassifier } from './token-classifier.js';

/**
 * @param config sizes of the model, form of GELU, LayerNorm's ε
 * @param options first values of the weights, dropout
 * @returns a model from images [B, H, W, C_in] to logits [B, numClasses]
 * @throws UsageError when the patch does not divide the image
 */
export function mlpMixer(config: MixerConfig, options: ModelOptions = {}): tfl.LayersModel {
  return tokenClassifier(config, options, {
    name: 'mlp_mixer',
    block: (x, shared) => mixerBlock(x, { ...config, ...shared }),
  });
}
