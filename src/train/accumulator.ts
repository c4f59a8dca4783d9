import * as tf from '@tensorflow/tfjs-core';
import type { NamedVariables } from './variables.js';

/** What one pass over a batch gives: means over its examples. */
export interface BatchGradient {
  readonly loss: tf.Scalar;
  /** Of all variables, one after the other. */
  readonly gradient: tf.Tensor1D;
  /** How much the means count beside those of another batch: the examples, or their weights' sum. */
  readonly weight: tf.Scalar;
}

/**
 * Adds up the gradients of several batches, so that an update sees the mean over all of them while
 * memory holds one batch at a time. Empty between updates, so that no checkpoint needs it.
 */
export class Accumulator {
  readonly #loss: tf.Variable<tf.Rank.R0>;
  readonly #gradient: tf.Variable<tf.Rank.R1>;
  readonly #weight: tf.Variable<tf.Rank.R0>;
  readonly #all: readonly tf.Variable[];

  constructor(variables: NamedVariables) {
    const size = [...variables.values()].reduce((sum, variable) => sum + variable.size, 0);
    this.#loss = tf.variable(tf.scalar(0), false);
    this.#gradient = tf.variable(tf.zeros<tf.Rank.R1>([size]), false);
    this.#weight = tf.variable(tf.scalar(0), false);
    this.#all = [this.#loss, this.#gradient, this.#weight];
  }

  /** Takes in a batch that others follow. */
  add(batch: BatchGradient): void {
    const sums = this.#sumsWith(batch);
    this.#loss.assign(sums.loss);
    this.#gradient.assign(sums.gradient);
    this.#weight.assign(sums.weight);
  }

  /** The means over the last batch and all before it, which are forgotten then. */
  finish(last: BatchGradient): Omit<BatchGradient, 'weight'> {
    const { loss, gradient, weight } = this.#sumsWith(last);
    for (const sum of this.#all) tf.tidy(() => sum.assign(tf.zeros(sum.shape)));
    return { loss: tf.div(loss, weight), gradient: tf.div(gradient, weight) };
  }

  #sumsWith({ loss, gradient, weight }: BatchGradient): BatchGradient {
    return {
      loss: tf.add(this.#loss, tf.mul(loss, weight)),
      gradient: tf.add(this.#gradient, tf.mul(gradient, weight)),
      weight: tf.add(this.#weight, weight),
    };
  }

  dispose(): void {
    for (const sum of this.#all) sum.dispose();
  }
}
