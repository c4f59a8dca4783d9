/** What the plain convolutional network can be told. */
import { z } from 'zod';
import { size } from '../../../src/config/numbers.js';
import type { Configurations, ModelSizes } from '../../../src/mixer/architecture.js';

const schema = z.strictObject({
  channels: z
    .array(size())
    .min(1)
    .max(6)
    .readonly()
    .describe('filters of each convolution; each halves the image’s sides, rounding up'),
  features: size().describe('length of the vector that the head sees, D'),
});

export type CnnConfig = z.output<typeof schema> & ModelSizes;

export const cnnConfigs: Configurations<typeof schema> = {
  schema,
  defaults: { channels: [16, 32, 64], features: 64 },
};
