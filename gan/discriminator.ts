/**
 * The discriminator of the MLP-MixGAN: a Mixer with one logit.
 *
 * Axes: B batch, H × W image, S tokens, C channels.
 */

import * as tfl from '@tensorflow/tfjs-layers';
import type { ImageShape } from '../src/data/dataset.js';
import { mixerBlock } from '../src/mixer/block.js';
import { defaultInitialisation } from '../src/mixer/initialisation.js';
import { layerNorm } from '../src/mixer/layer-norm.js';
import type { BuildOptions } from '../src/mixer/options.js';
import { stems } from '../src/mixer/stem.js';
import type { StemKind } from '../src/mixer/stem-kinds.js';
import { logit } from './conditioning.js';
import type { GeneratorStage, PlayerOptions } from './generator.js';

/** One resolution of the discriminator: tokens, and what mixes them. */
export interface DiscriminatorStage {
  readonly stem: StemKind;
  /** Side of what one token stands for, P: in pixels, or in tokens of the stage before. */
  readonly patch: number;
  /** Channels of a token, C. */
  readonly channels: number;
  readonly numBlocks: number;
  readonly tokenDim: number;
  readonly channelDim: number;
}

export interface DiscriminatorConfig extends DiscriminatorStage {
  /**
   * Resolutions before the last, from fine to coarse: the grid of tokens of each is the image of the
   * next. None by default.
   */
  readonly stages?: readonly (DiscriminatorStage & Pick<GeneratorStage, 'branchGain'>)[];
}

/**
 * @param imageShape [H, W, C_in]
 * @returns a model from images [B, H, W, C_in] in −1 … 1, and labels [B, K] with `numClasses`, to logits
 *   [B, 1], higher for real
 * @throws UsageError when the patch does not suit the stem or divide the image
 */
export function buildDiscriminator(
  config: DiscriminatorConfig,
  imageShape: ImageShape,
  options: Partial<PlayerOptions> = {},
): tfl.LayersModel {
  const init = options.init ?? defaultInitialisation();
  const shared = { ...options, init };
  const image = tfl.input({ shape: [...imageShape], name: 'image' });
  const { stages = [], ...last } = config;
  let grid = image; //                                                        [B, h, w, C]
  stages.forEach((stage, i) => {
    const name = `stage_${i}`;
    const [, height, width] = grid.shape as [null, number, number];
    const tokens = mixed(grid, stage, { ...shared, prefix: `${name}/`, isImage: i === 0 });
    const targetShape = [height / stage.patch, width / stage.patch, stage.channels];
    grid = tfl.layers
      .reshape({ targetShape, name: `${name}/grid` })
      .apply(tokens) as tfl.SymbolicTensor;
  });
  let x = mixed(grid, last, { ...shared, prefix: '', isImage: grid === image }); // [B, S, C]
  x = layerNorm(x, 'pre_head_layer_norm', shared);
  x = tfl.layers.globalAveragePooling1d({ name: 'mean' }).apply(x) as tfl.SymbolicTensor; // [B, C]
  const { inputs, verdict } = logit(x, options.numClasses, init);
  return tfl.model({
    inputs: [image, ...inputs],
    outputs: verdict,
    name: options.name ?? 'discriminator',
  });
}

interface MixedOptions extends Omit<BuildOptions, 'name'> {
  /** Of the layers' names. */
  readonly prefix: string;
  readonly isImage: boolean;
}

/**
 * @param grid [B, h, w, C_in], an image or the tokens of the stage before
 * @returns tokens after their blocks, [B, S, C] with S = (h / P) · (w / P)
 */
function mixed(
  grid: tfl.SymbolicTensor,
  stage: DiscriminatorStage,
  { prefix, isImage, ...shared }: MixedOptions,
): tfl.SymbolicTensor {
  const common = { ...shared, ...stage };
  const dividing = isImage ? undefined : 'token grids';
  let x = stems[stage.stem](grid, { ...common, name: `${prefix}stem`, dividing });
  for (let i = 0; i < stage.numBlocks; i++) {
    x = mixerBlock(x, { ...common, name: `${prefix}block_${i}` });
  }
  return x;
}
