/**
 * How the weights of a model get their first values.
 *
 * Builders ask for an initialiser by the name of the weight, so that every weight has its own
 * random stream and adding a layer does not change the others.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import { RandomStream } from '../random.js';

export type Initializer = ReturnType<typeof tfl.initializers.zeros>;

export interface Initialisation {
  /** For the kernel of a dense layer or convolution called `name`. */
  kernel(name: string): Initializer;
  /** For a kernel that starts small or at zero, scaled by `gain` against `kernel(name)`. */
  scaledKernel(name: string, gain: number): Initializer;
}

/**
 * LeCun normal kernels (variance 1 / fan-in), the default of Flax and so of the MLP-Mixer paper's
 * code, drawn from `random`. The initialisers are stock ones, so a saved model names them.
 */
export function seededInitialisation(random: RandomStream): Initialisation {
  const seed = (name: string): number => random.split(name).uint32();
  return {
    kernel: (name) => tfl.initializers.leCunNormal({ seed: seed(name) }),
    scaledKernel: (name, gain) =>
      gain === 0
        ? tfl.initializers.zeros()
        : tfl.initializers.varianceScaling({
            scale: gain * gain,
            mode: 'fanIn',
            distribution: 'truncatedNormal',
            seed: seed(name),
          }),
  };
}

/** What builders use when they are given no initialisation: seed 0. */
export function defaultInitialisation(): Initialisation {
  return seededInitialisation(RandomStream.fromSeed(0));
}
