import { z } from 'zod';
import { positiveNumber, size, wholeNumber } from '../src/config/numbers.js';
import { mixerUnlessSaid } from '../src/mixer/architecture.js';
import { type DcganConfig, type DcganGeneratorConfig, normalisations } from './dcgan.js';
import type { AugmentationConfig } from './diff-augment.js';
import type { DiscriminatorConfig, StemKind } from './discriminator.js';
import type { GeneratorConfig } from './generator.js';
import { adversarialLosses, type LossName } from './losses.js';
import { penaltyKinds } from './penalty.js';

const keysOf = <K extends string>(object: Record<K, unknown>): [K, ...K[]] =>
  Object.keys(object) as [K, ...K[]];

const channelLists = z.array(size()).min(1).max(6);

const mixerGeneratorSchema = z.strictObject({
  arch: z.literal('mixer'),
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
  styled: z.boolean().exactOptional(),
  refineChannels: size(0).exactOptional(),
}) satisfies z.ZodType<GeneratorConfig>;

const dcganGeneratorSchema = z.strictObject({
  arch: z.literal('dcgan'),
  latentDim: size(),
  channels: channelLists,
  norm: z.enum(normalisations),
}) satisfies z.ZodType<DcganGeneratorConfig>;

const mixerDiscriminatorSchema = z.strictObject({
  arch: z.literal('mixer'),
  stem: z.enum(['patch', 'overlap', 'conv'] satisfies StemKind[]),
  patch: size(),
  channels: size(),
  numBlocks: size(0),
  tokenDim: size(),
  channelDim: size(),
}) satisfies z.ZodType<DiscriminatorConfig>;

const dcganDiscriminatorSchema = z.strictObject({
  arch: z.literal('dcgan'),
  channels: channelLists,
  norm: z.enum(normalisations),
}) satisfies z.ZodType<DcganConfig>;

const generatorSchema = z.preprocess(
  mixerUnlessSaid,
  z.discriminatedUnion('arch', [mixerGeneratorSchema, dcganGeneratorSchema]),
);

const discriminatorSchema = z.preprocess(
  mixerUnlessSaid,
  z.discriminatedUnion('arch', [mixerDiscriminatorSchema, dcganDiscriminatorSchema]),
);

export type GeneratorSettings = z.output<typeof generatorSchema>;
export type DiscriminatorSettings = z.output<typeof discriminatorSchema>;

const noAugmentation: AugmentationConfig = { translatePixels: 0, scale: 0, cutoutPixels: 0 };

const ganKeys = z.strictObject({
  kind: z.literal('gan'),
  preset: z.string(),
  /** `mnist`, or a folder: of IDX files, CIFAR, or pictures. */
  data: z.string().min(1),
  /** Side in pixels to resize all images to; absent to take them as they are. */
  imageSize: size().exactOptional(),
  seed: wholeNumber(0),
  /** Pairs of updates: the discriminator's, then the generator's. */
  steps: wholeNumber(1),
  batchSize: size(),
  /** Whether both players are told the image's class. */
  conditional: z.boolean().default(false),
  generator: generatorSchema,
  discriminator: discriminatorSchema,
  loss: z.enum(keysOf<LossName>(adversarialLosses)),
  penalty: z.strictObject({
    kind: z.enum(penaltyKinds),
    gamma: z.number().min(0),
    every: wholeNumber(1),
  }),
  /** Random maps of reals and fakes alike, before the discriminator sees them. */
  augmentation: z
    .strictObject({
      translatePixels: wholeNumber(0),
      scale: z.number().min(0).lt(1),
      cutoutPixels: wholeNumber(0),
    })
    .default(noAugmentation) satisfies z.ZodType<AugmentationConfig>,
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
  /** Steps between scores of the generator, and at the end; 0 for none. */
  evaluateEvery: wholeNumber(0).default(0),
});

/** Everything that decides how a GAN is trained; written to `config.json` of its run. */
export const ganConfigSchema = ganKeys.refine(
  ({ evaluateEvery, pictureEvery }) => evaluateEvery % pictureEvery === 0,
  {
    path: ['evaluateEvery'],
    error: ({ input }) => {
      const { evaluateEvery, pictureEvery } = input as z.output<typeof ganKeys>;
      return `give a multiple of pictureEvery, which is ${pictureEvery}, or 0 for no scores, not ${evaluateEvery}`;
    },
  },
);

export type GanConfig = z.output<typeof ganConfigSchema>;
