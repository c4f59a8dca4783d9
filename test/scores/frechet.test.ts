import { describe, expect, it } from 'vitest';
import { InputError, UsageError } from '../../src/errors.js';
import { RandomStream } from '../../src/random.js';
import { featureSet } from '../../src/scores/features.js';
import {
  frechetDistance,
  frechetOfGaussians,
  type Gaussian,
  meanAndCovariance,
} from '../../src/scores/frechet.js';
import { clusteredSamples, normalSamples } from './samples.js';

const gaussian = (mean: number[], covariance: number[]): Gaussian => ({
  mean: Float64Array.from(mean),
  covariance: Float64Array.from(covariance),
});

describe('meanAndCovariance', () => {
  it('is unbiased', () => {
    const { mean, covariance } = meanAndCovariance(
      featureSet(Float32Array.of(1, 2, 3, 6, 5, 1), 2),
    );
    expect([...mean]).toEqual([3, 3]);
    expect([...covariance]).toEqual([4, -1, -1, 7]);
  });

  it('needs two samples', () => {
    expect(() => meanAndCovariance(featureSet(Float32Array.of(1, 2), 2))).toThrow(
      new UsageError('the samples: this score needs at least 2 samples, not 1'),
    );
  });
});

describe('frechetOfGaussians', () => {
  it('in one dimension is (μa − μb)² + (σa − σb)²', () => {
    expect(frechetOfGaussians(gaussian([1], [4]), gaussian([4], [25]))).toBeCloseTo(9 + 9, 12);
  });

  it('adds up over independent features', () => {
    const a = gaussian([0, 1, 2], [1, 0, 0, 0, 4, 0, 0, 0, 9]);
    const b = gaussian([1, 1, 0], [4, 0, 0, 0, 4, 0, 0, 0, 1]);
    expect(frechetOfGaussians(a, b)).toBeCloseTo(5 + 1 + 0 + 4, 12);
  });

  it('of 2 × 2 covariances that do not commute is the closed form', () => {
    // tr (AB)^½ = √(tr AB + 2 √det AB) for 2 × 2 matrices.
    const a = gaussian([0, 0], [2, 1, 1, 3]);
    const b = gaussian([1, -2], [5, -2, -2, 1]);
    const traceOfProduct = 2 * 5 + 2 * 1 * -2 + 3 * 1;
    const root = Math.sqrt(traceOfProduct + 2 * Math.sqrt(5 * 1));
    expect(frechetOfGaussians(a, b)).toBeCloseTo(5 + 5 + 6 - 2 * root, 12);
    expect(frechetOfGaussians(b, a)).toBeCloseTo(frechetOfGaussians(a, b), 12);
  });

  it('of singular covariances that share no direction is the sum of their traces', () => {
    const a = gaussian([0, 0], [1, 1, 1, 1]);
    const b = gaussian([0, 0], [1, -1, -1, 1]);
    expect(frechetOfGaussians(a, b)).toBeCloseTo(4, 12);
    expect(frechetOfGaussians(a, a)).toBeCloseTo(0, 12);
    expect(frechetOfGaussians(gaussian([3, 0], [0, 0, 0, 0]), a)).toBeCloseTo(11, 12);
  });

  it('refuses what does not fit together', () => {
    const a = gaussian([0, 0], [1, 0, 0, 1]);
    expect(() => frechetOfGaussians(a, gaussian([0], [1]))).toThrow(
      'the first samples have 2 features, the second samples have 1',
    );
    expect(() => frechetOfGaussians(a, gaussian([0, 0], [1, 0, 0, Number.NaN]))).toThrow(
      new InputError(
        'the second samples: a normal distribution needs a finite mean [D] and a finite covariance [D, D]',
      ),
    );
  });
});

describe('frechetDistance', () => {
  it('of normal samples is near that of their distributions', () => {
    const random = RandomStream.fromSeed(2);
    const dim = 8;
    const a = normalSamples(random, 20_000, dim);
    const b = normalSamples(random, 20_000, dim, (z, d) => 2 * z + (d === 0 ? 3 : 0));
    expect(Math.abs(frechetDistance(a, b) - (9 + dim))).toBeLessThan(0.3);
  });

  it('of a set to itself is 0, though there be fewer samples than features', () => {
    const random = RandomStream.fromSeed(3);
    const many = normalSamples(random, 300, 20);
    const few = normalSamples(random, 10, 60);
    expect(frechetDistance(many, many)).toBeLessThan(1e-9);
    expect(frechetDistance(few, few)).toBeLessThan(1e-9);
    expect(frechetDistance(many, many)).toBeGreaterThanOrEqual(0);
  });

  it('is higher where a mode is missing, and higher still where more are', () => {
    const random = RandomStream.fromSeed(4);
    const real = clusteredSamples(random, 1000, 8, { modes: 5 });
    const distanceTo = (modes: number): number =>
      frechetDistance(real, clusteredSamples(random, 1000, 8, { modes }));
    const [full, dropped, collapsed] = [distanceTo(5), distanceTo(4), distanceTo(1)];
    expect(full).toBeLessThan(0.5);
    expect(dropped).toBeGreaterThan(4 * full);
    expect(collapsed).toBeGreaterThan(4 * dropped);
  });

  it('refuses feature sets of two extractors', () => {
    const a = featureSet(new Float32Array(6), 2);
    const b = featureSet(new Float32Array(6), 3);
    expect(() => frechetDistance(a, b)).toThrow(
      'the first samples have 2 features, the second samples have 3; use one feature extractor',
    );
  });
});
