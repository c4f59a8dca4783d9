/**
 * What an architecture of classifiers is: its configurations, which a line of
 * `classifier/architectures/configs.ts` gives their name, and what builds a model of them, by a line of
 * `classifier/architectures/registry.ts`.
 */

import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { size } from '../config/numbers.js';
import type { ImageShape } from '../data/dataset.js';
import type { Drops } from './dropout.js';
import type { Initialisation } from './initialisation.js';
import type { Scaling } from './rescaling.js';
import { stemKinds } from './stem-kinds.js';

/** What the task, not the architecture, decides about a model. */
export interface ModelSizes {
  /** [H, W, C_in] */
  readonly imageShape: ImageShape;
  /** Length of the logits. */
  readonly numClasses: number;
}

/** What a model takes besides its configuration. */
export interface ModelOptions {
  /** Of the model. */
  readonly name?: string;
  /** First values of the weights. Default: LeCun normal kernels from seed 0. */
  readonly init?: Initialisation;
  /** What is done to images first, so that they come as pixels in 0 … 255. Default: nothing. */
  readonly scaling?: Scaling | undefined;
  /** Dropout and stochastic depth in training, where there are branches and MLPs. Default none. */
  readonly drops?: Drops | undefined;
}

/** What a configuration may say, apart from what it builds, so that help finds it soon. */
export interface Configurations<S extends z.ZodObject = z.ZodObject> {
  /** Of the configuration, without what the task decides. */
  readonly schema: S;
  /**
   * Sizes to start from, and to compare architectures with: on 28 × 28 digits each has about as many
   * parameters as the Mixer, give or take a fifth.
   */
  readonly defaults: z.output<S>;
  /** Published sizes, by name. */
  readonly sizes?: Readonly<Record<string, z.output<S> & ModelSizes>>;
}

/**
 * @returns a model from images [B, H, W, C_in] to logits [B, numClasses], which a dense layer called
 *   `head` makes; what goes into it are the model's features
 * @throws UsageError when the model does not fit the images
 */
export type Build<C extends Configurations = Configurations> = (
  config: z.output<C['schema']> & ModelSizes,
  options: ModelOptions,
) => LayersModel;

/** Keys of all that are made of tokens. */
export const tokenKeys = {
  patch: size().describe('side of a patch, P'),
  stem: z
    .enum(stemKinds)
    .exactOptional()
    .describe('what makes tokens of pixels; default patch, one linear map of each patch'),
  channels: size().describe('channels of a token, C'),
  numBlocks: size(0).describe('number of blocks, L'),
  gelu: z
    .enum(['erf', 'tanh'])
    .exactOptional()
    .describe(
      'form of GELU: erf, the exact one, as in torch and timm; tanh as in Flax; default erf',
    ),
};

/** Keys of all that have a LayerNorm. */
export const layerNormKeys = {
  layerNormEpsilon: z
    .number()
    .gt(0)
    .max(1)
    .exactOptional()
    .describe('ε, added to the variance; default 1e-6'),
};

/** What many models of tokens start from. */
export const tokenDefaults = {
  patch: 4,
  stem: 'patch',
  channels: 64,
  numBlocks: 4,
  gelu: 'erf',
} as const;

/** The task of the published sizes. */
export const imageNet = { imageShape: [224, 224, 3], numClasses: 1000 } as const;

/** Configurations older than the choice have no `arch`. */
export const mixerUnlessSaid = (config: unknown): unknown =>
  typeof config === 'object' && config !== null && !('arch' in config)
    ? { arch: 'mixer', ...config }
    : config;
