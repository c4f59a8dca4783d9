import { z } from 'zod';
import { positiveNumber, size, wholeNumber } from '../src/config.js';
import type { DiscriminatorConfig, StemKind } from './discriminator.js';
import type { GeneratorConfig } from './generator.js';
import { adversarialLosses, type LossName } from './losses.js';
import { penaltyKinds } from './penalty.js';

const keysOf = <K extends string>(object: Record<K, unknown>): [K, ...K[]] =>
  Object.keys(object) as [K, ...K[]];

const generatorSchema = z.strictObject({
  latentDim: size(),
  stages: z
    .array(
      z.strictObject({
        channels: size(),
        numBlocks: size(0),
        tokenDim: size(),
        channelDim: size(),
        branchGain: z.number().min(0).max(10).exactOptional(),
      }),
    )
    .min(1)
    .max(6),
  upsamplingKernel: size(2),
}) satisfies z.ZodType<GeneratorConfig>;

const discriminatorSchema = z.strictObject({
  stem: z.enum(['patch', 'overlap', 'conv'] satisfies StemKind[]),
  patch: size(),
  channels: size(),
  numBlocks: size(0),
  tokenDim: size(),
  channelDim: size(),
}) satisfies z.ZodType<DiscriminatorConfig>;

/** Everything that decides how a GAN is trained; written to `config.json` of its run. */
export const ganConfigSchema = z.strictObject({
  kind: z.literal('gan'),
  preset: z.string(),
  /** `mnist`, or a folder of IDX files. */
  data: z.string().min(1),
  seed: wholeNumber(0),
  /** Pairs of updates: the discriminator's, then the generator's. */
  steps: wholeNumber(1),
  batchSize: size(),
  generator: generatorSchema,
  discriminator: discriminatorSchema,
  loss: z.enum(keysOf<LossName>(adversarialLosses)),
  penalty: z.strictObject({
    kind: z.enum(penaltyKinds),
    gamma: z.number().min(0),
    every: wholeNumber(1),
  }),
  optimiser: z.strictObject({
    generatorRate: positiveNumber(),
    discriminatorRate: positiveNumber(),
    /** Both rates fall along a cosine to this share of themselves. */
    finalShare: z.number().min(0).max(1),
    warmupSteps: wholeNumber(0),
    beta1: z.number().min(0).lt(1),
    beta2: z.number().gt(0).lt(1),
  }),
  /** Decay of the generator's moving average, which draws every picture. */
  emaDecay: z.number().min(0).lt(1),
  /** Steps between metrics, pictures and checkpoints. */
  logEvery: wholeNumber(1),
  pictureEvery: wholeNumber(1),
  saveEvery: wholeNumber(1),
});

export type GanConfig = z.output<typeof ganConfigSchema>;
