/**
 * What Mixers that tell real images from fakes have in common: tokens at one resolution or several, mixed,
 * up to the verdict.
 *
 * Axes: B batch, H × W image, S tokens, C channels.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import { mixerBlock } from '../mixer/block.js';
import type { Initialisation } from '../mixer/initialisation.js';
import { layerNorm } from '../mixer/layer-norm.js';
import type { BuildOptions } from '../mixer/options.js';
import { stems } from '../mixer/stem.js';
import type { StemKind } from '../mixer/stem-kinds.js';

/** One resolution: tokens, and what mixes them. */
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

export interface MixerDiscriminatorConfig extends DiscriminatorStage {
  /**
   * Resolutions before the last, from fine to coarse: the grid of tokens of each is the image of the
   * next. None by default.
   */
  readonly stages?: readonly (DiscriminatorStage & {
    /** Factor on the initial scale of the blocks' branches; from 0 a block starts as the identity. Default 1. */
    readonly branchGain?: number;
  })[];
}

interface Shared extends Omit<BuildOptions, 'name'> {
  readonly init: Initialisation;
  /** Of the layers' names. Default: none. */
  readonly prefix?: string | undefined;
}

/**
 * @param image [B, H, W, C_in]
 * @returns normalised tokens of the last resolution, [B, S, C], on which a verdict can be based
 * @throws UsageError when a patch does not suit its stem, or divide the image or the grid before it
 */
export function judgedTokens(
  image: tfl.SymbolicTensor,
  { stages = [], ...last }: MixerDiscriminatorConfig,
  { prefix = '', ...shared }: Shared,
): tfl.SymbolicTensor {
  let grid = image; //                                                        [B, h, w, C]
  stages.forEach((stage, i) => {
    const name = `${prefix}stage_${i}`;
    const [, height, width] = grid.shape as [null, number, number];
    const tokens = mixed(grid, stage, { ...shared, prefix: `${name}/`, isImage: i === 0 });
    const targetShape = [height / stage.patch, width / stage.patch, stage.channels];
    grid = tfl.layers
      .reshape({ targetShape, name: `${name}/grid` })
      .apply(tokens) as tfl.SymbolicTensor;
  });
  const tokens = mixed(grid, last, { ...shared, prefix, isImage: grid === image });
  return layerNorm(tokens, `${prefix}pre_head_layer_norm`, shared);
}

interface MixedOptions extends Shared {
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
