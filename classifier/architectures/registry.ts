/**
 * The architectures by name: what builds their models.
 */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Build, ModelOptions, ModelSizes } from '../../src/mixer/architecture.js';
import { feedForward } from '../../src/mixer/ff.js';
import { gMlp } from '../../src/mixer/gmlp.js';
import { mlpMixer } from '../../src/mixer/mixer.js';
import { resMlp } from '../../src/mixer/resmlp.js';
import { vit } from '../../src/mixer/vit.js';
import { cnn } from './cnn.js';
import type { Architectures, ModelConfig } from './configs.js';
import { resNet } from './resnet.js';

const builders: { readonly [N in keyof Architectures]: Build<Architectures[N]> } = {
  mixer: mlpMixer,
  resmlp: resMlp,
  gmlp: gMlp,
  ff: feedForward,
  vit,
  resnet: resNet,
  cnn,
};

/**
 * Every architecture ends in a dense layer called `head`; what goes into it are its features.
 *
 * @returns a model from images [B, H, W, C_in], in 0 … 255 where `options.scaling` says so, to logits
 *   [B, numClasses]
 * @throws UsageError when the model does not fit the images
 */
export const buildModel = (
  { arch, ...config }: ModelConfig,
  sizes: ModelSizes,
  options: ModelOptions = {},
): LayersModel => (builders[arch] as Build)({ ...config, ...sizes }, options);
