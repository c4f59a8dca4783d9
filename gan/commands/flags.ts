/** Flags of all commands that draw. */
import { z } from 'zod';
import { positiveNumber } from '../../src/config/numbers.js';

/** @param otherwise what is drawn without the flag */
export const classFlag = (otherwise: string) => ({
  class: z
    .string()
    .exactOptional()
    .meta({
      description: `draw this class only, by name or number (default: ${otherwise}); of a GAN that is told attributes, values as hair=bun,hat=none`,
      flag: 'NAME',
    }),
});

export const temperatureFlag = {
  temperature: positiveNumber().exactOptional().meta({
    description:
      'standard deviation of the latents: from 1 up pictures are more varied, down more typical (default: as the run says)',
    flag: 'T',
  }),
};

export const truncationFlag = {
  truncation: positiveNumber()
    .exactOptional()
    .describe('draw latents within so much of 0 only, as 1.5: more typical pictures, less variety'),
};
