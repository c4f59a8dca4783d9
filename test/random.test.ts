import { describe, expect, it } from 'vitest';
import { RandomStream } from '../src/random.js';

const draws = (stream: RandomStream, count = 5) =>
  Array.from({ length: count }, () => stream.uint32());

/** Mean and variance of `count` draws. */
function moments(draw: () => number, count: number) {
  const values = Array.from({ length: count }, draw);
  const mean = values.reduce((a, b) => a + b) / count;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / count;
  return { mean, variance };
}

describe('RandomStream', () => {
  it('repeats itself for the same seed and differs for others', () => {
    expect(draws(RandomStream.fromSeed(7))).toEqual(draws(RandomStream.fromSeed(7)));
    expect(draws(RandomStream.fromSeed(7))).not.toEqual(draws(RandomStream.fromSeed(8)));
    expect(draws(RandomStream.fromSeed(2 ** 40))).not.toEqual(draws(RandomStream.fromSeed(0)));
  });

  it('keeps its sequence from version to version, since runs and goldens depend on it', () => {
    expect(draws(RandomStream.fromSeed(0), 3)).toEqual([1909473837, 1837015187, 47055774]);
  });

  it('splits by label alone, whatever was drawn before', () => {
    const fresh = RandomStream.fromSeed(1);
    const used = RandomStream.fromSeed(1);
    used.normals(101);
    expect(draws(used.split('a'))).toEqual(draws(fresh.split('a')));
    expect(draws(fresh.split('a'))).not.toEqual(draws(fresh.split('b')));
    expect(draws(fresh.split(1))).not.toEqual(draws(fresh.split('1')));
    expect(draws(fresh.split('a').split('b'))).not.toEqual(draws(fresh.split('b').split('a')));
    expect(draws(fresh.split(3))).not.toEqual(draws(fresh.split(3 + 2 ** 32)));
  });

  it('has no visible dependence between neighbouring splits', () => {
    const root = RandomStream.fromSeed(2);
    const firsts = Array.from({ length: 4000 }, (_, step) => root.split(step).uniform(-1, 1));
    let correlation = 0;
    for (let i = 1; i < firsts.length; i++) correlation += firsts[i]! * firsts[i - 1]!;
    expect(Math.abs(correlation / firsts.length)).toBeLessThan(0.02);
  });

  it('draws uniform numbers in their range', () => {
    const stream = RandomStream.fromSeed(3);
    const { mean, variance } = moments(() => stream.uniform(2, 4), 20_000);
    expect(mean).toBeCloseTo(3, 1);
    expect(variance).toBeCloseTo(1 / 3, 2);
  });

  it('draws standard normal numbers', () => {
    const stream = RandomStream.fromSeed(4);
    const { mean, variance } = moments(() => stream.normal(), 40_000);
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(variance).toBeCloseTo(1, 1);
    const tail = stream.normals(40_000).filter((v) => Math.abs(v) > 1.96).length / 40_000;
    expect(tail).toBeGreaterThan(0.045);
    expect(tail).toBeLessThan(0.055);
  });

  it.each([
    [0.2, 0.2],
    [0.5, 2],
    [4, 4],
  ])('draws Beta(%d, %d) numbers', (a, b) => {
    const stream = RandomStream.fromSeed(5);
    const { mean, variance } = moments(() => stream.beta(a, b), 20_000);
    expect(mean).toBeCloseTo(a / (a + b), 1);
    expect(variance).toBeCloseTo((a * b) / ((a + b) ** 2 * (a + b + 1)), 2);
  });

  it('draws every integer equally often', () => {
    const stream = RandomStream.fromSeed(6);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 14_000; i++) counts[stream.integer(7)]! += 1;
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
    expect(() => stream.integer(0)).toThrow(RangeError);
  });

  it('permutes: everything once', () => {
    const order = RandomStream.fromSeed(9).permutation(1000);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect([...order.subarray(0, 5)]).not.toEqual([0, 1, 2, 3, 4]);
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 53])('refuses the seed %d', (seed) => {
    expect(() => RandomStream.fromSeed(seed)).toThrow(RangeError);
  });
});
