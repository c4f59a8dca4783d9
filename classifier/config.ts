import { z } from 'zod';
import { positiveNumber, size, wholeNumber } from '../src/config.js';
import { modelSchema } from './architectures/schema.js';
import { augmentationSchema } from './augmentation.js';

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
  augmentation: augmentationSchema,
  /** α of mixup's Beta(α, α); 0 switches it off. */
  mixupAlpha: z.number().min(0),
  /** Steps between metrics, evaluations and checkpoints. */
  logEvery: wholeNumber(1),
  evaluateEvery: wholeNumber(1),
  saveEvery: wholeNumber(1),
});

export type ClassifierConfig = z.output<typeof classifierConfigSchema>;
