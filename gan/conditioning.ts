/**
 * How a class joins the two players of a conditional GAN. A player of `numClasses` classes has a
 * second input `label` [B, K], one-hot.
 *
 * Axes: B batch, Z latent, K classes, D features.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import { type ProjectionOptions, withProjection } from '../src/adversarial/projection.js';
import { dense } from '../src/mixer/dense.js';
import { embedding, labelInputs } from '../src/mixer/embedding.js';
import type { Initialisation } from '../src/mixer/initialisation.js';
import type { ConditionalOptions } from '../src/mixer/options.js';
import { Rescaling } from '../src/mixer/rescaling.js';

export interface Conditioned {
  readonly inputs: tfl.SymbolicTensor[];
  readonly x: tfl.SymbolicTensor;
}

export interface LatentOptions extends Pick<ConditionalOptions, 'numClasses'> {
  /**
   * Factor on the latents, T: pictures are drawn from N(0, T²) where N(0, 1) is given (as Glow's are, Kingma
   * and Dhariwal 2018, https://arxiv.org/abs/1807.03039). Default 1. No weight depends on it.
   */
  readonly temperature?: number | undefined;
}

/**
 * How large a class's embedding is beside the latent at the start. As large as the latent, it is
 * learnt before the latent is: the generator draws one picture of each class and stays there.
 */
const classScale = 0.25;

/**
 * What a generator starts from: the latent [B, Z], times its temperature, and beside it the class's embedding
 * [B, Z].
 * @returns x [B, Z], or [B, 2Z] with classes
 */
export function latentInput(
  latentDim: number,
  { numClasses, temperature = 1 }: LatentOptions,
  init: Initialisation,
): Conditioned {
  const input = tfl.input({ shape: [latentDim], name: 'latent' });
  const latent = temperature === 1 ? input : scaledBy(temperature, input);
  const [label] = labelInputs(numClasses);
  if (label === undefined) return { inputs: [input], x: latent };
  const gain = classScale * Math.sqrt(numClasses!);
  const embedded = embedding(label, { units: latentDim, gain, init });
  const x = tfl.layers
    .concatenate({ name: 'latent_and_class' })
    .apply([latent, embedded]) as tfl.SymbolicTensor;
  return { inputs: [input, label], x };
}

const scaledBy = (scale: number, x: tfl.SymbolicTensor): tfl.SymbolicTensor =>
  new Rescaling({ scale, offset: 0, name: 'temperature' }).apply(x) as tfl.SymbolicTensor;

/**
 * A discriminator's verdict on features h [B, D]: w · h + b, and with a label [B, K] also its projection.
 * @returns the verdict [B, 1]
 */
export function logit(
  features: tfl.SymbolicTensor,
  label: tfl.SymbolicTensor | undefined,
  options: ProjectionOptions,
): tfl.SymbolicTensor {
  const { init, prefix = '' } = options;
  const verdict = dense(features, { name: `${prefix}head`, units: 1, init });
  return withProjection(verdict, features, label, options);
}
