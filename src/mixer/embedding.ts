/**
 * A learnt vector for each class.
 *
 * Axes: B batch, K classes, D features.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import type { Initialisation } from './initialisation.js';

/** Of a player of `numClasses` classes: `label` [B, K], one-hot; of one that is told none: nothing. */
export const labelInputs = (numClasses: number | undefined): tfl.SymbolicTensor[] =>
  numClasses === undefined ? [] : [tfl.input({ shape: [numClasses], name: 'label' })];

export interface EmbeddingOptions {
  /** D. */
  readonly units: number;
  /** Scales the entries' initial standard deviation, 1 / √K. */
  readonly gain: number;
  readonly init: Initialisation;
  /** Of the layer's name, `embedding`. Default: none. */
  readonly prefix?: string | undefined;
}

/**
 * @param label [B, K]
 * @returns [B, D]
 */
export function embedding(
  label: tfl.SymbolicTensor,
  { units, gain, init, prefix = '' }: EmbeddingOptions,
): tfl.SymbolicTensor {
  const name = `${prefix}embedding`;
  const kernelInitializer = init.scaledKernel(name, gain);
  return tfl.layers
    .dense({ units, useBias: false, kernelInitializer, name })
    .apply(label) as tfl.SymbolicTensor;
}
