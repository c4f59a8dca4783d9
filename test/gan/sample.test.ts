import { describe, expect, it } from 'vitest';
import { drawLatents } from '../../gan/sample.js';
import { oneHot } from '../../src/data/one-hot.js';
import { RandomStream } from '../../src/random.js';

const draw = (count: number, truncation?: number): Float32Array =>
  drawLatents(RandomStream.fromSeed(4), count, 4, truncation);

describe('drawLatents', () => {
  it.each([undefined, 1.5, 0.3])('makes fewer the first of more, truncated at %s', (truncation) => {
    expect(draw(3, truncation)).toEqual(draw(9, truncation).subarray(0, 12));
  });

  it.each([
    // The variance is 1 − 2τφ(τ) / (2Φ(τ) − 1).
    [1.5, 0.5515],
    [0.3, 0.02964],
  ])('draws a normal number again while it is beyond ±%s', (truncation, variance) => {
    const latents = draw(5000, truncation);
    expect(Math.max(...latents.map(Math.abs))).toBeLessThanOrEqual(Math.fround(truncation));
    const square = latents.reduce((sum, value) => sum + value ** 2, 0) / latents.length;
    expect(Math.abs(square / variance - 1)).toBeLessThan(0.04);
    const mean = latents.reduce((sum, value) => sum + value, 0) / latents.length;
    expect(Math.abs(mean)).toBeLessThan(0.04 * truncation);
  });

  it('takes no longer within narrow limits, and refuses none at all', () => {
    const latents = draw(10, 1e-7);
    expect(Math.max(...latents.map(Math.abs))).toBeLessThanOrEqual(Math.fround(1e-7));
    expect(() => draw(1, 0)).toThrow('a truncation is greater than 0, not 0');
  });
});

describe('oneHot', () => {
  it('has a row for each label', () => {
    expect(oneHot(Int32Array.of(2, 0), 3)).toEqual({
      dtype: 'float32',
      shape: [2, 3],
      values: Float32Array.of(0, 0, 1, 1, 0, 0),
    });
  });
});
