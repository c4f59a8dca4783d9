/**
 * A scale and an offset of every channel, without statistics: the normalisation of ResMLP, its
 * LayerScale, and the vectors of positions.
 *
 * Stock tfjs has no such layer, but its BatchNormalization in inference is one when the statistics
 * are those of nothing to normalise: mean 0, variance 1, ε 0. This layer is saved as that, so a
 * model opens in any tfjs; here the statistics are never read and never move.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { constant, type Initializer } from './initialisation.js';

export interface AffineArgs {
  readonly name: string;
  /** First values of the scale α, or false for none. Default 1. */
  readonly scale?: Initializer | false;
  /** First values of the offset β, or false for none. Default 0. */
  readonly offset?: Initializer | false;
}

/**
 * y = α ⊙ x + β, along the last axis (Touvron et al. 2021, https://arxiv.org/abs/2105.03404,
 * equation 1). Weights: α as `gamma` [C], β as `beta` [C], and the statistics, two times [C].
 */
export class Affine extends tfl.layers.Layer {
  static readonly className = 'BatchNormalization';

  readonly #initial: Required<Omit<AffineArgs, 'name'>>;
  #scale: tfl.LayerVariable | undefined;
  #offset: tfl.LayerVariable | undefined;

  constructor({ name, scale = constant(1), offset = constant(0) }: AffineArgs) {
    super({ name });
    this.#initial = { scale, offset };
    this.supportsMasking = true;
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const channels = (inputShape as tfl.Shape).at(-1);
    if (typeof channels !== 'number') {
      throw new Error(`Affine ${this.name} needs a fixed number of channels`);
    }
    const weight = (name: string, initializer: Initializer, trainable = true) =>
      this.addWeight(name, [channels], 'float32', initializer, undefined, trainable);
    const { scale, offset } = this.#initial;
    if (scale !== false) this.#scale = weight('gamma', scale);
    if (offset !== false) this.#offset = weight('beta', offset);
    weight('moving_mean', constant(0), false);
    weight('moving_variance', constant(1), false);
    this.built = true;
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape | tfl.Shape[] {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    return tf.tidy(() => {
      const scaled = this.#scale === undefined ? x : tf.mul(x, this.#scale.read());
      return this.#offset === undefined ? scaled : tf.add(scaled, this.#offset.read());
    });
  }

  /** α and β: statistics that never move are no parameters. */
  override countParams(): number {
    return this.trainableWeights.reduce((sum, { shape }) => sum + (shape as number[])[0]!, 0);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      axis: -1,
      momentum: 0.99,
      epsilon: 0,
      center: this.#initial.offset !== false,
      scale: this.#initial.scale !== false,
      betaInitializer: { className: 'Zeros', config: {} },
      gammaInitializer: { className: 'Ones', config: {} },
      movingMeanInitializer: { className: 'Zeros', config: {} },
      movingVarianceInitializer: { className: 'Ones', config: {} },
      betaRegularizer: null,
      gammaRegularizer: null,
      betaConstraint: null,
      gammaConstraint: null,
    };
  }
}

/** α ⊙ x + β over C, at first x itself. */
export function affine(x: tfl.SymbolicTensor, name: string): tfl.SymbolicTensor {
  return new Affine({ name }).apply(x) as tfl.SymbolicTensor;
}

/**
 * γ ⊙ x over C: LayerScale (Touvron et al. 2021, https://arxiv.org/abs/2103.17239).
 * @param initial first value of every γ
 */
export function layerScale(
  x: tfl.SymbolicTensor,
  name: string,
  initial: number,
): tfl.SymbolicTensor {
  return new Affine({ name, scale: constant(initial), offset: false }).apply(
    x,
  ) as tfl.SymbolicTensor;
}
