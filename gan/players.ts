/** Both players of an architecture, from their configuration. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { DiscriminatorSettings, GeneratorSettings } from './config.js';
import { buildDcganDiscriminator, buildDcganGenerator } from './dcgan.js';
import { buildDiscriminator } from './discriminator.js';
import { buildGenerator, type PlayerOptions } from './generator.js';

type ImageShape = readonly [number, number, number];

/** @throws UsageError when the sizes do not fit the images */
export function generatorOf(
  config: GeneratorSettings,
  imageShape: ImageShape,
  options: Partial<PlayerOptions>,
): LayersModel {
  return config.arch === 'dcgan'
    ? buildDcganGenerator(config, imageShape, options)
    : buildGenerator(config, imageShape, options);
}

/** @throws UsageError when the sizes do not fit the images */
export function discriminatorOf(
  config: DiscriminatorSettings,
  imageShape: ImageShape,
  options: Partial<PlayerOptions>,
): LayersModel {
  return config.arch === 'dcgan'
    ? buildDcganDiscriminator(config, imageShape, options)
    : buildDiscriminator(config, imageShape, options);
}
