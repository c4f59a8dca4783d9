/** Moving averages of a model's weights, which draw and recognise better than the last weights do. */
import * as tf from '@tensorflow/tfjs-core';
import type { NamedVariables } from './variables.js';

/**
 * Moves the average of a model on by one step: a ← d · a + (1 − d) · θ for what an optimiser changes.
 *
 * Running statistics are copied, as PyTorch's `AveragedModel` and StyleGAN3 do it: they are moving
 * averages already, over a window that their layer chose, and averaged again they would belong to
 * older weights than the average does.
 *
 * @param averages in the same order as `variables`
 * @param trainables those of `variables` that are averaged
 * @param decay d, a scalar in [0, 1]
 */
export function updateAverages(
  averages: NamedVariables,
  variables: NamedVariables,
  trainables: NamedVariables,
  decay: tf.Tensor,
): void {
  const learned = new Set(trainables.values());
  const sources = [...variables.values()];
  [...averages.values()].forEach((average, i) => {
    const source = sources[i]!;
    if (!learned.has(source)) {
      average.assign(source);
      return;
    }
    const moved = tf.tidy(() => tf.add(tf.mul(average, decay), tf.mul(source, tf.sub(1, decay))));
    average.assign(moved);
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
