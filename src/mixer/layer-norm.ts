/**
 * Layer normalisation over the channels (Ba, Kiros and Hinton 2016, https://arxiv.org/abs/1607.06450).
 *
 * The stock tfjs layer tiles its statistics to the full shape, and the gradient of a tile adds one
 * slice after the other: a Mixer trains forty times slower with it. This layer computes the same
 * values under the stock class name, config and weights, so a saved model opens in any tfjs.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { BuildOptions } from './options.js';

/**
 * y = γ ⊙ x̂ + β with x̂ = (x − μ) / √(σ² + ε), μ and σ² over the last axis.
 *
 * Differentiable any number of times: the gradient is itself made of differentiable operations on
 * the inputs, never of saved outputs.
 *
 * @param x [..., C]
 * @param gamma scale [C]
 * @param beta offset [C]
 * @param epsilon added to the variance, greater than 0
 * @returns [..., C]
 */
export function layerNormalise(
  x: tf.Tensor,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): tf.Tensor {
  return tf.customGrad((...args) => {
    const [input, scale, offset, save] = args as unknown as [
      tf.Tensor,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.GradSaveFunc,
    ];
    // The inputs are saved, not x̂: tfjs cuts saved outputs off from the tape of an outer gradient.
    save([input, scale]);
    const { normalised } = normalise(input, epsilon);
    return {
      value: tf.add(tf.mul(normalised, scale), offset),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        layerNormGradients(dy, saved[0]!, saved[1] as tf.Tensor1D, epsilon),
    };
  })(x, gamma, beta);
}

function normalise(
  x: tf.Tensor,
  epsilon: number,
): { normalised: tf.Tensor; reciprocalDeviation: tf.Tensor } {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  const reciprocalDeviation = tf.rsqrt(tf.add(variance, epsilon));
  return { normalised: tf.mul(centred, reciprocalDeviation), reciprocalDeviation };
}

/**
 * ∂L/∂β = Σ dy,  ∂L/∂γ = Σ dy ⊙ x̂,
 * ∂L/∂x = (γ ⊙ dy − mean(γ ⊙ dy) − x̂ · mean(γ ⊙ dy ⊙ x̂)) / √(σ² + ε)
 *
 * The means are products with the vector γ / C, which saves passes over memory.
 */
function layerNormGradients(
  dy: tf.Tensor,
  x: tf.Tensor,
  gamma: tf.Tensor1D,
  epsilon: number,
): tf.Tensor[] {
  const channels = gamma.size;
  const { normalised, reciprocalDeviation } = normalise(x, epsilon);
  const projected = tf.mul(dy, normalised);
  const rows = (tensor: tf.Tensor): tf.Tensor2D => tf.reshape(tensor, [-1, channels]);
  const weights = tf.reshape<tf.Rank.R2>(tf.mul(gamma, 1 / channels), [channels, 1]);
  const weightedMean = (tensor: tf.Tensor): tf.Tensor =>
    tf.reshape(tf.matMul(rows(tensor), weights), [...x.shape.slice(0, -1), 1]);
  const inner = tf.sub(
    tf.sub(tf.mul(dy, gamma), weightedMean(dy)),
    tf.mul(normalised, weightedMean(projected)),
  );
  return [tf.mul(inner, reciprocalDeviation), tf.sum(rows(projected), 0), tf.sum(rows(dy), 0)];
}

export interface LayerNormArgs {
  readonly name?: string;
  /** Added to the variance. Flax and timm use 1e-6, torch 1e-5, stock tfjs 1e-3. */
  readonly epsilon?: number;
}

/** The layer: weights `gamma` [C] (ones) and `beta` [C] (zeros). */
export class LayerNorm extends tfl.layers.Layer {
  static readonly className = 'LayerNormalization';

  readonly epsilon: number;
  #gamma: tfl.LayerVariable | undefined;
  #beta: tfl.LayerVariable | undefined;

  constructor({ name, epsilon = 1e-6 }: LayerNormArgs = {}) {
    super(name === undefined ? {} : { name });
    this.epsilon = epsilon;
    this.supportsMasking = true;
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const channels = (inputShape as tfl.Shape).at(-1);
    if (typeof channels !== 'number') {
      throw new Error(`LayerNorm ${this.name} needs a fixed number of channels`);
    }
    this.#gamma = this.addWeight('gamma', [channels], 'float32', tfl.initializers.ones());
    this.#beta = this.addWeight('beta', [channels], 'float32', tfl.initializers.zeros());
    this.built = true;
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape | tfl.Shape[] {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    return tf.tidy(() =>
      layerNormalise(
        x,
        this.#gamma!.read() as tf.Tensor1D,
        this.#beta!.read() as tf.Tensor1D,
        this.epsilon,
      ),
    );
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      axis: -1,
      epsilon: this.epsilon,
      center: true,
      scale: true,
      betaInitializer: { className: 'Zeros', config: {} },
      gammaInitializer: { className: 'Ones', config: {} },
      betaRegularizer: null,
      gammaRegularizer: null,
    };
  }
}

/** A LayerNorm over C, with the ε of the options. */
export function layerNorm(
  x: tfl.SymbolicTensor,
  name: string,
  { epsilon }: Pick<BuildOptions, 'epsilon'> = {},
): tfl.SymbolicTensor {
  const layer = new LayerNorm({ name, ...(epsilon === undefined ? {} : { epsilon }) });
  return layer.apply(x) as tfl.SymbolicTensor;
}
