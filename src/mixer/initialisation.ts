/**
 * How the weights of a model get their first values.
 *
 * Builders ask for an initialiser by the name of the weight, so that every weight has its own
 * random stream and adding a layer does not change the others.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { RandomStream } from '../random.js';

export type Initializer = ReturnType<typeof tfl.initializers.zeros>;

export interface Initialisation {
  /** For the kernel of a dense layer or convolution called `name`. */
  kernel(name: string): Initializer;
  /** For a kernel that starts small or at zero, scaled by `gain` against `kernel(name)`. */
  scaledKernel(name: string, gain: number): Initializer;
  /** Normal values around zero of a standard deviation of their own, whatever the weight's shape. */
  normal(name: string, deviation: number): Initializer;
}

/**
 * The standard deviation of a standard normal cut off at ±2, by which truncated draws fall short.
 */
const truncatedDeviation = 0.87962566103423978;

/**
 * LeCun normal kernels (variance 1 / fan-in, cut off at two standard deviations), the default of
 * Flax and so of the MLP-Mixer paper's code, drawn from `random`. The initialisers are stock ones,
 * so a saved model names them; stock `leCunNormal` itself forgets what truncation takes away.
 */
export function seededInitialisation(random: RandomStream): Initialisation {
  const scaledKernel = (name: string, gain: number): Initializer =>
    gain === 0
      ? tfl.initializers.zeros()
      : tfl.initializers.varianceScaling({
          scale: (gain / truncatedDeviation) ** 2,
          mode: 'fanIn',
          // In TensorFlow.js this is the truncated one.
          distribution: 'normal',
          seed: random.split(name).uint32(),
        });
  return {
    kernel: (name) => scaledKernel(name, 1),
    scaledKernel,
    normal: (name, deviation) =>
      tfl.initializers.randomNormal({
        mean: 0,
        stddev: deviation,
        seed: random.split(name).uint32(),
      }),
  };
}

/**
 * The same value everywhere. Unlike the stock initialisers it computes nothing, so that it serves
 * models without memory, too.
 */
export function constant(value: number): Initializer {
  const initializer = tfl.initializers.constant({ value });
  initializer.apply = (shape) => {
    const lengths = shape as number[];
    return tf.tensor(new Float32Array(tf.util.sizeFromShape(lengths)).fill(value), lengths);
  };
  return initializer;
}

/** What builders use when they are given no initialisation: seed 0. */
export function defaultInitialisation(): Initialisation {
  return seededInitialisation(RandomStream.fromSeed(0));
}
