import * as tf from '@tensorflow/tfjs-core';
import { type AllGradients, concatenated, partsOf } from './gradients.js';
import { isDecayed, type Optimiser } from './optimiser.js';
import type { NamedVariables } from './variables.js';

export interface SgdOptions {
  /** Share μ of the last update that goes on, in [0, 1). */
  readonly momentum: number;
  /** Looks ahead along the momentum (Sutskever et al. 2013). */
  readonly nesterov: boolean;
  /** λ: the gradient of a kernel (see `isDecayed`) gains λ · θ, 0 or more. */
  readonly weightDecay: number;
}

/**
 * Stochastic gradient descent with momentum, in the form of PyTorch: with g ← g + λ · θ,
 * m ← μ · m + g and θ ← θ − lr · m, or with Nesterov's momentum θ ← θ − lr · (g + μ · m).
 */
export class Sgd implements Optimiser {
  /** `PREFIX/momentum`, of all variables one after the other. */
  readonly state: NamedVariables;
  readonly #variables: NamedVariables;
  readonly #momentum: tf.Variable<tf.Rank.R1>;
  readonly #options: SgdOptions;

  constructor(prefix: string, variables: NamedVariables, options: SgdOptions) {
    this.#options = options;
    this.#variables = variables;
    const size = [...variables.values()].reduce((sum, variable) => sum + variable.size, 0);
    this.#momentum = tf.variable(tf.zeros<tf.Rank.R1>([size]), false);
    this.state = new Map([[`${prefix}/momentum`, this.#momentum]]);
  }

  apply(gradients: AllGradients, learningRate: tf.Tensor): void {
    const { momentum, nesterov } = this.#options;
    tf.tidy(() => {
      const gradient = this.#withDecay(concatenated(gradients));
      const m = tf.add<tf.Tensor1D>(tf.mul(this.#momentum, momentum), gradient);
      this.#momentum.assign(m);
      const direction = nesterov ? tf.add(gradient, tf.mul(m, momentum)) : m;
      const parts = partsOf(tf.mul(direction, learningRate), this.#variables);
      [...this.#variables.values()].forEach((variable, i) => {
        variable.assign(tf.sub(variable, parts[i]!));
      });
    });
  }

  #withDecay(gradient: tf.Tensor1D): tf.Tensor1D {
    const { weightDecay } = this.#options;
    if (weightDecay === 0) return gradient;
    const pulls = new Map(
      Array.from(this.#variables, ([name, variable]) => [
        name,
        isDecayed(name) ? tf.mul(variable, weightDecay) : tf.zeros([variable.size]),
      ]),
    );
    return tf.add(gradient, concatenated(pulls));
  }

  dispose(): void {
    this.#momentum.dispose();
  }
}
