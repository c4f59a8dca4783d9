/**
 * The generator of the MLP-MixGAN: a latent vector becomes a coarse grid of tokens; Mixer blocks
 * and transposed convolutions alternate until the grid is the image.
 *
 * Axes: B batch, Z latent, S tokens, C channels, H × W image.
 */

import * as tfl from '@tensorflow/tfjs-layers';
import type { ImageShape } from '../src/data/dataset.js';
import { UsageError } from '../src/errors.js';
import { mixerBlock } from '../src/mixer/block.js';
import { convolution, transposedConvolution } from '../src/mixer/convolution.js';
import { dense } from '../src/mixer/dense.js';
import { defaultInitialisation, type Initialisation } from '../src/mixer/initialisation.js';
import { layerNorm } from '../src/mixer/layer-norm.js';
import type { ConditionalOptions } from '../src/mixer/options.js';
import { type LatentOptions, latentInput } from './conditioning.js';

/** One resolution of the generator; a transposed convolution follows it. */
export interface GeneratorStage {
  /** Channels of a token, C. */
  readonly channels: number;
  readonly numBlocks: number;
  readonly tokenDim: number;
  readonly channelDim: number;
  /**
   * Factor on the initial scale of the blocks' branches. Tokens that are mixed at random from the
   * start draw speckle that takes long to unlearn; from 0 a block starts as the identity. Default 1.
   */
  readonly branchGain?: number;
}

export interface GeneratorConfig {
  /** Length of the latent vector, Z. */
  readonly latentDim: number;
  /** From coarse to fine; each is followed by an upsampling by 2. */
  readonly stages: readonly GeneratorStage[];
  /** Side of the transposed convolutions' kernels; 4 overlaps, 2 does not. */
  readonly upsamplingKernel: number;
  /**
   * Whether the latent also scales and shifts every stage's tokens after their LayerNorm, channel
   * by channel (as styles do in StyleGAN, Karras et al. 2018, https://arxiv.org/abs/1812.04948).
   */
  readonly styled?: boolean;
  /**
   * Channels of the finest grid, from which a 3 × 3 convolution after a leaky ReLU draws the image.
   * With 0, the default, the last transposed convolution draws the image itself.
   */
  readonly refineChannels?: number;
}

export type PlayerOptions = ConditionalOptions;

export type GeneratorOptions = PlayerOptions & LatentOptions;

/**
 * @param config sizes
 * @param imageShape [H, W, C_out]; H and W are multiples of 2 to the number of stages
 * @returns a model from latents [B, Z], and labels [B, K] with `numClasses`, to images
 *   [B, H, W, C_out] in −1 … 1
 * @throws UsageError when the stages do not divide the image
 */
export function buildGenerator(
  config: GeneratorConfig,
  imageShape: ImageShape,
  options: Partial<GeneratorOptions> = {},
): tfl.LayersModel {
  const { latentDim, stages, upsamplingKernel, styled = false, refineChannels = 0 } = config;
  const [imageHeight, imageWidth, imageChannels] = imageShape;
  const scale = 2 ** stages.length;
  if (imageHeight % scale !== 0 || imageWidth % scale !== 0) {
    throw new UsageError(
      `a generator of ${stages.length} stages makes images whose sides are multiples of ${scale}, not ${imageHeight}×${imageWidth}; change generator.stages`,
    );
  }
  const init = options.init ?? defaultInitialisation();
  const shared = { ...options, init };
  let [height, width] = [imageHeight / scale, imageWidth / scale];
  const base = stages[0]!.channels;

  const { inputs, x: latent } = latentInput(latentDim, options, init);
  let x = dense(latent, { name: 'project', units: height * width * base, init });
  x = reshape(x, [height * width, base], 'tokens'); //                       [B, S, C]

  stages.forEach((stage, i) => {
    const name = `stage_${i}`;
    for (let j = 0; j < stage.numBlocks; j++) {
      x = mixerBlock(x, { ...shared, ...stage, name: `${name}/block_${j}` });
    }
    x = layerNorm(x, `${name}/layer_norm`, shared);
    if (styled) x = style(x, latent, `${name}/style`, init);
    x = reshape(x, [height, width, stage.channels], `${name}/grid`); //      [B, h, w, C]
    const last = i === stages.length - 1;
    const channels = last ? refineChannels || imageChannels : stages[i + 1]!.channels;
    const upsample = `${name}/upsample`;
    x = transposedConvolution(x, {
      name: upsample,
      filters: channels,
      kernelSize: upsamplingKernel,
      stride: 2,
      kernelInitializer: init.scaledKernel(upsample, upsamplingGain(stage.channels, channels)),
    }); //                                                                   [B, 2h, 2w, C']
    [height, width] = [2 * height, 2 * width];
    if (!last) x = reshape(x, [height * width, channels], `${name}/tokens`);
  });

  if (refineChannels > 0) {
    x = tfl.layers
      .leakyReLU({ alpha: 0.2, name: 'refine/activation' })
      .apply(x) as tfl.SymbolicTensor;
    const kernelInitializer = init.scaledKernel('refine', Math.SQRT2);
    const sizes = { filters: imageChannels, kernelSize: 3 };
    x = convolution(x, { name: 'refine', ...sizes, kernelInitializer }); //  [B, H, W, C_out]
  }
  const image = tfl.layers
    .activation({ activation: 'tanh', name: 'image' })
    .apply(x) as tfl.SymbolicTensor;
  return tfl.model({ inputs, outputs: image, name: options.name ?? 'generator' });
}

/**
 * x ← x + s ⊙ x + b, with s and b linear in the latent and 0 at the start.
 *
 * @param x [B, S, C]
 * @param latent [B, Z]
 */
function style(
  x: tfl.SymbolicTensor,
  latent: tfl.SymbolicTensor,
  name: string,
  init: Initialisation,
): tfl.SymbolicTensor {
  const channels = x.shape.at(-1) as number;
  const perChannel = (part: string): tfl.SymbolicTensor => {
    const values = tfl.layers
      .dense({
        units: channels,
        kernelInitializer: init.scaledKernel(`${name}/${part}`, 0),
        name: `${name}/${part}`,
      })
      .apply(latent) as tfl.SymbolicTensor;
    return reshape(values, [1, channels], `${name}/${part}_of_every_token`);
  };
  const scaled = tfl.layers
    .multiply({ name: `${name}/scaled` })
    .apply([x, perChannel('scale')]) as tfl.SymbolicTensor;
  return tfl.layers
    .add({ name: `${name}/shifted` })
    .apply([x, scaled, perChannel('shift')]) as tfl.SymbolicTensor;
}

/**
 * Keeps the variance from input to output. TensorFlow.js scales a transposed convolution's kernel
 * by k² · C_out, but with stride 2 an output pixel is the sum of (k / 2)² · C_in products.
 */
const upsamplingGain = (inputChannels: number, outputChannels: number): number =>
  2 * Math.sqrt(outputChannels / inputChannels);

const reshape = (x: tfl.SymbolicTensor, targetShape: number[], name: string): tfl.SymbolicTensor =>
  tfl.layers.reshape({ targetShape, name }).apply(x) as tfl.SymbolicTensor;
