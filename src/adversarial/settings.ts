import { z } from 'zod';
import { amount, wholeNumber } from '../config/numbers.js';
import { penaltyKinds } from './names.js';

/** Keys of a gradient penalty in a configuration. */
export const penaltyKeys = {
  kind: z.enum(penaltyKinds).describe('on real images, on fakes, or on both'),
  gamma: amount().describe('weight'),
  every: wholeNumber(1).describe('steps from one to the next'),
};
