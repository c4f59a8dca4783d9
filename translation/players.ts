/** Both kinds of players of an architecture, from their configuration. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { ImageShape } from '../src/data/dataset.js';
import type { ConditionalOptions } from '../src/mixer/options.js';
import type { DiscriminatorSettings, GeneratorSettings } from './config.js';
import { buildMixerDiscriminator, buildPatchgan } from './discriminator.js';
import {
  buildCycleganTranslator,
  buildMixerTranslator,
  type TranslatorOptions,
} from './generator.js';

/** @throws UsageError when the sizes do not fit the images */
export const generatorOf = (
  config: GeneratorSettings,
  ...rest: [imageShape: ImageShape, options: Partial<TranslatorOptions>]
): LayersModel =>
  config.arch === 'cyclegan'
    ? buildCycleganTranslator(config, ...rest)
    : buildMixerTranslator(config, ...rest);

/** @throws UsageError when the sizes do not fit the images */
export const discriminatorOf = (
  config: DiscriminatorSettings,
  ...rest: [imageShape: ImageShape, options: Partial<ConditionalOptions>]
): LayersModel =>
  config.arch === 'patchgan'
    ? buildPatchgan(config, ...rest)
    : buildMixerDiscriminator(config, ...rest);
