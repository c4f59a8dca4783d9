import { z } from 'zod';
import { wholeNumber } from '../../src/config/numbers.js';
import type { Command } from '../../src/family/family.js';
import { dataFlag, outFlag } from '../../src/family/flags.js';
import { architectureNames } from '../architectures/names.js';

const flags = z.strictObject({
  archs: z.array(z.enum(architectureNames)).exactOptional().meta({
    description: 'architectures, with commas between them (default: mixer,resnet)',
    flag: 'NAMES',
  }),
  steps: wholeNumber(1).exactOptional().describe('steps of each training (default: 1200)'),
  seeds: z.array(wholeNumber(0)).exactOptional().meta({
    description: 'train everything once for each seed, with commas between them (default: 0)',
    flag: 'NUMBERS',
  }),
  ...dataFlag,
  out: outFlag('folder of the experiment (default: runs/WHEN-permutation)').exactOptional(),
  resume: z
    .string()
    .exactOptional()
    .meta({ description: 'go on with this experiment; what is done is kept', flag: 'FOLDER' }),
});

/** `mixgan experiment permutation` */
export const permutation: Command<typeof flags> = {
  flags,
  computes: true,
  run: async (asked, context) =>
    (await import('../experiments/conduct.js')).conductPermutation(asked, context),
};
