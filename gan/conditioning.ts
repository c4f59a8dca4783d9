/**
 * How a class joins the two players of a conditional GAN. A player of `numClasses` classes has a
 * second input `label` [B, K], one-hot.
 *
 * Axes: B batch, Z latent, K classes, D features.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import type { Initialisation } from '../src/mixer/initialisation.js';

export interface Conditioned {
  readonly inputs: tfl.SymbolicTensor[];
  readonly x: tfl.SymbolicTensor;
}

const labelInput = (numClasses: number): tfl.SymbolicTensor =>
  tfl.input({ shape: [numClasses], name: 'label' });

/**
 * How large a class's embedding is beside the latent at the start. As large as the latent, it is
 * learnt before the latent is: the generator draws one picture of each class and stays there.
 */
const classScale = 0.25;

/** A learnt vector for each class; `gain` scales its entries' initial standard deviation, 1 / √K. */
const embedding = (
  label: tfl.SymbolicTensor,
  units: number,
  gain: number,
  init: Initialisation,
): tfl.SymbolicTensor =>
  tfl.layers
    .dense({
      units,
      useBias: false,
      kernelInitializer: init.scaledKernel('embedding', gain),
      name: 'embedding',
    })
    .apply(label) as tfl.SymbolicTensor;

/**
 * What a generator starts from: the latent [B, Z], and beside it the class's embedding [B, Z].
 * @returns x [B, Z], or [B, 2Z] with classes
 */
export function latentInput(
  latentDim: number,
  numClasses: number | undefined,
  init: Initialisation,
): Conditioned {
  const latent = tfl.input({ shape: [latentDim], name: 'latent' });
  if (numClasses === undefined) return { inputs: [latent], x: latent };
  const label = labelInput(numClasses);
  const embedded = embedding(label, latentDim, classScale * Math.sqrt(numClasses), init);
  const x = tfl.layers
    .concatenate({ name: 'latent_and_class' })
    .apply([latent, embedded]) as tfl.SymbolicTensor;
  return { inputs: [latent, label], x };
}

/**
 * A discriminator's verdict on features h [B, D]: w · h + b, and with classes also e(label) · h, the
 * projection of Miyato and Koyama 2018, https://arxiv.org/abs/1802.05637. e starts at 0, so that the
 * first thing the discriminator asks is whether an image looks real, whatever its class.
 * @returns x [B, 1]; `inputs` holds the label's input, if there is one
 */
export function logit(
  features: tfl.SymbolicTensor,
  numClasses: number | undefined,
  init: Initialisation,
): Conditioned {
  const verdict = tfl.layers
    .dense({ units: 1, kernelInitializer: init.kernel('head'), name: 'head' })
    .apply(features) as tfl.SymbolicTensor;
  if (numClasses === undefined) return { inputs: [], x: verdict };
  const label = labelInput(numClasses);
  const embedded = embedding(label, features.shape.at(-1) as number, 0, init);
  const projection = tfl.layers
    .dot({ axes: 1, name: 'projection' })
    .apply([features, embedded]) as tfl.SymbolicTensor;
  const x = tfl.layers.add({ name: 'logit' }).apply([verdict, projection]) as tfl.SymbolicTensor;
  return { inputs: [label], x };
}
