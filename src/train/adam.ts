import * as tf from '@tensorflow/tfjs-core';
import type { NamedVariables } from './variables.js';

export interface AdamOptions {
  /** Decay of the first moment, in [0, 1). */
  readonly beta1: number;
  /** Decay of the second moment, in (0, 1). */
  readonly beta2: number;
  /** Added to √v̂. Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * Adam (Kingma and Ba 2015, https://arxiv.org/abs/1412.6980, algorithm 1).
 *
 * Unlike `tf.train.adam`, the learning rate comes in as a tensor and the step count is a variable,
 * so that a traced step stays right, and all state has names for the checkpoint.
 */
export class Adam {
  /** Moments and step count, as `PREFIX/m/…`, `PREFIX/v/…` and `PREFIX/count`. */
  readonly state: NamedVariables;
  readonly #slots: { name: string; variable: tf.Variable; m: tf.Variable; v: tf.Variable }[];
  readonly #count: tf.Variable<tf.Rank.R0>;
  readonly #options: Required<AdamOptions>;

  constructor(prefix: string, variables: NamedVariables, options: AdamOptions) {
    this.#options = { epsilon: 1e-8, ...options };
    this.#count = tf.variable(tf.scalar(0), false);
    this.#slots = [...variables].map(([name, variable]) => ({
      name,
      variable,
      m: tf.variable(tf.zeros(variable.shape), false),
      v: tf.variable(tf.zeros(variable.shape), false),
    }));
    this.state = new Map<string, tf.Variable>([
      [`${prefix}/count`, this.#count],
      ...this.#slots.map(({ name, m }) => [`${prefix}/m/${name}`, m] as const),
      ...this.#slots.map(({ name, v }) => [`${prefix}/v/${name}`, v] as const),
    ]);
  }

  /**
   * Updates the variables.
   * @param gradients by the names given to the constructor, all of them
   * @param learningRate a scalar
   */
  apply(gradients: ReadonlyMap<string, tf.Tensor>, learningRate: tf.Tensor): void {
    const { beta1, beta2, epsilon } = this.#options;
    tf.tidy(() => {
      const count = tf.add(this.#count, 1);
      this.#count.assign(count as tf.Scalar);
      // θ ← θ − lr · m̂ / (√v̂ + ε), with m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ)
      const rate = tf.div(learningRate, tf.sub(1, tf.pow(beta1, count)));
      const correction = tf.rsqrt(tf.sub(1, tf.pow(beta2, count)));
      for (const { name, variable, m, v } of this.#slots) {
        const gradient = gradients.get(name)!;
        const nextM = tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1));
        const nextV = tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), 1 - beta2));
        m.assign(nextM);
        v.assign(nextV);
        const denominator = tf.add(tf.mul(tf.sqrt(nextV), correction), epsilon);
        variable.assign(tf.sub(variable, tf.mul(rate, tf.div(nextM, denominator))));
      }
    });
  }

  dispose(): void {
    for (const variable of this.state.values()) variable.dispose();
  }
}
