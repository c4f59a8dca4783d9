/**
 * The sum at the end of every residual branch (He et al. 2015, https://arxiv.org/abs/1512.03385):
 * each block of each architecture ends its branches here.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import type { BuildOptions } from './options.js';

/**
 * x + branch, the branch dropped for some examples of a training with stochastic depth.
 *
 * @param x [B, ...]
 * @param branch of the shape of `x`
 * @param options `name`: `BLOCK/BRANCH`; `drops`: stochastic depth
 * @returns of the shape of `x`
 */
export function residual(
  x: tfl.SymbolicTensor,
  branch: tfl.SymbolicTensor,
  { name, drops }: Pick<BuildOptions, 'name' | 'drops'>,
): tfl.SymbolicTensor {
  const kept = drops?.branch(branch, name) ?? branch;
  return tfl.layers.add({ name }).apply([x, kept]) as tfl.SymbolicTensor;
}
