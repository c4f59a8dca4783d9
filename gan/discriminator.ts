/**
 * The discriminator of the MLP-MixGAN: a Mixer with one logit.
 *
 * Axes: B batch, H × W image, S tokens, C channels.
 */

import * as tfl from '@tensorflow/tfjs-layers';
import type { ImageShape } from '../src/data/dataset.js';
import { mixerBlock } from '../src/mixer/block.js';
import { defaultInitialisation } from '../src/mixer/initialisation.js';
import { layerNorm } from '../src/mixer/layer-norm.js';
import { stems } from '../src/mixer/stem.js';
import type { StemKind } from '../src/mixer/stem-kinds.js';
import { logit } from './conditioning.js';
import type { PlayerOptions } from './generator.js';

export interface DiscriminatorConfig {
  readonly stem: StemKind;
  /** Pixels to a side that one token stands for, P. */
  readonly patch: number;
  /** Channels of a token, C. */
  readonly channels: number;
  readonly numBlocks: number;
  readonly tokenDim: number;
  readonly channelDim: number;
}

/**
 * @param imageShape [H, W, C_in]
 * @returns a model from images [B, H, W, C_in] in −1 … 1, and labels [B, K] with `numClasses`, to logits
 *   [B, 1], higher for real
 * @throws UsageError when the patch does not suit the stem or divide the image
 */
export function buildDiscriminator(
  config: DiscriminatorConfig,
  imageShape: ImageShape,
  options: Partial<PlayerOptions> = {},
): tfl.LayersModel {
  const init = options.init ?? defaultInitialisation();
  const shared = { ...options, init };
  const image = tfl.input({ shape: [...imageShape], name: 'image' });
  let x = stems[config.stem](image, { ...shared, ...config, name: 'stem' }); // [B, S, C]
  for (let i = 0; i < config.numBlocks; i++) {
    x = mixerBlock(x, { ...shared, ...config, name: `block_${i}` });
  }
  x = layerNorm(x, 'pre_head_layer_norm', shared);
  x = tfl.layers.globalAveragePooling1d({ name: 'mean' }).apply(x) as tfl.SymbolicTensor; // [B, C]
  const { inputs, verdict } = logit(x, options.numClasses, init);
  return tfl.model({
    inputs: [image, ...inputs],
    outputs: verdict,
    name: options.name ?? 'discriminator',
  });
}
