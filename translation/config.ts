import { z } from 'zod';
import {
  blockKeys,
  branchGain,
  mixerDiscriminator,
  mixerDiscriminatorSchema,
  penaltyKeys,
} from '../src/adversarial/settings.js';
import { amount, positiveNumber, size, wholeNumber } from '../src/config/numbers.js';
import { runKeys } from '../src/config/run-keys.js';
import type { PatchganConfig } from './discriminator.js';
import type { MixerTranslatorConfig, TranslatorConfig } from './generator.js';
import { lossNames, normalisations } from './names.js';

const norm = z.enum(normalisations).describe('normalisation of the convolutions');

const translatorKeys = {
  channels: size().describe('of the finest grid; each halving doubles them'),
  halvings: wholeNumber(1, 6).describe('how often the picture is halved before the blocks'),
  norm,
  outerKernel: size(1).describe('side of the first and the last convolution’s kernels'),
  upsamplingKernel: size(2).describe('side of the transposed convolutions’ kernels'),
  skip: z.boolean().describe('whether the last convolution sees the first one’s features, too'),
  residual: z
    .boolean()
    .describe('whether what is drawn is a change of the picture, not a picture of its own'),
};

const mixerTranslator = {
  channels: 32,
  halvings: 2,
  numBlocks: 6,
  tokenDim: 64,
  channelDim: 256,
  branchGain: 1,
  norm: 'instance',
  outerKernel: 3,
  upsamplingKernel: 4,
  skip: true,
  residual: true,
} as const;

const mixerTranslatorSchema = z.strictObject({
  arch: z.literal('mixer'),
  ...translatorKeys,
  ...blockKeys,
  branchGain,
}) satisfies z.ZodType<MixerTranslatorConfig>;

const cycleganTranslator = {
  channels: 32,
  halvings: 2,
  numBlocks: 6,
  norm: 'instance',
  outerKernel: 7,
  upsamplingKernel: 3,
  skip: false,
  residual: false,
} as const;

const cycleganTranslatorSchema = z.strictObject({
  arch: z.literal('cyclegan'),
  ...translatorKeys,
  numBlocks: size(0).describe('residual blocks of two convolutions'),
}) satisfies z.ZodType<TranslatorConfig>;

const patchgan = { channels: 32, halvings: 2, norm: 'instance' } as const;

const patchganSchema = z.strictObject({
  arch: z.literal('patchgan'),
  channels: size().describe('after the first convolution; each of the next doubles them'),
  halvings: wholeNumber(1, 6).describe('convolutions of stride 2; 1 sees 16 pixels, 2 34, 3 70'),
  norm,
}) satisfies z.ZodType<PatchganConfig>;

const generatorSchema = z.discriminatedUnion('arch', [
  mixerTranslatorSchema.meta({ defaults: mixerTranslator }),
  cycleganTranslatorSchema.meta({ defaults: cycleganTranslator }),
]);

const discriminatorSchema = z.discriminatedUnion('arch', [
  mixerDiscriminatorSchema.meta({ defaults: mixerDiscriminator }),
  patchganSchema.meta({ defaults: patchgan }),
]);

export type GeneratorSettings = z.output<typeof generatorSchema>;
export type DiscriminatorSettings = z.output<typeof discriminatorSchema>;

/** The players of the presets, and of their baseline. */
export const players = {
  mixer: {
    generator: { arch: 'mixer', ...mixerTranslator },
    discriminator: { arch: 'mixer', ...mixerDiscriminator },
  },
  cyclegan: {
    generator: { arch: 'cyclegan', ...cycleganTranslator },
    discriminator: { arch: 'patchgan', ...patchgan },
  },
} as const;

const keys = runKeys('an update of both generators, then one of both discriminators');

/** Everything that decides how translation is trained; written to `config.json` of its run. */
export const translationConfigSchema = z.strictObject({
  kind: z.literal('translation'),
  ...keys,
  data: z.string().min(1).meta({
    description:
      'two domains: emoji:noto,twemoji (also fluent), digits:handwritten,printed, a folder that holds two folders of pictures, directly or in train and test, or A,B with a folder each',
    flag: 'SOURCE',
  }),
  batchSize: size().describe('images of each domain in a step'),
  attributes: z
    .array(z.string())
    .default([])
    .describe(
      'what discriminators are told of images, so that it stays: digit, or group of emoji; pairs stay unknown',
    ),
  generator: generatorSchema.describe('of each direction'),
  discriminator: discriminatorSchema.describe('of each domain'),
  loss: z.enum(lossNames).describe('of generators against discriminators'),
  penalty: z
    .strictObject(penaltyKeys)
    .default({ kind: 'none', gamma: 0, every: 1 })
    .describe('on the discriminators’ gradients with respect to the images'),
  cycleWeight: amount().describe('weight of the distance between an image and what comes back, λ'),
  identityWeight: amount().describe(
    'weight of the distance between an image and its translation to its own domain; it keeps colours, and too much of it teaches to change nothing',
  ),
  poolSize: wholeNumber(0, 10_000).describe(
    'old translations that discriminators see half of the time, of each domain; 0 for none',
  ),
  augmentation: z.strictObject({
    flip: z.boolean().describe('mirror half of the images'),
    shift: wholeNumber(0, 1024).describe('move images by up to so many pixels, edges repeated'),
  }),
  optimiser: z.strictObject({
    generatorRate: positiveNumber().describe('of Adam'),
    discriminatorRate: positiveNumber().describe('of Adam'),
    constantShare: z
      .number()
      .min(0)
      .max(1)
      .describe('share of the steps at these rates; then they fall along a line to 0'),
    beta1: z.number().min(0).lt(1),
    beta2: z.number().gt(0).lt(1),
  }),
  emaDecay: z
    .number()
    .min(0)
    .lt(1)
    .describe('decay of the generators’ moving averages, which translate every picture'),
  logEvery: wholeNumber(1).describe('steps between lines of metrics'),
  pictureEvery: wholeNumber(1).describe('steps between pictures'),
  saveEvery: wholeNumber(1).describe('steps between checkpoints'),
});

export type TranslationConfig = z.output<typeof translationConfigSchema>;
