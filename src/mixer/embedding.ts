/**
 * A learnt vector for each class.
 *
 * Axes: B batch, K classes, D features.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import type { Initialisation } from './initialisation.js';

/** Of a player of `numClasses` classes: `label` [B, K], one-hot. */
export const labelInput = (numClasses: number): tfl.SymbolicTensor =>
  tfl.input({ shape: [numClasses], name: 'label' });

/**
 * @param gain scales the entries' initial standard deviation, 1 / √K
 * @returns [B, D]
 */
export const embedding = (
  label: tfl.SymbolicTensor,
  units: number,
  gain: number,
  init: Initialisation,
): tfl.SymbolicTensor =>
  tfl.layers
    .dense({
      units,
      useBias: false,
      kernelInitializer: init.scaledKernel('embedding', gain),
      name: 'embedding',
    })
    .apply(label) as tfl.SymbolicTensor;
