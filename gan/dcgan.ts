/**
 * The baseline: DCGAN (Radford, Metz and Chintala 2015, https://arxiv.org/abs/1511.06434).
 *
 * Axes: B batch, Z latent, H × W image, C channels.
 */

import * as tfl from '@tensorflow/tfjs-layers';
import { elementCount } from '../src/arrays.js';
import type { ImageShape } from '../src/data/dataset.js';
import { UsageError } from '../src/errors.js';
import { convolution, transposedConvolution } from '../src/mixer/convolution.js';
import { dense } from '../src/mixer/dense.js';
import { labelInputs } from '../src/mixer/embedding.js';
import { defaultInitialisation } from '../src/mixer/initialisation.js';
import { latentInput, logit } from './conditioning.js';
import type { GeneratorOptions, PlayerOptions } from './generator.js';
import type { normalisations } from './names.js';

export interface DcganConfig {
  /** Channels from the coarse grid to the fine one (generator), or from fine to coarse. */
  readonly channels: readonly number[];
  readonly norm: (typeof normalisations)[number];
}

export interface DcganGeneratorConfig extends DcganConfig {
  /** Length of the latent vector, Z. */
  readonly latentDim: number;
}

/** The paper's slope of a leaky ReLU. */
const slope = 0.2;

/** Kernels overlap: side 4 at stride 2. */
const kernelSize = 4;

const normalise = (
  x: tfl.SymbolicTensor,
  name: string,
  norm: DcganConfig['norm'],
): tfl.SymbolicTensor =>
  norm === 'none'
    ? x
    : (tfl.layers
        // Short trainings end before slower averages have caught up.
        .batchNormalization({ momentum: 0.9, epsilon: 1e-5, name: `${name}/batch_norm` })
        .apply(x) as tfl.SymbolicTensor);

const activate = (x: tfl.SymbolicTensor, name: string, alpha: number): tfl.SymbolicTensor =>
  tfl.layers.leakyReLU({ alpha, name: `${name}/activation` }).apply(x) as tfl.SymbolicTensor;

/**
 * Latent → dense → transposed convolutions by 2, with ReLU between → tanh.
 *
 * @param imageShape [H, W, C_out]; H and W are multiples of 2 to the number of `channels`
 * @returns a model as `buildGenerator` makes
 * @throws UsageError when the convolutions do not divide the image
 */
export function buildDcganGenerator(
  { latentDim, channels, norm }: DcganGeneratorConfig,
  imageShape: ImageShape,
  options: Partial<GeneratorOptions> = {},
): tfl.LayersModel {
  const init = options.init ?? defaultInitialisation();
  const [height, width, imageChannels] = imageShape;
  const scale = wholeScale(channels, imageShape, 'generator');
  const { inputs, x: latent } = latentInput(latentDim, options, init);
  const grid = [height / scale, width / scale, channels[0]!];
  let x = dense(latent, { name: 'project', units: elementCount(grid), init });
  x = tfl.layers.reshape({ targetShape: grid, name: 'grid' }).apply(x) as tfl.SymbolicTensor; // [B, h, w, C]
  channels.forEach((inputChannels, i) => {
    const name = `stage_${i}`;
    x = activate(normalise(x, name, norm), name, 0);
    const filters = channels[i + 1] ?? imageChannels;
    const upsample = `${name}/upsample`;
    // Four products meet in an output pixel; tfjs scales by the output's channels.
    const gain = Math.sqrt(2) * 2 * Math.sqrt(filters / inputChannels);
    const kernelInitializer = init.scaledKernel(upsample, gain);
    const sizes = { filters, kernelSize, stride: 2 };
    x = transposedConvolution(x, { name: upsample, ...sizes, kernelInitializer }); // [B, 2h, 2w, C']
  });
  const image = tfl.layers
    .activation({ activation: 'tanh', name: 'image' })
    .apply(x) as tfl.SymbolicTensor;
  return tfl.model({ inputs, outputs: image, name: options.name ?? 'generator' });
}

/**
 * Strided convolutions with leaky ReLU, then one logit from all that is left of the grid.
 *
 * @returns a model as `buildDiscriminator` makes
 * @throws UsageError when the convolutions do not divide the image
 */
export function buildDcganDiscriminator(
  { channels, norm }: DcganConfig,
  imageShape: ImageShape,
  options: Partial<PlayerOptions> = {},
): tfl.LayersModel {
  const init = options.init ?? defaultInitialisation();
  wholeScale(channels, imageShape, 'discriminator');
  const image = tfl.input({ shape: [...imageShape], name: 'image' });
  let x = image;
  channels.forEach((filters, i) => {
    const name = `stage_${i}`;
    const kernelInitializer = init.scaledKernel(name, i === 0 ? 1 : Math.sqrt(2));
    x = convolution(x, { name, filters, kernelSize, stride: 2, kernelInitializer });
    // The paper's first layer has no normalisation: it would hide how bright the image is.
    x = activate(i === 0 ? x : normalise(x, name, norm), name, slope);
  });
  x = tfl.layers.flatten({ name: 'features' }).apply(x) as tfl.SymbolicTensor;
  const labels = labelInputs(options.numClasses);
  return tfl.model({
    inputs: [image, ...labels],
    outputs: logit(x, labels[0], { init }),
    name: options.name ?? 'discriminator',
  });
}

function wholeScale(
  channels: readonly number[],
  [height, width]: ImageShape,
  player: string,
): number {
  const scale = 2 ** channels.length;
  if (height % scale !== 0 || width % scale !== 0) {
    throw new UsageError(
      `a ${player} of ${channels.length} convolutions takes images whose sides are multiples of ${scale}, not ${height}×${width}; change ${player}.channels`,
    );
  }
  return scale;
}
