/** Both players of an architecture, from their configuration. */

import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { ImageShape } from '../src/data/dataset.js';
import type { DiscriminatorSettings, GeneratorSettings } from './config.js';
import { buildDcganDiscriminator, buildDcganGenerator } from './dcgan.js';
import { buildDiscriminator } from './discriminator.js';
import { buildGenerator, type GeneratorOptions, type PlayerOptions } from './generator.js';

/** [H, W, C] of the images, and what a builder takes besides. */
type Rest<Options> = [imageShape: ImageShape, options: Partial<Options>];

/** @throws UsageError when the sizes do not fit the images */
export const generatorOf = (
  config: GeneratorSettings,
  ...rest: Rest<GeneratorOptions>
): LayersModel =>
  config.arch === 'dcgan' ? buildDcganGenerator(config, ...rest) : buildGenerator(config, ...rest);

/** @throws UsageError when the sizes do not fit the images */
export const discriminatorOf = (
  config: DiscriminatorSettings,
  ...rest: Rest<PlayerOptions>
): LayersModel =>
  config.arch === 'dcgan'
    ? buildDcganDiscriminator(config, ...rest)
    : buildDiscriminator(config, ...rest);
