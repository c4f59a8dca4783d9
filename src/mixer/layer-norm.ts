/**
 * Layer normalisation over the channels (Ba, Kiros and Hinton 2016, https://arxiv.org/abs/1607.06450).
 *
 * The stock tfjs layer tiles its statistics to the full shape, and the gradient of a tile adds one
 * slice after the other: a Mixer trains forty times slower with it. This layer computes the same
 * values under the stock class name, config and weights, so a saved model opens in any tfjs.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/** Mean over the last axis, which is kept with length 1. */
const channelMean = (x: tf.Tensor): tf.Tensor => tf.mean(x, -1, true);

/**
 * y = γ ⊙ (x − μ) / √(σ² + ε) + β, with μ and σ² over the last axis.
 *
 * Differentiable any number of times: the gradient is itself made of differentiable operations on
 * `x`, never of saved outputs.
 *
 * @param x [..., C]
 * @param gamma scale [C]
 * @param beta offset [C]
 * @param epsilon added to the variance, greater than 0
 * @returns [..., C]
 */
export function layerNorm(
  x: tf.Tensor,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): tf.Tensor {
  return tf.add(tf.mul(normalise(x, epsilon), gamma), beta);
}

/** x̂ = (x − μ) / √(σ² + ε) over the last axis. */
function normalise(x: tf.Tensor, epsilon: number): tf.Tensor {
  const statistics = (input: tf.Tensor) => {
    const centred = tf.sub(input, channelMean(input));
    const rstd = tf.rsqrt(tf.add(channelMean(tf.square(centred)), epsilon));
    return { normalised: tf.mul(centred, rstd), rstd };
  };
  const withGradient = tf.customGrad((input, save) => {
    const source = input as tf.Tensor;
    // The input is saved, not x̂: tfjs cuts saved outputs off from the tape of an outer gradient.
    (save as tf.GradSaveFunc)([source]);
    return {
      value: statistics(source).normalised,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const { normalised, rstd } = statistics(saved[0]!);
        // ∂L/∂x = (dy − mean(dy) − x̂ · mean(dy ⊙ x̂)) / √(σ² + ε)
        const projected = tf.mul(normalised, channelMean(tf.mul(dy, normalised)));
        return tf.mul(rstd, tf.sub(tf.sub(dy, channelMean(dy)), projected));
      },
    };
  });
  return withGradient(x);
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
      layerNorm(
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
