import { z } from 'zod';
import { size, wholeNumber } from '../src/config/numbers.js';
import { modelSchema } from './architectures/registry.js';
import { augmentationSchema } from './augmentation.js';
import { classWeightsSchema } from './class-weights.js';
import { optimiserSchema } from './optimiser.js';

const finetuneSchema = z.strictObject({
  /** A run's folder, or a file of `mixgan export RUN --format safetensors`. */
  checkpoint: z.string().min(1),
  /** Whether the head starts anew although the classes are the same. */
  newHead: z.boolean().default(false),
});

/** Everything that decides how a classifier is trained; written to `config.json` of its run. */
export const classifierConfigSchema = z.strictObject({
  kind: z.literal('classifier'),
  preset: z.string(),
  /** `mnist`, or a folder: of IDX files, CIFAR, or pictures. */
  data: z.string().min(1),
  /** Side in pixels to resize all images to; absent to take them as they are. */
  imageSize: size().exactOptional(),
  /** Pixels as the model sees them: in −1 … 1, or with mean 0 and deviation 1 in each channel. */
  normalise: z.enum(['unit', 'dataset']).default('unit'),
  seed: wholeNumber(0),
  steps: wholeNumber(1),
  batchSize: size(),
  model: modelSchema,
  optimiser: optimiserSchema,
  /** Largest global norm of a gradient, which is scaled down to it; 0 for no limit. */
  clipNorm: z.number().min(0).default(0),
  /** Batches whose mean gradient makes one update. */
  accumulate: wholeNumber(1, 4096).default(1),
  /** Decay of the weights' moving average, which is what recognises; 0 for no average. */
  emaDecay: z.number().min(0).lt(1).default(0),
  /** Chance of the last block's branches to be dropped for an example; it grows with depth from 0. */
  stochasticDepth: z.number().min(0).lt(1).default(0),
  /** Chance of a hidden value of an MLP to be dropped. */
  dropout: z.number().min(0).lt(1).default(0),
  classWeights: classWeightsSchema.default('none'),
  augmentation: augmentationSchema,
  /** α of mixup's Beta(α, α); 0 switches it off. */
  mixupAlpha: z.number().min(0),
  /** Steps between metrics, evaluations and checkpoints. */
  logEvery: wholeNumber(1),
  evaluateEvery: wholeNumber(1),
  saveEvery: wholeNumber(1),
  /** Evaluations in a row without a better accuracy that end the training; 0 for none. */
  patience: wholeNumber(0).default(0),
  /** Where the first weights come from, where that is another training. */
  finetune: finetuneSchema.exactOptional(),
});

export type ClassifierConfig = z.output<typeof classifierConfigSchema>;
