import { z } from 'zod';
import { cnnSchema } from './cnn.js';
import { feedForwardSchema } from './ff.js';
import { gMlpSchema } from './gmlp.js';
import { mixerSchema } from './mixer.js';
import { architectureNames } from './names.js';
import { resMlpSchema } from './resmlp.js';
import { resNetSchema } from './resnet.js';
import { vitSchema } from './vit.js';

/** A classifier's model without what its task decides; `arch` says which keys it has. */
export const modelSchema = z.discriminatedUnion(
  'arch',
  [mixerSchema, resMlpSchema, gMlpSchema, feedForwardSchema, vitSchema, resNetSchema, cnnSchema],
  {
    error: ({ code }) =>
      code === 'invalid_union'
        ? `there is no such architecture; there are ${architectureNames.join(', ')}`
        : undefined,
  },
);

export type ModelConfig = z.output<typeof modelSchema>;
