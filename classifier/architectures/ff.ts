import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { size } from '../../src/config/numbers.js';
import { feedForward } from '../../src/mixer/ff.js';
import {
  channelDimKeys,
  geluKeys,
  layerNormKeys,
  modelOptions,
  type Parts,
  tokenKeys,
} from './keys.js';
import type { ModelSizes } from './sizes.js';

export const feedForwardSchema = z.strictObject({
  arch: z.literal('ff'),
  ...tokenKeys,
  /** Hidden width of the MLPs over the tokens. Default 4 S. */
  tokenDim: size().exactOptional(),
  ...channelDimKeys,
  ...geluKeys,
  ...layerNormKeys,
});

export type FeedForwardModel = z.output<typeof feedForwardSchema>;

/** @throws UsageError when the patch does not divide the image */
export const buildFeedForward = (
  config: FeedForwardModel,
  sizes: ModelSizes,
  parts: Parts,
): LayersModel => feedForward({ ...config, ...sizes }, modelOptions(config, parts));
