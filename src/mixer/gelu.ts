/**
 * The Gaussian error linear unit, x · Φ(x) (Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415),
 * in its exact form, written so that it and its gradient take few passes over memory.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

const inverseRoot2 = Math.SQRT1_2;
/** log(2 / √π), so that (2 / √π) · e^(−z²) is one exponential. */
const logErfSlope = Math.log(2 / Math.sqrt(Math.PI));

/** z = x / √2 and 1 + erf(z) = 2 Φ(x). */
function parts(x: tf.Tensor): { z: tf.Tensor; doubleCdf: tf.Tensor } {
  const z = tf.mul(x, inverseRoot2);
  return { z, doubleCdf: tf.add(tf.erf(z), 1) };
}

/**
 * gelu(x) = x · Φ(x) = z · (1 + erf z) / √2 with z = x / √2. Differentiable any number of times.
 *
 * @param x of any shape
 */
export function gelu(x: tf.Tensor): tf.Tensor {
  return tf.customGrad((input, save) => {
    (save as tf.GradSaveFunc)([input as tf.Tensor]);
    const { z, doubleCdf } = parts(input as tf.Tensor);
    return {
      value: tf.mul(tf.mul(z, doubleCdf), inverseRoot2),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => {
        // gelu′(x) = ½ · (1 + erf z + z · (2 / √π) · e^(−z²))
        const { z, doubleCdf } = parts(saved!);
        const bell = tf.exp(tf.sub(logErfSlope, tf.square(z)));
        const doubleSlope = tf.add(doubleCdf, tf.mul(z, bell));
        return tf.mul(tf.mul(dy, doubleSlope), 0.5);
      },
    };
  })(x);
}

/**
 * An activation for layers that computes `gelu` and calls itself by the stock name, so that a saved
 * model opens in any TensorFlow.js.
 */
export function geluActivation(): 'gelu' {
  const layer = tfl.layers.activation({ activation: 'gelu' });
  const { activation } = layer as unknown as { activation: { apply(x: tf.Tensor): tf.Tensor } };
  const fast = Object.create(activation) as typeof activation;
  fast.apply = gelu;
  // Layers take such objects as well as names, but their types know of names alone.
  return fast as unknown as 'gelu';
}
