/**
 * A plain convolutional network, the Mixer's yardstick: 3 × 3 convolutions of stride 2 with ReLU, one
 * dense layer of features with GELU, a linear head that starts at zero.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import type { ModelOptions } from '../../src/mixer/architecture.js';
import { convolution } from '../../src/mixer/convolution.js';
import { dense } from '../../src/mixer/dense.js';
import { defaultInitialisation } from '../../src/mixer/initialisation.js';
import { imageInput } from '../../src/mixer/rescaling.js';
import type { CnnConfig } from './configs/cnn.js';

/** ReLU and GELU halve the power that passes; kernels start that much larger (He et al. 2015). */
const gain = Math.SQRT2;

/** @returns a model from images [B, H, W, C_in] to logits [B, numClasses] */
export function cnn(
  { channels, features, imageShape, numClasses }: CnnConfig,
  { name, init = defaultInitialisation(), scaling }: ModelOptions = {},
): tfl.LayersModel {
  const { image, x: pixels } = imageInput(imageShape, scaling);
  let x = pixels;
  channels.forEach((filters, i) => {
    const name = `conv_${i}`;
    const kernelInitializer = init.scaledKernel(name, gain);
    const sizes = { filters, kernelSize: 3, stride: 2 };
    x = convolution(x, { name, ...sizes, activation: 'relu', kernelInitializer });
  });
  x = tfl.layers.flatten({ name: 'flatten' }).apply(x) as tfl.SymbolicTensor;
  x = dense(x, {
    name: 'features',
    units: features,
    activation: 'gelu',
    kernelInitializer: init.scaledKernel('features', gain),
  }); // [B, D]
  const logits = dense(x, {
    name: 'head',
    units: numClasses,
    kernelInitializer: init.scaledKernel('head', 0),
  });
  return tfl.model({ inputs: image, outputs: logits, name: name ?? 'cnn' });
}
