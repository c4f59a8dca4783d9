/**
 * The generator of the MLP-MixGAN: a latent vector becomes a coarse grid of tokens; Mixer blocks
 * and transposed convolutions alternate until the grid is the image.
 *
 * Axes: B batch, Z latent, S tokens, C channels, H × W image.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import { UsageError } from '../src/errors.js';
import { layerNorm, mixerBlock } from '../src/mixer/block.js';
import { defaultInitialisation } from '../src/mixer/initialisation.js';
import type { BuildOptions } from '../src/mixer/options.js';

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
}

/**
 * @param config sizes
 * @param imageShape [H, W, C_out]; H and W are multiples of 2 to the number of stages
 * @returns a model from latents [B, Z] to images [B, H, W, C_out] in −1 … 1
 * @throws UsageError when the stages do not divide the image
 */
export function buildGenerator(
  config: GeneratorConfig,
  imageShape: readonly [number, number, number],
  options: Partial<BuildOptions> = {},
): tfl.LayersModel {
  const { latentDim, stages, upsamplingKernel } = config;
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

  const latent = tfl.input({ shape: [latentDim], name: 'latent' });
  let x = tfl.layers
    .dense({
      units: height * width * base,
      kernelInitializer: init.kernel('project'),
      name: 'project',
    })
    .apply(latent) as tfl.SymbolicTensor;
  x = reshape(x, [height * width, base], 'tokens'); //                       [B, S, C]

  stages.forEach((stage, i) => {
    const name = `stage_${i}`;
    for (let j = 0; j < stage.numBlocks; j++) {
      x = mixerBlock(x, { ...shared, ...stage, name: `${name}/block_${j}` });
    }
    x = layerNorm(x, `${name}/layer_norm`, shared);
    x = reshape(x, [height, width, stage.channels], `${name}/grid`); //      [B, h, w, C]
    const last = i === stages.length - 1;
    const channels = last ? imageChannels : stages[i + 1]!.channels;
    const upsample = `${name}/upsample`;
    x = tfl.layers
      .conv2dTranspose({
        filters: channels,
        kernelSize: upsamplingKernel,
        strides: 2,
        padding: 'same',
        kernelInitializer: init.scaledKernel(upsample, upsamplingGain(stage.channels, channels)),
        name: upsample,
      })
      .apply(x) as tfl.SymbolicTensor; //                                    [B, 2h, 2w, C']
    [height, width] = [2 * height, 2 * width];
    if (!last) x = reshape(x, [height * width, channels], `${name}/tokens`);
  });

  const image = tfl.layers
    .activation({ activation: 'tanh', name: 'image' })
    .apply(x) as tfl.SymbolicTensor;
  return tfl.model({ inputs: latent, outputs: image, name: options.name ?? 'generator' });
}

/**
 * Keeps the variance from input to output. TensorFlow.js scales a transposed convolution's kernel
 * by k² · C_out, but with stride 2 an output pixel is the sum of (k / 2)² · C_in products.
 */
const upsamplingGain = (inputChannels: number, outputChannels: number): number =>
  2 * Math.sqrt(outputChannels / inputChannels);

const reshape = (x: tfl.SymbolicTensor, targetShape: number[], name: string): tfl.SymbolicTensor =>
  tfl.layers.reshape({ targetShape, name }).apply(x) as tfl.SymbolicTensor;
