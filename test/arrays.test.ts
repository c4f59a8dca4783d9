import { describe, expect, it } from 'vitest';
import { argMax, joined } from '../src/arrays.js';

describe('argMax', () => {
  it('takes the first of the largest', () => {
    expect(argMax([1, 3, 2, 3])).toBe(1);
    expect(argMax([-2])).toBe(0);
  });
});

describe('joined', () => {
  it('puts the parts one after the other', () => {
    const parts = [Float32Array.of(1, 2), new Float32Array(0), Float32Array.of(3)];
    expect(joined(parts)).toEqual(Float32Array.of(1, 2, 3));
    expect(joined([])).toEqual(new Float32Array(0));
  });
});
