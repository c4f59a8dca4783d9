/**
 * Discriminators that judge an image place by place: a Mixer whose tokens each have a logit, and the
 * PatchGAN of CycleGAN (Zhu et al. 2017, https://arxiv.org/abs/1703.10593, section 7.2).
 *
 * Axes: B batch, H × W image, S tokens, C channels.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import {
  judgedTokens,
  type MixerDiscriminatorConfig,
} from '../src/adversarial/mixer-discriminator.js';
import { withProjection } from '../src/adversarial/projection.js';
import type { ImageShape } from '../src/data/dataset.js';
import { convolution } from '../src/mixer/convolution.js';
import { labelInputs } from '../src/mixer/embedding.js';
import { defaultInitialisation, type Initialisation } from '../src/mixer/initialisation.js';
import { instanceNorm } from '../src/mixer/instance-norm.js';
import type { ConditionalOptions } from '../src/mixer/options.js';
import type { normalisations } from './names.js';

export type { MixerDiscriminatorConfig };

/**
 * @param imageShape [H, W, C_in]
 * @returns a model from images [B, H, W, C_in] in −1 … 1, and labels [B, K] with `numClasses`, to a logit
 *   for every token [B, S, 1], higher for real
 * @throws UsageError when a patch does not suit its stem, or divide the image or the grid before it
 */
export function buildMixerDiscriminator(
  config: MixerDiscriminatorConfig,
  imageShape: ImageShape,
  options: Partial<ConditionalOptions> = {},
): tfl.LayersModel {
  const init = options.init ?? defaultInitialisation();
  const shared = { ...options, init };
  const image = tfl.input({ shape: [...imageShape], name: 'image' });
  const x = judgedTokens(image, config, shared); //                             [B, S, C]
  const logits = tfl.layers
    .dense({ units: 1, kernelInitializer: init.kernel('logit'), name: 'logit' })
    .apply(x) as tfl.SymbolicTensor; //                                         [B, S, 1]
  return judging(image, x, logits, shared);
}

export interface PatchganConfig {
  /** Channels after the first convolution; each of the next doubles them, up to eight times. */
  readonly channels: number;
  /** Convolutions of stride 2; an output sees 16, 34 or 70 pixels to a side with 1, 2 or 3. */
  readonly halvings: number;
  readonly norm: (typeof normalisations)[number];
}

/** As in CycleGAN. */
const kernelSize = 4;

/**
 * 4 × 4 convolutions with leaky ReLU: `halvings` of stride 2, one of stride 1, and one to a single
 * channel. The first is not normalised: that would hide how bright the image is.
 *
 * @returns a model from images [B, H, W, C_in] in −1 … 1, and labels [B, K] with `numClasses`, to logits
 *   [B, h, w, 1], higher for real
 */
export function buildPatchgan(
  { channels, halvings, norm }: PatchganConfig,
  imageShape: ImageShape,
  options: Partial<ConditionalOptions> = {},
): tfl.LayersModel {
  const init = options.init ?? defaultInitialisation();
  const image = tfl.input({ shape: [...imageShape], name: 'image' });
  let x = image;
  for (let i = 0; i <= halvings; i++) {
    const name = `stage_${i}`;
    const filters = channels * Math.min(2 ** i, 8);
    const kernelInitializer = init.normal(name, 0.02);
    const stride = i < halvings ? 2 : 1;
    x = convolution(x, { name, filters, kernelSize, stride, kernelInitializer });
    if (i > 0 && norm === 'instance') x = instanceNorm(x, `${name}/instance_norm`);
    x = tfl.layers
      .leakyReLU({ alpha: 0.2, name: `${name}/activation` })
      .apply(x) as tfl.SymbolicTensor;
  }
  const kernelInitializer = init.normal('logit', 0.02);
  const logits = convolution(x, { name: 'logit', filters: 1, kernelSize, kernelInitializer });
  return judging(image, x, logits, { ...options, init });
}

/** The model from images, and labels where it is told classes, to its verdict on the features of each place. */
function judging(
  image: tfl.SymbolicTensor,
  features: tfl.SymbolicTensor,
  logits: tfl.SymbolicTensor,
  {
    numClasses,
    init,
    name = 'discriminator',
  }: Partial<ConditionalOptions> & { readonly init: Initialisation },
): tfl.LayersModel {
  const labels = labelInputs(numClasses);
  const outputs = withProjection(logits, features, labels[0], { init });
  return tfl.model({ inputs: [image, ...labels], outputs, name });
}
