/**
 * What a plain convolutional network makes of an image before it decides: a map for every convolution, and
 * a vector of features.
 *
 * Axes: B batch, H × W image, C channels, D features.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import { convolution } from './convolution.js';
import { dense } from './dense.js';
import type { Initialisation } from './initialisation.js';

export interface ConvTrunkConfig {
  /** Filters of each 3 × 3 convolution; each halves the image's sides, rounding up. */
  readonly channels: readonly number[];
  /** Length of the vector of features, D. */
  readonly features: number;
}

export interface ConvTrunk {
  /** After each convolution and its ReLU, from fine to coarse: [B, h, w, C]. */
  readonly maps: readonly tfl.SymbolicTensor[];
  /** [B, D] */
  readonly features: tfl.SymbolicTensor;
}

interface ConvTrunkOptions {
  readonly init: Initialisation;
  /** Of the layers' names: `PREFIXconv_0`, …, `PREFIXfeatures`. Default: none. */
  readonly prefix?: string;
}

/** ReLU and GELU halve the power that passes; kernels start that much larger (He et al. 2015). */
const gain = Math.SQRT2;

/**
 * 3 × 3 convolutions of stride 2 with ReLU, and one dense layer with GELU.
 * @param image [B, H, W, C_in]
 */
export function convTrunk(
  image: tfl.SymbolicTensor,
  { channels, features }: ConvTrunkConfig,
  { init, prefix = '' }: ConvTrunkOptions,
): ConvTrunk {
  const maps: tfl.SymbolicTensor[] = [];
  channels.forEach((filters, i) => {
    const name = `${prefix}conv_${i}`;
    const kernelInitializer = init.scaledKernel(name, gain);
    const sizes = { filters, kernelSize: 3, stride: 2 };
    const map = convolution(maps.at(-1) ?? image, {
      ...{ name, ...sizes, activation: 'relu', kernelInitializer },
    });
    maps.push(map);
  });
  const flat = tfl.layers
    .flatten({ name: `${prefix}flatten` })
    .apply(maps.at(-1) ?? image) as tfl.SymbolicTensor;
  const name = `${prefix}features`;
  return {
    maps,
    features: dense(flat, {
      ...{ name, units: features, activation: 'gelu' },
      kernelInitializer: init.scaledKernel(name, gain),
    }),
  };
}
