import * as tf from '@tensorflow/tfjs-core';
import type { NamedVariables } from './variables.js';

/** A loss, and whatever else of the forward pass is worth reporting. */
export type LossAndReports = { readonly loss: tf.Scalar } & Readonly<Record<string, tf.Tensor>>;

export interface Gradients<R extends LossAndReports> {
  /** Everything that the forward pass returned. */
  readonly reports: R;
  /** By the same names as the variables. */
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
  /** With respect to the tensors, in their order. */
  readonly ofTensors: readonly tf.Tensor[];
}

/**
 * The gradient of a loss with respect to exactly the variables, and the tensors, that are given.
 *
 * Call it inside `tf.tidy`, as every engine does for a step.
 *
 * @throws Error naming a variable, or the place of a tensor, that the loss does not depend on
 */
export function gradientsOf<R extends LossAndReports>(
  forward: () => R,
  variables: NamedVariables,
  tensors: readonly tf.Tensor[] = [],
): Gradients<R> {
  // The engine gives back the loss alone and frees the rest of the forward pass.
  let kept: R | undefined;
  const lossOf = (): tf.Scalar => {
    kept = forward();
    for (const report of Object.values(kept)) tf.keep(report);
    return kept.loss;
  };
  // As tf.variableGrads does, which takes variables alone.
  const { grads } = tf
    .engine()
    .gradients(lossOf, [...variables.values(), ...tensors], undefined, true);
  const reports = Object.fromEntries(
    Object.entries(kept!).map(([name, report]) => {
      const copy = tf.clone(report);
      report.dispose();
      return [name, copy];
    }),
  ) as unknown as R;
  const taken = (i: number, name: string): tf.Tensor => {
    const gradient = grads[i] as tf.Tensor | null | undefined;
    if (gradient == null) throw new Error(`the loss does not depend on ${name}`);
    return gradient;
  };
  const gradients = new Map([...variables.keys()].map((name, i) => [name, taken(i, name)]));
  const ofTensors = tensors.map((_, i) => taken(variables.size + i, `tensor ${i}`));
  return { reports, gradients, ofTensors };
}

/** Gradients by name, or one after the other as one vector. */
export type AllGradients = ReadonlyMap<string, tf.Tensor> | tf.Tensor1D;

/** All gradients one after the other, as one vector. */
export function concatenated(gradients: AllGradients): tf.Tensor1D {
  if (gradients instanceof tf.Tensor) return gradients;
  const parts = [...gradients.values()].map((g) => tf.reshape<tf.Rank.R1>(g, [g.size]));
  return tf.concat1d(parts);
}

/** A vector as long as all variables taken apart again, into their shapes. */
export function partsOf(vector: tf.Tensor1D, variables: NamedVariables): tf.Tensor[] {
  const shaped = [...variables.values()];
  const sizes = shaped.map(({ size }) => size);
  return tf.split(vector, sizes).map((part, i) => tf.reshape(part, shaped[i]!.shape));
}

/** √Σ‖g‖² over all gradients. */
export function globalNorm(gradients: AllGradients): tf.Scalar {
  return tf.sqrt(tf.sum<tf.Scalar>(tf.square(concatenated(gradients))));
}

/**
 * Gradients scaled down to a global norm of at most `limit` (Pascanu et al. 2013,
 * https://arxiv.org/abs/1211.5063): g · min(1, limit / ‖g‖).
 *
 * @param norm their `globalNorm`
 * @param limit greater than 0
 */
export function clipped(gradient: tf.Tensor1D, norm: tf.Scalar, limit: number): tf.Tensor1D {
  // The same factor, without a division by zero.
  return tf.mul(gradient, tf.div(limit, tf.maximum(norm, limit)));
}
