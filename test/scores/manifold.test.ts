import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { RandomStream } from '../../src/random.js';
import { type Features, featureSet } from '../../src/scores/features.js';
import { type ManifoldScores, manifoldScores } from '../../src/scores/manifold.js';
import { clusteredSamples, distance, normalSamples, rows } from './samples.js';

/** The definitions, word for word. */
function bruteForce(real: Features, generated: Features): ManifoldScores {
  const [reals, fakes] = [rows(real), rows(generated)];
  const radius = (x: number[], set: number[][], k: number): number =>
    set
      .filter((y) => y !== x)
      .map((y) => distance(x, y))
      .sort((p, q) => p - q)[k - 1]!;
  const inside = (point: number[], centre: number[], set: number[][], k: number): boolean =>
    distance(point, centre) <= radius(centre, set, k);
  const share = (flags: boolean[]): number => flags.filter(Boolean).length / flags.length;
  const balls = fakes.map((g) => reals.filter((r) => inside(g, r, reals, 5)).length);
  return {
    precision: share(fakes.map((g) => reals.some((r) => inside(g, r, reals, 3)))),
    recall: share(reals.map((r) => fakes.some((g) => inside(r, g, fakes, 3)))),
    density: balls.reduce((sum, n) => sum + n, 0) / (5 * fakes.length),
    coverage: share(reals.map((r) => fakes.some((g) => inside(g, r, reals, 5)))),
  };
}

describe('manifoldScores', () => {
  it('of points on a line is what the definitions say', () => {
    const real = featureSet(Float32Array.of(0, 1, 3, 10), 1);
    const generated = featureSet(Float32Array.of(2, 20, 21, 2), 1);
    // Radii for k = 1: real 1, 1, 2, 7; generated 0, 1, 1, 0.
    expect(manifoldScores(real, generated, { precisionRecallK: 1, densityCoverageK: 1 })).toEqual({
      precision: 2 / 4,
      recall: 0,
      density: 4 / 4,
      coverage: 2 / 4,
    });
    // Radii for k = 2: real 3, 2, 3, 9; generated 18, 18, 19, 18, so 3 is in a ball of 2.
    expect(manifoldScores(real, generated, { precisionRecallK: 2, densityCoverageK: 2 })).toEqual({
      precision: 2 / 4,
      recall: 1,
      density: 8 / 8,
      coverage: 1,
    });
  });

  it('agrees with the definitions', () => {
    const random = RandomStream.fromSeed(9);
    const real = normalSamples(random, 100, 3);
    const generated = normalSamples(random, 70, 3, (z, d) => 0.7 * z + (d === 0 ? 1 : 0));
    const scores = manifoldScores(real, generated);
    const expected = bruteForce(real, generated);
    expect(scores.density).toBeCloseTo(expected.density, 12);
    expect(scores).toEqual({ ...expected, density: scores.density });
    // The case says something: no score is at an end of its range.
    for (const score of Object.values(scores)) {
      expect(score).toBeGreaterThan(0.2);
      expect(score).toBeLessThan(0.98);
    }
  });

  it('gives 1 for the same samples, copies among them', () => {
    const random = RandomStream.fromSeed(10);
    const real = normalSamples(random, 200, 6);
    expect(manifoldScores(real, real)).toMatchObject({ precision: 1, recall: 1, coverage: 1 });
    const point = featureSet(new Float32Array(20).fill(0.3), 2);
    expect(manifoldScores(point, point)).toMatchObject({ precision: 1, recall: 1, coverage: 1 });
  });

  it('gives 0 for samples elsewhere', () => {
    const random = RandomStream.fromSeed(11);
    const real = normalSamples(random, 50, 6);
    const generated = normalSamples(random, 50, 6, (z) => z + 100);
    expect(manifoldScores(real, generated)).toEqual({
      precision: 0,
      recall: 0,
      density: 0,
      coverage: 0,
    });
  });

  it('tells missing modes from noise', () => {
    const random = RandomStream.fromSeed(12);
    const samples = (modes: number, spread: number): Features =>
      clusteredSamples(random, 500, 8, { modes, spread });
    const real = samples(5, 1);
    const full = manifoldScores(real, samples(5, 1));
    const dropped = manifoldScores(real, samples(4, 1));
    const noisy = manifoldScores(real, samples(5, 2));
    expect(full.density).toBeGreaterThan(0.9);
    expect(full.density).toBeLessThan(1.1);
    expect(full.coverage).toBeGreaterThan(0.9);

    // One of five modes is missing: a fifth of the reals is out of reach, no fake is worse.
    expect(dropped.recall).toBeLessThan(full.recall - 0.1);
    expect(dropped.coverage).toBeLessThan(full.coverage - 0.1);
    expect(dropped.precision).toBeGreaterThan(full.precision - 0.1);

    expect(noisy.precision).toBeLessThan(full.precision / 2);
    expect(noisy.density).toBeLessThan(full.density / 2);
    expect(noisy.recall).toBeGreaterThan(full.recall - 0.1);
  });

  it('refuses a k that makes no sense, and sets that are too small', () => {
    const four = featureSet(Float32Array.of(1, 2, 3, 4), 1);
    const six = featureSet(Float32Array.of(1, 2, 3, 4, 5, 6), 1);
    expect(() => manifoldScores(six, four)).not.toThrow();
    expect(() => manifoldScores(four, six)).toThrow(
      new UsageError('the real samples: this score needs at least 6 samples, not 4'),
    );
    expect(() => manifoldScores(six, four, { precisionRecallK: 4 })).toThrow(
      new UsageError('the generated samples: this score needs at least 5 samples, not 4'),
    );
    expect(() => manifoldScores(six, six, { densityCoverageK: 1.5 })).toThrow(
      new UsageError('the number of neighbours must be an integer from 1, not 1.5'),
    );
    expect(() => manifoldScores(six, featureSet(new Float32Array(12), 2))).toThrow(
      'the real samples have 1 features, the generated samples have 2',
    );
  });
});
