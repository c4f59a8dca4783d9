import * as tf from '@tensorflow/tfjs-core';
import type { NamedVariables } from './variables.js';

/** Moves an average towards its variable: a ← d · a + (1 − d) · θ, with a decay d in [0, 1]. */
export function moveAverage(average: tf.Variable, source: tf.Variable, decay: tf.Tensor): void {
  average.assign(tf.tidy(() => tf.add(tf.mul(average, decay), tf.mul(source, tf.sub(1, decay)))));
}

/**
 * Moves each average towards its variable.
 *
 * @param averages in the same order as `variables`
 * @param decay a scalar in [0, 1]
 */
export function updateAverages(
  averages: NamedVariables,
  variables: NamedVariables,
  decay: tf.Tensor,
): void {
  const sources = [...variables.values()];
  [...averages.values()].forEach((average, i) => {
    moveAverage(average, sources[i]!, decay);
  });
}

/** The decay at `step`, ramped up so that the first averages are not the first weights. */
export function emaDecayAt(step: number, decay: number): number {
  return Math.min(decay, (1 + step) / (10 + step));
}

/** Makes each average equal to its variable, as at the start of training. */
export function copyVariables(from: NamedVariables, to: NamedVariables): void {
  const sources = [...from.values()];
  [...to.values()].forEach((target, i) => {
    target.assign(sources[i]!);
  });
}
