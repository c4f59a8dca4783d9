import { z } from 'zod';
import {
  blockKeys,
  branchGain,
  mixerDiscriminator,
  mixerDiscriminatorSchema,
  penaltyKeys,
  tokenChannels,
} from '../src/adversarial/settings.js';
import { amount, positiveNumber, size, wholeNumber } from '../src/config/numbers.js';
import { runKeys } from '../src/config/run-keys.js';
import { UsageError } from '../src/errors.js';
import type { DcganConfig, DcganGeneratorConfig } from './dcgan.js';
import type { AugmentationConfig } from './diff-augment.js';
import type { DiscriminatorConfig } from './discriminator.js';
import type { FeatureNetworkConfig } from './feature-network.js';
import type { GeneratorConfig } from './generator.js';
import { lossNames, normalisations, updateOrders } from './names.js';

/** Runs from before there was a choice have no `arch`. */
const mixerUnlessSaid = (config: unknown): unknown =>
  typeof config === 'object' && config !== null && !('arch' in config)
    ? { arch: 'mixer', ...config }
    : config;

const latentDim = size().describe('length of the latent vector, Z');
const channelLists = z.array(size()).min(1).max(6).readonly();
const norm = z.enum(normalisations).describe('normalisation of the convolutions');
const mixerGenerator = {
  latentDim: 64,
  stages: [
    { channels: 64, numBlocks: 2, tokenDim: 64, channelDim: 128, branchGain: 1 },
    { channels: 32, numBlocks: 1, tokenDim: 98, channelDim: 64, branchGain: 0 },
  ],
  // Overlapping kernels: with kernels as wide as their stride the pictures stay speckled.
  upsamplingKernel: 4,
  styled: false,
  // Without a last convolution, strokes stay ragged for thousands of steps.
  refineChannels: 16,
};

const mixerGeneratorSchema = z.strictObject({
  arch: z.literal('mixer'),
  latentDim,
  stages: z
    .array(
      z.strictObject({
        channels: tokenChannels,
        ...blockKeys,
        branchGain: branchGain.exactOptional(),
      }),
    )
    .min(1)
    .max(6),
  upsamplingKernel: size(2).describe('side of the transposed convolutions’ kernels'),
  styled: z.boolean().exactOptional().describe('whether the latent scales and shifts every stage'),
  refineChannels: size(0).exactOptional().describe('channels of a last convolution; 0 for none'),
}) satisfies z.ZodType<GeneratorConfig>;

const dcganGenerator = { latentDim: 64, channels: [64, 32], norm: 'batch' } as const;

const dcganGeneratorSchema = z.strictObject({
  arch: z.literal('dcgan'),
  latentDim,
  channels: channelLists.describe('of the convolutions, from the coarse grid to the fine one'),
  norm,
}) satisfies z.ZodType<DcganGeneratorConfig>;

const featureNetworkSchema = z.strictObject({
  channels: channelLists
    .default([16, 32, 64])
    .describe('filters of its convolutions; each halves the image’s sides'),
  features: size().default(64).describe('length of the vector after them, D'),
  steps: wholeNumber(0)
    .default(6000)
    .describe('for which it learns to tell the classes apart, before all else; 0 for none'),
}) satisfies z.ZodType<FeatureNetworkConfig>;

const mixerDiscriminatorKeys = mixerDiscriminatorSchema.extend({
  featureNetwork: featureNetworkSchema
    .exactOptional()
    .describe('a classifier of the same images, at whose maps the discriminator looks besides'),
}) satisfies z.ZodType<DiscriminatorConfig>;

const dcganDiscriminator = { channels: [32, 64], norm: 'none' } as const;

const dcganDiscriminatorSchema = z.strictObject({
  arch: z.literal('dcgan'),
  channels: channelLists.describe('of the convolutions, from the fine grid to the coarse one'),
  norm,
}) satisfies z.ZodType<DcganConfig>;

const generatorSchema = z.preprocess(
  mixerUnlessSaid,
  z.discriminatedUnion('arch', [
    mixerGeneratorSchema.meta({ defaults: mixerGenerator }),
    dcganGeneratorSchema.meta({ defaults: dcganGenerator }),
  ]),
);

const discriminatorSchema = z.preprocess(
  mixerUnlessSaid,
  z.discriminatedUnion('arch', [
    mixerDiscriminatorKeys.meta({ defaults: mixerDiscriminator }),
    dcganDiscriminatorSchema.meta({ defaults: dcganDiscriminator }),
  ]),
);

export type GeneratorSettings = z.output<typeof generatorSchema>;
export type DiscriminatorSettings = z.output<typeof discriminatorSchema>;

/** The players of the presets, and of their baseline. */
export const players = {
  mixer: {
    generator: { arch: 'mixer', ...mixerGenerator },
    discriminator: { arch: 'mixer', ...mixerDiscriminator },
  },
  dcgan: {
    generator: { arch: 'dcgan', ...dcganGenerator },
    discriminator: { arch: 'dcgan', ...dcganDiscriminator },
  },
} as const;

const noAugmentation: AugmentationConfig = { translatePixels: 0, scale: 0, cutoutPixels: 0 };

