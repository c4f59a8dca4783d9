import { z } from 'zod';
import { size } from '../../src/config.js';
import type { CnnConfig } from './cnn.js';

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
export const modelSchema = z.discriminatedUnion('arch', [mixerSchema, cnnSchema], {
  error: ({ code }) =>
    code === 'invalid_union' ? 'there is no such architecture; there are mixer, cnn' : undefined,
});

export type ModelConfig = z.output<typeof modelSchema>;
