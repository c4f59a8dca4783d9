import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { size } from '../../src/config/numbers.js';
import { mlpMixer } from '../../src/mixer/mixer.js';
import { geluKeys, layerNormKeys, modelOptions, type Parts, tokenKeys } from './keys.js';
import type { ModelSizes } from './sizes.js';

export const mixerSchema = z.strictObject({
  /** Absent in configurations older than the choice. */
  arch: z.literal('mixer').optional(),
  ...tokenKeys,
  /** Hidden widths of the MLPs, D_S and D_C. */
  tokenDim: size(),
  channelDim: size(),
  ...geluKeys,
  ...layerNormKeys,
});

export type MixerModel = z.output<typeof mixerSchema>;

/** @throws UsageError when the patch does not divide the image */
export const buildMixer = (config: MixerModel, sizes: ModelSizes, parts: Parts): LayersModel =>
  mlpMixer({ ...config, ...sizes }, modelOptions(config, parts));