const ganKeys = z.strictObject({
  kind: z.literal('gan'),
  ...runKeys('pairs of updates: the discriminator’s, then the generator’s'),
  batchSize: size().describe('images of each update'),
  conditional: z.boolean().default(false).meta({
    description: 'learn each class apart, so that sample can ask for it',
    flag: true,
  }),
  attributes: z
    .array(z.string())
    .default([])
    .describe('what a conditional GAN is told of images instead of their class: hair, hat, …'),
  recognitionWeight: amount()
    .default(0)
    .describe(
      'of learning to recognise what images show, and to draw what is recognised, at the cost of variety; 0 for neither',
    ),
  generator: generatorSchema,
  discriminator: discriminatorSchema,
  loss: z.enum(lossNames).describe('of both players'),
  updates: z
    .enum(updateOrders)
    .default('alternating')
    .describe('the generator learns after the discriminator, or from the same fakes, in less time'),
  penalty: z.strictObject({
    ...penaltyKeys,
    finalShare: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe('the weight falls along a cosine to this share of itself'),
  }),
  augmentation: z
    .strictObject({
      translatePixels: size(0).describe(
        'reals and fakes alike move by up to so many pixels before the discriminator sees them',
      ),
      scale: z.number().min(0).lt(1).describe('… and grow by a factor of 1 − s to 1 + s'),
      cutoutPixels: size(0).describe('… and lose a square of so many pixels to a side'),
    })
    .default(noAugmentation) satisfies z.ZodType<AugmentationConfig>,
  optimiser: z.strictObject({
    generatorRate: positiveNumber().describe('of Adam'),
    discriminatorRate: positiveNumber().describe('of Adam'),
    finalShare: z
      .number()
      .min(0)
      .max(1)
      .describe('both rates fall along a cosine to this share of themselves'),
    warmupSteps: wholeNumber(0).describe('steps in which the rates grow from 0'),
    beta1: z.number().min(0).lt(1),
    beta2: z.number().gt(0).lt(1),
  }),
  emaDecay: z
    .number()
    .min(0)
    .lt(1)
    .describe('decay of the generator’s moving average, which draws every picture'),
  temperature: positiveNumber()
    .default(1)
    .describe(
      'standard deviation of the latents that pictures are drawn from; the players learn from 1, and a generator’s pictures vary less than what it learnt from',
    ),
  logEvery: wholeNumber(1).describe('steps between lines of metrics'),
  pictureEvery: wholeNumber(1).describe('steps between pictures'),
  saveEvery: wholeNumber(1).describe('steps between checkpoints'),
  evaluateEvery: wholeNumber(0)
    .default(0)
    .describe('steps between scores of the generator; 0 for none'),
});

type Keys = z.output<typeof ganKeys>;

/** Everything that decides how a GAN is trained; written to `config.json` of its run. */
export const ganConfigSchema = ganKeys
  .refine(({ evaluateEvery, pictureEvery }) => evaluateEvery % pictureEvery === 0, {
    path: ['evaluateEvery'],
    error: ({ input }) => {
      const { evaluateEvery, pictureEvery } = input as Keys;
      return `give a multiple of pictureEvery, which is ${pictureEvery}, or 0 for no scores, not ${evaluateEvery}`;
    },
  })
  .refine((config) => whyNotTogether(config) === undefined, {
    path: ['updates'],
    error: ({ input }) => whyNotTogether(input as Keys),
  })
  .refine((config) => whyNotRecognised(config) === undefined, {
    path: ['recognitionWeight'],
    error: ({ input }) => whyNotRecognised(input as Keys),
  });

/** Why the generator cannot learn from what the discriminator learns, where it is to and cannot. */
function whyNotTogether({ updates, loss, discriminator }: Keys): string | undefined {
  if (updates !== 'together') return undefined;
  if (loss === 'hinge') {
    return 'give alternating: under the hinge loss the discriminator learns nothing from a fake that it is sure of, and the generator has to';
  }
  if (looksAtBatch(discriminator)) {
    return 'give alternating, or discriminator.norm=none: with batch normalisation what the discriminator says of an image depends on the others';
  }
  return undefined;
}

/** Why nothing can be recognised, where something is to be. */
function whyNotRecognised({
  recognitionWeight,
  conditional,
  discriminator,
}: Keys): string | undefined {
  if (recognitionWeight === 0) return undefined;
  if (!conditional) {
    return 'give 0, or conditional=true: who is told nothing of images has nothing to recognise';
  }
  if (looksAtBatch(discriminator)) {
    return 'give 0, or discriminator.norm=none: with batch normalisation what the discriminator sees in an image depends on the others';
  }
  return undefined;
}

/** Whether what a discriminator says of an image depends on the images beside it. */
const looksAtBatch = (discriminator: DiscriminatorSettings): boolean =>
  discriminator.arch === 'dcgan' && discriminator.norm === 'batch';

export type GanConfig = z.output<typeof ganConfigSchema>;

/**
 * The configuration of a GAN that is asked for pictures at another temperature than its own.
 * @throws UsageError where it is none
 */
export function atTemperature(
  config: GanConfig,
  { temperature = config.temperature }: { readonly temperature?: number | undefined },
): GanConfig {
  if (!(temperature > 0 && Number.isFinite(temperature))) {
    throw new UsageError(`a temperature is a number greater than 0, not ${temperature}`);
  }
  return { ...config, temperature };
}
