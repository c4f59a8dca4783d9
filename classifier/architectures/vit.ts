import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { size } from '../../src/config/numbers.js';
import { vit } from '../../src/mixer/vit.js';
import {
  channelDimKeys,
  geluKeys,
  layerNormKeys,
  modelOptions,
  type Parts,
  tokenKeys,
} from './keys.js';
import type { ModelSizes } from './sizes.js';

export const vitSchema = z.strictObject({
  arch: z.literal('vit'),
  ...tokenKeys,
  /** Number of attention heads; divides C. */
  heads: size(),
  ...channelDimKeys,
  ...geluKeys,
  ...layerNormKeys,
});

export type VitModel = z.output<typeof vitSchema>;

/** @throws UsageError when the patch does not divide the image, or the heads do not divide C */
export const buildVit = (config: VitModel, sizes: ModelSizes, parts: Parts): LayersModel =>
  vit({ ...config, ...sizes }, modelOptions(config, parts));
