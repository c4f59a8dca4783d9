import { describe, expect, it } from 'vitest';
import { belowOne, type Distribution, fill } from '../../../src/compile/random/distribution.js';
import { RandomStream } from '../../../src/compile/random/stream.js';
import { chiSquare, correlationOf, meanOf } from './statistics.js';

const words = (stream: RandomStream, count: number): number[] =>
  Array.from({ length: count }, () => stream.word());

describe('a random stream', () => {
  it('is what it was: a step that goes on depends on it', () => {
    expect(words(new RandomStream(0, 0, 0), 4)).toEqual([
      2736696859, 1405085287, 2199200049, 1643156276,
    ]);
    expect(words(new RandomStream(7, 2 ** 40, 3), 4)).toEqual([
      3941842464, 3473360645, 1838692954, 1173474303,
    ]);
  });

  it('begins anew as a new one begins, wherever it was', () => {
    const stream = new RandomStream(1);
    words(stream, 700);
    stream.begin(5, 6);
    expect(words(stream, 1100)).toEqual(words(new RandomStream(5, 6), 1100));
  });

  it('is another one for each list of numbers', () => {
    const lists = [[], [0], [1], [0, 0], [0, 1], [1, 0], [2 ** 32], [2 ** 32 + 1], [0, 2 ** 32]];
    const begins = lists.map((numbers) => words(new RandomStream(...numbers), 2).join());
    expect(new Set(begins).size).toBe(lists.length);
  });

  it('turns every bit half of the time, for calls that follow one another as well', () => {
    const count = 8000;
    const across = Array.from({ length: count }, (_, call) => new RandomStream(9, call, 0).word());
    for (const list of [words(new RandomStream(3), count), across]) {
      for (let bit = 0; bit < 32; bit++) {
        const ones = list.filter((word) => (word >>> bit) & 1).length;
        // 4 standard deviations.
        expect(Math.abs(ones - count / 2)).toBeLessThan(2 * Math.sqrt(count));
      }
      expect(Math.abs(correlationOf(list.slice(1), list.slice(0, -1)))).toBeLessThan(0.05);
    }
  });

  it('fills [0, 1) evenly', () => {
    const stream = new RandomStream(4);
    const [count, bins] = [64_000, 64];
    const counts = new Array<number>(bins).fill(0);
    for (let i = 0; i < count; i++) counts[Math.floor(stream.uniform() * bins)]! += 1;
    // 63 degrees of freedom: 103 in one of a thousand.
    expect(chiSquare(counts, new Array<number>(bins).fill(count / bins))).toBeLessThan(103);
  });
});

describe('a distribution', () => {
  const n = 100_000;
  const sample = (distribution: Distribution): Float32Array => {
    const values = new Float32Array(n);
    fill(distribution, new RandomStream(11), values);
    return values;
  };
  const variance = (values: Float32Array): number => {
    const mean = meanOf(values);
    return meanOf(values.map((value) => (value - mean) ** 2));
  };
  const normal = { kind: 'normal', mean: 2, stdDev: 3, truncated: false, whole: false } as const;

  // Variances of a normal number within two deviations, and of Gamma(k) · s: k · s².
  it.each<[Distribution, number, number]>([
    [{ kind: 'uniform', min: -1, range: 4 }, 1, 16 / 12],
    [{ kind: 'below one' }, 0.5, 1 / 12],
    [normal, 2, 9],
    [{ ...normal, truncated: true }, 2, 9 * 0.7737413],
    [{ kind: 'gamma', shape: 3, scale: 2, whole: false }, 6, 12],
    [{ kind: 'gamma', shape: 0.4, scale: 2, whole: false }, 0.8, 1.6],
  ])('%o has its mean and variance', (distribution, mean, wanted) => {
    const values = sample(distribution);
    expect(Math.abs(meanOf(values) - mean)).toBeLessThan(4 * Math.sqrt(wanted / n));
    expect(Math.abs(variance(values) / wanted - 1)).toBeLessThan(0.04);
  });

  it('that is truncated reaches two deviations, and no further', () => {
    const values = sample({ ...normal, truncated: true });
    expect(Math.max(...values)).toBeLessThanOrEqual(8);
    expect(Math.max(...values)).toBeGreaterThan(7.99);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-4);
  });

  it('below one is exact in float32, and never one', () => {
    for (const word of [0, 1, 2 ** 24 + 1, 2 ** 31 + 255, 2 ** 32 - 1, 0x9abcdef1]) {
      const value = belowOne(word);
      expect(Math.fround(value)).toBe(value);
      expect(value).toBeLessThanOrEqual(word * 2 ** -32);
      expect(word * 2 ** -32 - value).toBeLessThan(2 ** -24);
      expect(value).toBeLessThan(1);
    }
    expect(belowOne(12345)).toBe(12345 * 2 ** -32);
  });
});
