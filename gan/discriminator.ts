/**
 * The discriminator of the MLP-MixGAN: a Mixer with one logit.
 *
 * Axes: B batch, H × W image, S tokens, C channels.
 */

import * as tfl from '@tensorflow/tfjs-layers';
import {
  judgedTokens,
  type MixerDiscriminatorConfig,
} from '../src/adversarial/mixer-discriminator.js';
import type { ImageShape } from '../src/data/dataset.js';
import { labelInputs } from '../src/mixer/embedding.js';
import { defaultInitialisation } from '../src/mixer/initialisation.js';
import { logit } from './conditioning.js';
import {
  featureNetworkOf,
  featureVerdicts,
  freezeFeatureNetwork,
  type WithFeatureNetwork,
} from './feature-network.js';
import type { PlayerOptions } from './generator.js';

export type DiscriminatorConfig = MixerDiscriminatorConfig & WithFeatureNetwork;

/**
 * @param imageShape [H, W, C_in]
 * @returns a model from images [B, H, W, C_in] in −1 … 1, and labels [B, K] with `numClasses`, to logits
 *   [B, 1], higher for real; with a feature network [B, V], a verdict on the image and one on each thing that
 *   the network makes of it, all told the label. Losses are means over them: added up, the surest would
 *   speak for all
 * @throws UsageError when a patch does not suit its stem, or divide the image or the grid before it
 */
export function buildDiscriminator(
  config: DiscriminatorConfig,
  imageShape: ImageShape,
  options: Partial<PlayerOptions> = {},
): tfl.LayersModel {
  const init = options.init ?? defaultInitialisation();
  const image = tfl.input({ shape: [...imageShape], name: 'image' });
  const tokens = judgedTokens(image, config, { ...options, init }); //          [B, S, C]
  const mean = tfl.layers
    .globalAveragePooling1d({ name: 'mean' })
    .apply(tokens) as tfl.SymbolicTensor; //                                    [B, C]
  const labels = labelInputs(options.numClasses);
  const [label] = labels;
  const verdict = logit(mean, label, { init });
  const network = featureNetworkOf(config);
  const others = network
    ? featureVerdicts(image, label, network, config, { ...options, init })
    : [];
  const model = tfl.model({
    inputs: [image, ...labels],
    outputs: sideBySide([verdict, ...others]),
    name: options.name ?? 'discriminator',
  });
  freezeFeatureNetwork(model);
  return model;
}

/** [B, 1] each → [B, V] */
const sideBySide = (verdicts: readonly tfl.SymbolicTensor[]): tfl.SymbolicTensor =>
  verdicts.length === 1
    ? verdicts[0]!
    : (tfl.layers.concatenate({ name: 'verdicts' }).apply([...verdicts]) as tfl.SymbolicTensor);
