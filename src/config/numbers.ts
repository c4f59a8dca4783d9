import { z } from 'zod';

/** A whole number from `min` up. */
export const wholeNumber = (min: number, max: number = 2 ** 31 - 1) =>
  z.number().int().min(min).max(max);

/** A length of an axis, or a number of layers or images: no model here comes near the limit. */
export const size = (min = 1) => wholeNumber(min, 65_536);

/** A finite number greater than 0. */
export const positiveNumber = () => z.number().positive();
