import type * as tfl from '@tensorflow/tfjs-layers';
import { layerNorm } from './layer-norm.js';
import { type MlpOptions, mlp } from './mlp.js';
import { residual } from './residual.js';

/**
 * x + mlp(LN(x)): each token by itself, in the blocks of the Mixer, the FF-only model and the ViT.
 *
 * @param x [B, S, C]
 * @param options.name of the block
 * @param place of the LayerNorm in the block
 * @returns [B, S, C]
 */
export function channelMixing(
  x: tfl.SymbolicTensor,
  options: MlpOptions,
  place: 0 | 1,
): tfl.SymbolicTensor {
  const { name } = options;
  const branch = mlp(layerNorm(x, `${name}/layer_norm_${place}`, options), {
    ...options,
    name: `${name}/channel_mixing`,
  });
  return residual(x, branch, { ...options, name: `${name}/channel_residual` });
}
