import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { RandomStream } from '../../src/random.js';
import { featureSet } from '../../src/scores/features.js';
import { nearestBetween, nearestWithin } from '../../src/scores/neighbours.js';
import { distance, normalSamples, rows } from './samples.js';

const random = RandomStream.fromSeed(8);
const a = normalSamples(random, 70, 5);
const b = normalSamples(random, 133, 5, (z) => z + 100);

/** The k smallest squared distances, by sorting them all. */
const smallest = (distances: number[], k: number): number[] =>
  distances
    .map((value) => value * value)
    .sort((x, y) => x - y)
    .slice(0, k);

function expectNear(actual: Float64Array, expected: number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs(actual[i]! - value)).toBeLessThan(1e-10 * (1 + value));
  });
}

describe.each([1, 3, 70])('the %d nearest', (k) => {
  it('between two sets are those of a full sort', () => {
    const expected = rows(b).flatMap((x) =>
      smallest(
        rows(a).map((y) => distance(x, y)),
        k,
      ),
    );
    expectNear(nearestBetween(b, a, k), expected);
  });

  it('within a set leave out the sample itself', () => {
    const all = rows(b);
    const expected = all.flatMap((x) =>
      smallest(
        all.filter((y) => y !== x).map((y) => distance(x, y)),
        k,
      ),
    );
    expectNear(nearestWithin(b, k), expected);
  });
});

it('a copy is a neighbour at exactly 0', () => {
  const values = Float32Array.of(0.1, 1000.3, 5, 5, 0.1, 1000.3);
  const features = featureSet(values, 2);
  expect(nearestWithin(features, 1)[0]).toBe(0);
  expect(nearestWithin(features, 1)[1]).toBeGreaterThan(0);
  expect([...nearestBetween(b, b, 1)]).toEqual(Array(b.count).fill(0));
});

it('refuses more neighbours than there are', () => {
  const two = featureSet(Float32Array.of(1, 2), 1);
  expect([...nearestBetween(two, two, 2)]).toEqual([0, 1, 0, 1]);
  expect(() => nearestBetween(two, two, 3)).toThrow(
    new UsageError('the references: this score needs at least 3 samples, not 2'),
  );
  expect(() => nearestWithin(two, 2)).toThrow(
    new UsageError('the samples: this score needs at least 3 samples, not 2'),
  );
  expect(() => nearestWithin(two, 0)).toThrow(
    new UsageError('the number of neighbours must be an integer from 1, not 0'),
  );
});
