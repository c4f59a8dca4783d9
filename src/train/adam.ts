import * as tf from '@tensorflow/tfjs-core';
import { type AllGradients, concatenated, partsOf } from './gradients.js';
import { isDecayed, type Optimiser } from './optimiser.js';
import type { NamedVariables } from './variables.js';

export interface AdamOptions {
  /** Decay of the first moment, in [0, 1). */
  readonly beta1: number;
  /** Decay of the second moment, in (0, 1). */
  readonly beta2: number;
  /** Added to √v̂. Default 1e-8. */
  readonly epsilon?: number;
  /** Decoupled weight decay λ of the kernels (see `isDecayed`), 0 or more. Default 0. */
  readonly weightDecay?: number;
}

/**
 * Adam (Kingma and Ba 2015, https://arxiv.org/abs/1412.6980, algorithm 1); with weight decay AdamW
 * (Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101, algorithm 2, in the form of
 * PyTorch: the learning rate multiplies the decay as well).
 *
 * Unlike `tf.train.adam`, the learning rate comes in as a tensor and the step count is a variable,
 * so that a traced step stays right. The moments of all variables lie one after the other in two
 * vectors, so that an update is a dozen operations, however many variables there are.
 */
export class Adam implements Optimiser {
  /** `PREFIX/count`, and the moments `PREFIX/m` and `PREFIX/v`, in the order of the variables. */
  readonly state: NamedVariables;
  readonly #variables: NamedVariables;
  readonly #count: tf.Variable<tf.Rank.R0>;
  readonly #m: tf.Variable<tf.Rank.R1>;
  readonly #v: tf.Variable<tf.Rank.R1>;
  readonly #options: Required<AdamOptions>;

  constructor(prefix: string, variables: NamedVariables, options: AdamOptions) {
    this.#options = { epsilon: 1e-8, weightDecay: 0, ...options };
    this.#variables = variables;
    const size = [...variables.values()].reduce((sum, variable) => sum + variable.size, 0);
    this.#count = tf.variable(tf.scalar(0), false);
    this.#m = tf.variable(tf.zeros<tf.Rank.R1>([size]), false);
    this.#v = tf.variable(tf.zeros<tf.Rank.R1>([size]), false);
    this.state = new Map<string, tf.Variable>([
      [`${prefix}/count`, this.#count],
      [`${prefix}/m`, this.#m],
      [`${prefix}/v`, this.#v],
    ]);
  }

  apply(gradients: AllGradients, learningRate: tf.Tensor): void {
    const { beta1, beta2, epsilon, weightDecay } = this.#options;
    tf.tidy(() => {
      const count = tf.add<tf.Scalar>(this.#count, 1);
      const gradient = concatenated(gradients);
      const m = tf.add<tf.Tensor1D>(tf.mul(this.#m, beta1), tf.mul(gradient, 1 - beta1));
      const v = tf.add<tf.Tensor1D>(tf.mul(this.#v, beta2), tf.mul(tf.square(gradient), 1 - beta2));
      this.#count.assign(count);
      this.#m.assign(m);
      this.#v.assign(v);
      // θ ← θ − lr · m̂ / (√v̂ + ε), with m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ); both sides of
      // the fraction are multiplied by √(1 − β₂ᵗ), which leaves scalars to correct instead of vectors.
      const correction = tf.sqrt(tf.sub(1, tf.pow(beta2, count)));
      const rate = tf.div(tf.mul(learningRate, correction), tf.sub(1, tf.pow(beta1, count)));
      const denominator = tf.add(tf.sqrt(v), tf.mul(correction, epsilon));
      const update = tf.mul(rate, tf.div(m, denominator));
      // θ ← (1 − lr · λ) · θ comes first.
      const kept = weightDecay > 0 ? tf.sub(1, tf.mul(learningRate, weightDecay)) : undefined;
      const parts = partsOf(update as tf.Tensor1D, this.#variables);
      [...this.#variables].forEach(([name, variable], i) => {
        const decayed = kept && isDecayed(name) ? tf.mul(variable, kept) : variable;
        variable.assign(tf.sub(decayed, parts[i]!));
      });
    });
  }

  dispose(): void {
    for (const variable of this.state.values()) variable.dispose();
  }
}
