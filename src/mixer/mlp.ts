import type * as tfl from '@tensorflow/tfjs-layers';
import { dense } from './dense.js';
import { defaultInitialisation } from './initialisation.js';
import type { BuildOptions } from './options.js';

export interface MlpOptions extends BuildOptions {
  /** Width of the hidden layer. */
  readonly hiddenDim: number;
  /** Factor on the last kernel's initial scale; 0 starts the MLP at zero. Default 1. */
  readonly outputGain?: number;
}

/**
 * Dense → GELU → Dense over the last axis, back to its own width.
 *
 * @param x [B, N, D]
 * @returns [B, N, D]
 */
export function mlp(
  x: tfl.SymbolicTensor,
  {
    name,
    hiddenDim,
    outputGain = 1,
    init = defaultInitialisation(),
    activation = 'gelu',
    drops,
  }: MlpOptions,
): tfl.SymbolicTensor {
  const hidden = dense(x, { name: `${name}/dense_0`, units: hiddenDim, activation, init });
  const last = `${name}/dense_1`;
  return dense(drops?.values(hidden, name) ?? hidden, {
    name: last,
    units: x.shape.at(-1) as number,
    kernelInitializer: init.scaledKernel(last, outputGain),
  });
}
