/** Batches of images for tests of augmentations. */
import { RandomStream } from '../../../src/random.js';

export const random = (seed = 3): RandomStream => RandomStream.fromSeed(seed);

/** Random bytes from 1 to 255, so that black can only come in from outside. */
export function noise(length: number, seed = 7): Uint8Array {
  const stream = random(seed);
  return Uint8Array.from({ length }, () => 1 + stream.integer(255));
}

/** How far shares of `count` draws may be from a probability: 4.5 standard deviations. */
export const tolerance = (probability: number, count: number): number =>
  4.5 * Math.sqrt((probability * (1 - probability)) / count);

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
