/** What the small residual network can be told. */
import { z } from 'zod';
import { size } from '../../../src/config/numbers.js';
import type { Configurations, ModelSizes } from '../../../src/mixer/architecture.js';

const schema = z.strictObject({
  channels: z.array(size()).min(1).max(6).readonly().describe('channels of each stage'),
  blocksPerStage: size().describe('blocks of each stage, n; two convolutions each'),
});

export type ResNetConfig = z.output<typeof schema> & ModelSizes;

export const resNetConfigs: Configurations<typeof schema> = {
  schema,
  defaults: { channels: [16, 32, 64], blocksPerStage: 1 },
};
