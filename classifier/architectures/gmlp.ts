import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { size } from '../../src/config/numbers.js';
import { gMlp } from '../../src/mixer/gmlp.js';
import { geluKeys, layerNormKeys, modelOptions, type Parts, tokenKeys } from './keys.js';
import type { ModelSizes } from './sizes.js';

export const gMlpSchema = z.strictObject({
  arch: z.literal('gmlp'),
  ...tokenKeys,
  /** Width of a block before its gating, D; even. */
  hiddenDim: size(2),
  ...geluKeys,
  /** Default 1e-6, and 1e-5 in the gates. */
  ...layerNormKeys,
});

export type GMlpModel = z.output<typeof gMlpSchema>;

/** @throws UsageError when the patch does not divide the image, or D is odd */
export const buildGMlp = (config: GMlpModel, sizes: ModelSizes, parts: Parts): LayersModel =>
  gMlp({ ...config, ...sizes }, modelOptions(config, parts));
