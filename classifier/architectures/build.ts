import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Initialisation } from '../../src/mixer/initialisation.js';
import { mlpMixer } from '../../src/mixer/mixer.js';
import { cnn } from './cnn.js';
import type { ModelConfig } from './schema.js';
import type { ModelSizes } from './sizes.js';

/**
 * Every architecture ends in a dense layer called `head`; what goes into it are its features.
 *
 * @returns a model from images [B, H, W, C_in] in −1 … 1 to logits [B, numClasses]
 * @throws UsageError when the model does not fit the images
 */
export function buildModel(
  config: ModelConfig,
  sizes: ModelSizes,
  init: Initialisation,
): LayersModel {
  switch (config.arch) {
    case 'cnn':
      return cnn(config, sizes, init);
    case 'mixer':
    case undefined:
      return mlpMixer({ ...config, ...sizes }, { init });
  }
}
