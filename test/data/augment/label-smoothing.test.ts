import { describe, expect, it } from 'vitest';
import { smoothedTargets } from '../../../src/data/augment/label-smoothing.js';

describe('smoothedTargets', () => {
  it('gives 1 − ε + ε/K to the class and ε/K to the others', () => {
    const targets = smoothedTargets([2, 0], 4, 0.1);
    const expected = [0.025, 0.025, 0.925, 0.025, 0.925, 0.025, 0.025, 0.025];
    expect([...targets].map((value) => Number(value.toFixed(6)))).toEqual(expected);
  });

  it('is one-hot, to the bit, without smoothing', () => {
    expect([...smoothedTargets([1, 1, 0], 2, 0)]).toEqual([0, 1, 0, 1, 1, 0]);
  });

  it('refuses an ε outside 0 … 1', () => {
    expect(() => smoothedTargets([0], 2, 1)).toThrow('at least 0 and less than 1, not 1');
    expect(() => smoothedTargets([0], 2, -0.1)).toThrow(RangeError);
  });
});
