/** Flags of all commands that look at images. */
import { z } from 'zod';
import { wholeNumber } from '../../src/config/numbers.js';

export const bestFlag = {
  best: z
    .boolean()
    .exactOptional()
    .describe("a classifier's weights of its best evaluation, instead of the last ones"),
};

export const viewsFlag = {
  views: wholeNumber(1, 18)
    .exactOptional()
    .describe(
      'show a classifier every image N times, moved by a pixel or mirrored, and take the mean',
    ),
};

/** @param best as the flag says */
export const which = (best: boolean | undefined): 'best' | 'last' =>
  best === true ? 'best' : 'last';
