import { z } from 'zod';
import { positiveNumber, size, wholeNumber } from '../src/config.js';
import type { CnnConfig } from './architectures/cnn.js';

const mixerSchema = z.strictObject({
  /** Absent in configurations older than the choice. */
  arch: z.literal('mixer').optional(),
  patch: size(),
  channels: size(),
  tokenDim: size(),
  channelDim: size(),
  numBlocks: size(0),
});

const cnnSchema = z.strictObject({
  arch: z.literal('cnn'),
  channels: z.array(size()).min(1).max(6),
  features: size(),
}) satisfies z.ZodType<CnnConfig>;

/** A classifier's model without what its task decides; `arch` says which keys it has. */
const modelSchema = z.discriminatedUnion('arch', [mixerSchema, cnnSchema], {
  error: ({ code }) =>
    code === 'invalid_union' ? 'there is no such architecture; there are mixer, cnn' : undefined,
});

/** Everything that decides how a classifier is trained; written to `config.json` of its run. */
export const classifierConfigSchema = z.strictObject({
  kind: z.literal('classifier'),
  preset: z.string(),
  /** `mnist`, or a folder of IDX files. */
  data: z.string().min(1),
  seed: wholeNumber(0),
  steps: wholeNumber(1),
  batchSize: size(),
  model: modelSchema,
  optimiser: z.strictObject({
    rate: positiveNumber(),
    /** The rate falls along a cosine to this share of itself. */
    finalShare: z.number().min(0).max(1),
    warmupSteps: wholeNumber(0),
    beta1: z.number().min(0).lt(1),
    beta2: z.number().gt(0).lt(1),
  }),
  /** A random small affine map of every training image; all zeros switch it off. */
  augmentation: z.strictObject({
    /** Rotation by up to so many degrees to either side. */
    rotateDegrees: z.number().min(0).max(180),
    /** Shift by up to so many pixels along each axis. */
    translatePixels: z.number().min(0),
    /** Scale by a factor of 1 − s to 1 + s. */
    scale: z.number().min(0).lt(1),
  }),
  /** α of mixup's Beta(α, α); 0 switches it off. */
  mixupAlpha: z.number().min(0),
  /** Steps between metrics, evaluations and checkpoints. */
  logEvery: wholeNumber(1),
  evaluateEvery: wholeNumber(1),
  saveEvery: wholeNumber(1),
});

export type ClassifierConfig = z.output<typeof classifierConfigSchema>;

export type ModelConfig = z.output<typeof modelSchema>;
