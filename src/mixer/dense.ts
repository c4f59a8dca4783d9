import * as tfl from '@tensorflow/tfjs-layers';
import { geluActivation } from './gelu.js';
import { defaultInitialisation, type Initialisation, type Initializer } from './initialisation.js';
import type { GeluForm } from './options.js';

export interface DenseOptions {
  readonly name: string;
  /** Length of the last axis of the result. */
  readonly units: number;
  readonly init?: Initialisation | undefined;
  /** Default: none. */
  readonly activation?: GeluForm;
  /** First values of the kernel. Default: those of `init`. */
  readonly kernelInitializer?: Initializer;
  /** First value of every bias. Default 0. */
  readonly initialBias?: 0 | 1;
}

/**
 * A linear map of the last axis with a bias, and GELU where an activation is given.
 *
 * @param x [B, ..., D]
 * @returns [B, ..., units]
 */
export function dense(
  x: tfl.SymbolicTensor,
  {
    name,
    units,
    init = defaultInitialisation(),
    activation,
    kernelInitializer = init.kernel(name),
    initialBias = 0,
  }: DenseOptions,
): tfl.SymbolicTensor {
  return tfl.layers
    .dense({
      units,
      activation: activation === 'gelu' ? geluActivation() : (activation ?? 'linear'),
      kernelInitializer,
      biasInitializer: initialBias === 0 ? 'zeros' : 'ones',
      name,
    })
    .apply(x) as tfl.SymbolicTensor;
}
