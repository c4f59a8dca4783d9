import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { resMlp } from '../../src/mixer/resmlp.js';
import { channelDimKeys, geluKeys, modelOptions, type Parts, tokenKeys } from './keys.js';
import type { ModelSizes } from './sizes.js';

export const resMlpSchema = z.strictObject({
  arch: z.literal('resmlp'),
  ...tokenKeys,
  ...channelDimKeys,
  ...geluKeys,
});

export type ResMlpModel = z.output<typeof resMlpSchema>;

/** @throws UsageError when the patch does not divide the image */
export const buildResMlp = (config: ResMlpModel, sizes: ModelSizes, parts: Parts): LayersModel =>
  resMlp({ ...config, ...sizes }, modelOptions(config, parts));
