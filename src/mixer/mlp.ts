import * as tfl from '@tensorflow/tfjs-layers';
import { geluActivation } from './gelu.js';
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
  }: MlpOptions,
): tfl.SymbolicTensor {
  const width = x.shape.at(-1) as number;
  const [first, second] = [`${name}/dense_0`, `${name}/dense_1`];
  const hidden = tfl.layers
    .dense({
      units: hiddenDim,
      activation: activation === 'gelu' ? geluActivation() : activation,
      kernelInitializer: init.kernel(first),
      name: first,
    })
    .apply(x) as tfl.SymbolicTensor;
  return tfl.layers
    .dense({ units: width, kernelInitializer: init.scaledKernel(second, outputGain), name: second })
    .apply(hidden) as tfl.SymbolicTensor;
}
