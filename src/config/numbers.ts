import { z } from 'zod';

/** A whole number from `min` up. */
export const wholeNumber = (min: number, max: number = 2 ** 31 - 1) =>
  z.number().int().min(min).max(max);

/** A length of an axis, or a number of layers or images: no model here comes near the limit. */
export const size = (min = 1) => wholeNumber(min, 65_536);

/** Rates and weights beyond this are slips, and lead to infinity in float32. */
const mostSensible = 1e18;

/** A number greater than 0, of a size that float32 can square. */
export const positiveNumber = () => z.number().positive().max(mostSensible);

/** As `positiveNumber`, or 0. */
export const amount = () => z.number().min(0).max(mostSensible);

/** A distance in pixels, broken ones too: no image here is larger. */
export const pixels = (min = 0) => z.number().min(min).max(65_536);
