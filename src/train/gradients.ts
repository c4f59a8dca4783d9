import * as tf from '@tensorflow/tfjs-core';
import type { NamedVariables } from './variables.js';

/** A loss, and whatever else of the forward pass is worth reporting. */
export type LossAndReports = { readonly loss: tf.Scalar } & Readonly<Record<string, tf.Tensor>>;

export interface Gradients<R extends LossAndReports> {
  /** Everything that the forward pass returned. */
  readonly reports: R;
  /** By the same names as the variables. */
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
}

/**
 * The gradient of a loss with respect to exactly the variables that are given.
 *
 * Call it inside `tf.tidy`, as every engine does for a step.
 *
 * @throws Error naming a variable that the loss does not depend on
 */
export function gradientsOf<R extends LossAndReports>(
  forward: () => R,
  variables: NamedVariables,
): Gradients<R> {
  // tf.variableGrads gives back the loss alone and frees the rest of the forward pass.
  let kept: R | undefined;
  const { grads } = tf.variableGrads(() => {
    kept = forward();
    for (const report of Object.values(kept)) tf.keep(report);
    return kept.loss;
  }, [...variables.values()]);
  const reports = Object.fromEntries(
    Object.entries(kept!).map(([name, report]) => {
      const copy = tf.clone(report);
      report.dispose();
      return [name, copy];
    }),
  ) as unknown as R;
  const gradients = new Map<string, tf.Tensor>();
  for (const [name, variable] of variables) {
    const gradient = grads[variable.name] as tf.Tensor | null | undefined;
    if (gradient == null) throw new Error(`the loss does not depend on ${name}`);
    gradients.set(name, gradient);
  }
  return { reports, gradients };
}

/** All gradients one after the other, as one vector. */
export function concatenated(gradients: ReadonlyMap<string, tf.Tensor>): tf.Tensor1D {
  const parts = [...gradients.values()].map((g) => tf.reshape<tf.Rank.R1>(g, [g.size]));
  return tf.concat1d(parts);
}

/** √Σ‖g‖² over all gradients. */
export function globalNorm(gradients: ReadonlyMap<string, tf.Tensor>): tf.Scalar {
  return tf.sqrt(tf.sum<tf.Scalar>(tf.square(concatenated(gradients))));
}
