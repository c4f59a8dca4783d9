import { expect } from 'vitest';
import type { Checkpoint } from '../../src/train/checkpoint-format.js';

export type Weights = Readonly<Record<string, ArrayLike<number>>>;

export const weightsOf = ({ variables }: Checkpoint): Weights =>
  Object.fromEntries(Array.from(variables, ([name, { values }]) => [name, values]));

/** Moments are those of an optimiser. */
const isWeight = (name: string): boolean => !name.startsWith('adam/');

/** The length of the difference of all weights, as a share of the length of the weights. */
export function difference(a: Weights, b: Weights): number {
  expect(Object.keys(a)).toEqual(Object.keys(b));
  let [difference, length] = [0, 0];
  for (const [name, values] of Object.entries(a).filter(([name]) => isWeight(name))) {
    Array.from(values).forEach((value, i) => {
      difference += (value - b[name]![i]!) ** 2;
      length += b[name]![i]! ** 2;
    });
  }
  return Math.sqrt(difference / length);
}
