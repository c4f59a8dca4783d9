/**
 * A plain convolutional network, the Mixer's yardstick: a trunk of convolutions, and a linear head that
 * starts at zero.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import type { ModelOptions } from '../../src/mixer/architecture.js';
import { convTrunk } from '../../src/mixer/conv-trunk.js';
import { dense } from '../../src/mixer/dense.js';
import { defaultInitialisation } from '../../src/mixer/initialisation.js';
import { imageInput } from '../../src/mixer/rescaling.js';
import type { CnnConfig } from './configs/cnn.js';

/** @returns a model from images [B, H, W, C_in] to logits [B, numClasses] */
export function cnn(
  { imageShape, numClasses, ...sizes }: CnnConfig,
  { name, init = defaultInitialisation(), scaling }: ModelOptions = {},
): tfl.LayersModel {
  const { image, x } = imageInput(imageShape, scaling);
  const logits = dense(convTrunk(x, sizes, { init }).features, {
    name: 'head',
    units: numClasses,
    kernelInitializer: init.scaledKernel('head', 0),
  });
  return tfl.model({ inputs: image, outputs: logits, name: name ?? 'cnn' });
}
