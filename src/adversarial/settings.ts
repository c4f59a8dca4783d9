import { z } from 'zod';
import { amount, size, wholeNumber } from '../config/numbers.js';
import { stemKinds } from '../mixer/stem-kinds.js';
import type { MixerDiscriminatorConfig } from './mixer-discriminator.js';
import { penaltyKinds } from './names.js';

/** Keys of a gradient penalty in a configuration. */
export const penaltyKeys = {
  kind: z.enum(penaltyKinds).describe('on real images, on fakes, or on both'),
  gamma: amount().describe('weight'),
  every: wholeNumber(1).describe('steps from one to the next'),
};

/** Keys of Mixer blocks. */
export const blockKeys = {
  numBlocks: size(0).describe('Mixer blocks, L'),
  tokenDim: size().describe('hidden width of the token-mixing MLPs, D_S'),
  channelDim: size().describe('hidden width of the channel-mixing MLPs, D_C'),
};

/** Channels of tokens, in a configuration. */
export const tokenChannels = size().describe('channels of a token, C');

export const branchGain = z
  .number()
  .min(0)
  .max(10)
  .describe('factor on the first scale of the blocks’ branches; from 0 they start as nothing');

const stageKeys = {
  stem: z.enum(stemKinds).describe('what makes tokens of pixels'),
  patch: size().describe(
    'pixels to a side that one token stands for, P, or tokens of the stage before',
  ),
  channels: tokenChannels,
  ...blockKeys,
};

export const mixerDiscriminatorSchema = z.strictObject({
  arch: z.literal('mixer'),
  stages: z
    .array(z.strictObject({ ...stageKeys, branchGain: branchGain.exactOptional() }))
    .max(4)
    .exactOptional()
    .describe('resolutions before the last: the tokens of each are the pixels of the next'),
  ...stageKeys,
}) satisfies z.ZodType<MixerDiscriminatorConfig>;

export const mixerDiscriminator = {
  // Dense token mixing has no notion of locality; a few convolutions give it one.
  stem: 'conv',
  patch: 4,
  channels: 64,
  numBlocks: 2,
  tokenDim: 64,
  channelDim: 128,
} as const;
