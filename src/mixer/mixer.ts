/**
 * The MLP-Mixer classifier (Tolstikhin et al. 2021, https://arxiv.org/abs/2105.01601): stem, Mixer
 * blocks, LayerNorm, mean over the tokens, a linear head that starts at zero.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import { layerNorm, mixerBlock } from './block.js';
import { defaultInitialisation } from './initialisation.js';
import type { BuildOptions } from './options.js';
import { patchStem } from './stem.js';

export interface MixerConfig {
  /** [H, W, C_in] */
  readonly imageShape: readonly [number, number, number];
  /** Side of a patch, P. */
  readonly patch: number;
  /** Channels of a token, C. */
  readonly channels: number;
  /** Hidden width of the token-mixing MLPs, D_S. */
  readonly tokenDim: number;
  /** Hidden width of the channel-mixing MLPs, D_C. */
  readonly channelDim: number;
  /** Number of Mixer blocks, L. */
  readonly numBlocks: number;
  /** Length of the logits. */
  readonly numClasses: number;
}

/**
 * @param config sizes of the model
 * @param options first values of the weights, form of GELU, LayerNorm's ε
 * @returns a model from images [B, H, W, C_in] to logits [B, numClasses]
 * @throws UsageError when the patch does not divide the image
 */
export function mlpMixer(
  config: MixerConfig,
  options: Omit<BuildOptions, 'name'> & { readonly name?: string } = {},
): tfl.LayersModel {
  const init = options.init ?? defaultInitialisation();
  const shared = { ...options, init };
  const image = tfl.input({ shape: [...config.imageShape], name: 'image' });
  let x = patchStem(image, { ...shared, ...config, name: 'stem' }); //        [B, S, C]
  for (let i = 0; i < config.numBlocks; i++) {
    x = mixerBlock(x, { ...shared, ...config, name: `block_${i}` });
  }
  x = layerNorm(x, 'pre_head_layer_norm', shared);
  x = tfl.layers.globalAveragePooling1d({ name: 'mean' }).apply(x) as tfl.SymbolicTensor; // [B, C]
  const logits = tfl.layers
    .dense({
      units: config.numClasses,
      kernelInitializer: init.scaledKernel('head', 0),
      name: 'head',
    })
    .apply(x) as tfl.SymbolicTensor;
  return tfl.model({ inputs: image, outputs: logits, name: options.name ?? 'mlp_mixer' });
}
