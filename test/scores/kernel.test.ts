import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { RandomStream } from '../../src/random.js';
import { type Features, featureSet } from '../../src/scores/features.js';
import { kernelDistance } from '../../src/scores/kernel.js';
import { clusteredSamples, dot, normalSamples, rows } from './samples.js';

/** The definition, pair by pair. */
function bruteForce(a: Features, b: Features): number {
  const kernel = (x: number[], y: number[]): number => (dot(x, y) / a.dim + 1) ** 3;
  const mean = (x: number[][], y: number[][]): number => {
    const values = x.flatMap((p, i) =>
      y.flatMap((q, j) => (x === y && i === j ? [] : [kernel(p, q)])),
    );
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const [x, y] = [rows(a), rows(b)];
  return mean(x, x) + mean(y, y) - 2 * mean(x, y);
}

describe('kernelDistance', () => {
  it('of four points is what the formula says', () => {
    const a = featureSet(Float32Array.of(0, 1), 1);
    const b = featureSet(Float32Array.of(2, 3), 1);
    // k = (xy + 1)³: within a 1, within b 343, between 1, 1, 27, 64.
    expect(kernelDistance(a, b)).toBeCloseTo(1 + 343 - 2 * (93 / 4), 12);
  });

  it.each([
    [2, 3, 1],
    [70, 131, 5],
  ])('agrees with the definition for %d and %d samples of %d', (m, n, dim) => {
    const random = RandomStream.fromSeed(5);
    const a = normalSamples(random, m, dim);
    const b = normalSamples(random, n, dim, (z) => 1.5 * z + 0.5);
    expect(kernelDistance(a, b)).toBeCloseTo(bruteForce(a, b), 10);
    expect(kernelDistance(b, a)).toBeCloseTo(kernelDistance(a, b), 10);
  });

  it('has mean 0 for equal distributions, whatever the counts, and is negative at times', () => {
    const random = RandomStream.fromSeed(6);
    const distances = Array.from({ length: 400 }, () =>
      kernelDistance(normalSamples(random, 20, 4), normalSamples(random, 35, 4)),
    );
    const mean = distances.reduce((sum, value) => sum + value, 0) / distances.length;
    const variance = distances.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 399;
    // The biased estimate would be off by E k(x, x) − E k(x, y) over N, many standard errors.
    expect(Math.abs(mean)).toBeLessThan(3.5 * Math.sqrt(variance / 400));
    expect(Math.min(...distances)).toBeLessThan(0);
  });

  it('is higher where modes are missing', () => {
    const random = RandomStream.fromSeed(7);
    const real = clusteredSamples(random, 500, 8, { modes: 5 });
    const distanceTo = (modes: number): number =>
      kernelDistance(real, clusteredSamples(random, 500, 8, { modes }));
    const [full, dropped, collapsed] = [distanceTo(5), distanceTo(4), distanceTo(1)];
    expect(Math.abs(full)).toBeLessThan(dropped / 10);
    expect(collapsed).toBeGreaterThan(4 * dropped);
  });

  it('needs two samples on each side, of one dimension', () => {
    const one = featureSet(Float32Array.of(1), 1);
    const two = featureSet(Float32Array.of(1, 2), 1);
    expect(() => kernelDistance(two, one)).toThrow(
      new UsageError('the second samples: this score needs at least 2 samples, not 1'),
    );
    expect(() => kernelDistance(two, featureSet(new Float32Array(4), 2))).toThrow(
      'the first samples have 1 features, the second samples have 2',
    );
  });
});
