import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Drops } from '../../src/mixer/dropout.js';
import type { Initialisation } from '../../src/mixer/initialisation.js';
import { cnn } from './cnn.js';
import { buildFeedForward } from './ff.js';
import { buildGMlp } from './gmlp.js';
import { buildMixer } from './mixer.js';
import { buildResMlp } from './resmlp.js';
import { buildResNet } from './resnet.js';
import type { ModelConfig } from './schema.js';
import type { ModelSizes } from './sizes.js';
import { buildVit } from './vit.js';

/**
 * Every architecture ends in a dense layer called `head`; what goes into it are its features.
 *
 * @param drops dropout and stochastic depth, for the architectures that have branches and MLPs
 * @returns a model from images [B, H, W, C_in] in −1 … 1 to logits [B, numClasses]
 * @throws UsageError when the model does not fit the images
 */
export function buildModel(
  config: ModelConfig,
  sizes: ModelSizes,
  init: Initialisation,
  drops?: Drops,
): LayersModel {
  const parts = { init, drops };
  switch (config.arch) {
    case 'cnn':
      return cnn(config, sizes, init);
    case 'resnet':
      return buildResNet(config, sizes, parts);
    case 'resmlp':
      return buildResMlp(config, sizes, parts);
    case 'gmlp':
      return buildGMlp(config, sizes, parts);
    case 'ff':
      return buildFeedForward(config, sizes, parts);
    case 'vit':
      return buildVit(config, sizes, parts);
    case 'mixer':
    case undefined:
      return buildMixer(config, sizes, parts);
  }
}
