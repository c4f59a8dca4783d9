import { z } from 'zod';
import { amount, size, wholeNumber } from '../src/config/numbers.js';
import { runKeys } from '../src/config/run-keys.js';
import { modelSchema } from './architectures/configs.js';
import { augmentationSchema } from './augmentation.js';
import { classWeightsSchema } from './class-weights.js';
import { optimiserSchema } from './optimiser-config.js';

const finetuneSchema = z.strictObject({
  checkpoint: z
    .string()
    .min(1)
    .describe('start from the weights of this run, or of its exported .safetensors'),
  newHead: z
    .boolean()
    .default(false)
    .describe('whether the head starts anew although the classes are the same'),
});

/** Everything that decides how a classifier is trained; written to `config.json` of its run. */
export const classifierConfigSchema = z.strictObject({
  kind: z.literal('classifier'),
  ...runKeys('updates of the weights'),
  normalise: z
    .enum(['unit', 'dataset'])
    .default('unit')
    .describe('pixels as the model sees them: in −1 … 1, or with mean 0 and deviation 1'),
  batchSize: size().describe('images of each update'),
  model: modelSchema,
  optimiser: optimiserSchema,
  clipNorm: amount()
    .default(0)
    .describe('largest global norm of a gradient, which is scaled down to it; 0 for no limit'),
  accumulate: wholeNumber(1, 4096)
    .default(1)
    .describe('batches whose mean gradient makes one update'),
  emaDecay: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('decay of the weights’ moving average, which is what recognises; 0 for no average'),
  stochasticDepth: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('chance of the last block’s branches to be dropped; it grows with depth from 0'),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('chance of a hidden value of an MLP to be dropped'),
  classWeights: classWeightsSchema
    .default('none')
    .describe('how much the examples of each class count; balanced: by their rarity'),
  augmentation: augmentationSchema,
  mixupAlpha: amount().describe('α of mixup’s Beta(α, α); 0 switches it off'),
  logEvery: wholeNumber(1).describe('steps between lines of metrics'),
  evaluateEvery: wholeNumber(1).describe('steps between evaluations'),
  saveEvery: wholeNumber(1).describe('steps between checkpoints'),
  patience: wholeNumber(0)
    .default(0)
    .describe('evaluations in a row without a better accuracy that end the training; 0 for none'),
  finetune: finetuneSchema.exactOptional(),
});

export type ClassifierConfig = z.output<typeof classifierConfigSchema>;
