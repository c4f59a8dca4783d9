/**
 * Instance normalisation (Ulyanov, Vedaldi and Lempitsky 2016, https://arxiv.org/abs/1607.08022): every
 * channel of every image to mean 0 and variance 1, without a scale and an offset of its own.
 *
 * Stock tfjs has no such layer. Stock layers can say the same, slower: pixels last, a LayerNormalization
 * without weights, pixels first again. A model that is to be saved is built of those.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/** PyTorch's. */
const epsilon = 1e-5;

/** Height and width of [B, H, W, C]. */
const pixels = [1, 2];

/**
 * x̂ = (x − μ) / √(σ² + ε), μ and σ² over height and width.
 *
 * Differentiable any number of times: the gradient is made of differentiable operations on the inputs.
 *
 * @param x [B, H, W, C]
 * @returns [B, H, W, C]
 */
export function instanceNormalise(x: tf.Tensor): tf.Tensor {
  return tf.customGrad((...args) => {
    const [input, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc];
    save([input]);
    return {
      value: normalise(input).normalised,
      // ∂L/∂x = (dy − mean(dy) − x̂ · mean(dy ⊙ x̂)) / √(σ² + ε)
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const { normalised, reciprocalDeviation } = normalise(saved[0]!);
        const along = tf.mean(tf.mul(dy, normalised), pixels, true);
        const centred = tf.sub(dy, tf.mean(dy, pixels, true));
        return [tf.mul(tf.sub(centred, tf.mul(normalised, along)), reciprocalDeviation)];
      },
    };
  })(x);
}

function normalise(x: tf.Tensor): { normalised: tf.Tensor; reciprocalDeviation: tf.Tensor } {
  const centred = tf.sub(x, tf.mean(x, pixels, true));
  const variance = tf.mean(tf.square(centred), pixels, true);
  const reciprocalDeviation = tf.rsqrt(tf.add(variance, epsilon));
  return { normalised: tf.mul(centred, reciprocalDeviation), reciprocalDeviation };
}

/** The layer; it has no weights. */
export class InstanceNorm extends tfl.layers.Layer {
  static readonly className = 'InstanceNormalization';

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape | tfl.Shape[] {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    return tf.tidy(() => instanceNormalise(x));
  }
}

/**
 * @param x [B, H, W, C]
 * @param isStock whether to build it of stock layers, for a model that other programs read
 * @returns [B, H, W, C]
 */
export function instanceNorm(
  x: tfl.SymbolicTensor,
  name: string,
  isStock = false,
): tfl.SymbolicTensor {
  if (!isStock) return new InstanceNorm({ name }).apply(x) as tfl.SymbolicTensor;
  const [, height, width, channels] = x.shape as [null, number, number, number];
  const layers = [
    tfl.layers.reshape({ targetShape: [height * width, channels], name: `${name}/pixels` }),
    tfl.layers.permute({ dims: [2, 1], name: `${name}/pixels_last` }),
    tfl.layers.layerNormalization({ epsilon, center: false, scale: false, name }),
    tfl.layers.permute({ dims: [2, 1], name: `${name}/channels_last` }),
    tfl.layers.reshape({ targetShape: [height, width, channels], name: `${name}/grid` }),
  ];
  return layers.reduce((y, layer) => layer.apply(y) as tfl.SymbolicTensor, x);
}
