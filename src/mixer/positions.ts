import * as tfl from '@tensorflow/tfjs-layers';
import { Affine } from './affine.js';
import { defaultInitialisation } from './initialisation.js';
import type { BuildOptions } from './options.js';

/** As ViT draws them (Dosovitskiy et al. 2020, https://arxiv.org/abs/2010.11929). */
const initialDeviation = 0.02;

/**
 * Adds to every token the learned vector of its place.
 *
 * @param x [B, S, C]
 * @returns [B, S, C]
 */
export function addPositions(
  x: tfl.SymbolicTensor,
  { name, init = defaultInitialisation() }: Pick<BuildOptions, 'name' | 'init'>,
): tfl.SymbolicTensor {
  const [, tokens, channels] = x.shape as [null, number, number];
  const flat = tfl.layers
    .reshape({ targetShape: [tokens * channels], name: `${name}/flat` })
    .apply(x);
  const layer = new Affine({ name, scale: false, offset: init.normal(name, initialDeviation) });
  return tfl.layers
    .reshape({ targetShape: [tokens, channels], name: `${name}/tokens` })
    .apply(layer.apply(flat)) as tfl.SymbolicTensor;
}
