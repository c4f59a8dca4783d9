import { z } from 'zod';
import { size } from '../../src/config/numbers.js';
import type { Command } from '../../src/family/family.js';
import { dataFlag, outFlag } from '../../src/family/flags.js';
import { pixelScales } from '../../src/formats/foreign/pixels.js';
import { tensorFileFormats } from '../../src/formats/open.js';

/** `224` or `224x192`, as [H, W]. */
const imageSize = z
  .string()
  .regex(/^\d{1,5}([x×]\d{1,5})?$/, 'A side in pixels is wanted, or HEIGHTxWIDTH.')
  .transform((text, context): [number, number] => {
    const [height, width] = text.split(/[x×]/).map(Number) as [number, number?];
    if (height > 0 && width !== 0) return [height, width ?? height];
    context.addIssue('A side in pixels is wanted, or HEIGHTxWIDTH.');
    return z.NEVER;
  });

/** @param what reads or writes such pixels */
export const pixelsFlag = (what: string) => ({
  pixels: z
    .enum(pixelScales)
    .exactOptional()
    .meta({
      description: `${what}: half is -1 … 1, unit is 0 … 1, imagenet its mean and deviation (default: imagenet for ResMLP, half for the others)`,
      flag: 'SCALE',
    }),
});

const flags = z.strictObject({
  format: z
    .enum(tensorFileFormats)
    .exactOptional()
    .describe('refuse any other (default: as the file begins)'),
  preset: z
    .string()
    .exactOptional()
    .meta({ description: 'refuse any other size, as B/16 (see: mixgan summary)', flag: 'NAME' }),
  classes: size().exactOptional().describe('classes of the head (default: as in the file)'),
  head: z.enum(['keep', 'drop']).default('keep').meta({
    description: 'keep the file’s head, or drop it for a new one that starts at zero',
    flag: 'WHAT',
  }),
  imageSize: imageSize.exactOptional().meta({
    description: 'side of the images in pixels, or HEIGHTxWIDTH',
    flag: 'SIZE',
  }),
  resample: z
    .boolean()
    .exactOptional()
    .describe('resize the token mixing to an --image-size of other size'),
  ...pixelsFlag('what the model was trained on'),
  data: dataFlag.data.meta({
    description: 'dataset whose classes these are, for evaluate: its names, and their number',
    flag: 'SOURCE',
  }),
  out: outFlag('folder of the run (default: runs/WHEN-FILE)').exactOptional(),
});

/** `mixgan import FILE` */
export const importCommand: Command<typeof flags> = {
  flags,
  file: { name: 'file', description: 'their file; its names and shapes tell what it holds' },
  computes: false,
  run: async (asked, _context, file) => (await import('../import.js')).importFile(file, asked),
};
