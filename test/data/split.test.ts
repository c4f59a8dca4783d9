import { describe, expect, it } from 'vitest';
import { stratifiedSplit } from '../../src/data/split.js';
import { RandomStream } from '../../src/random.js';

const random = (seed = 1) => RandomStream.fromSeed(seed);
const perClass = (labels: readonly number[], indices: Uint32Array) =>
  [...new Set(labels)].map((label) => indices.filter((i) => labels[i] === label).length);

describe('stratifiedSplit', () => {
  it('divides every example once, each class by its share', () => {
    const labels = [...Array(50).fill(0), ...Array(30).fill(1), ...Array(20).fill(2)];
    const { train, test } = stratifiedSplit(labels, 0.2, random());
    expect(perClass(labels, test)).toEqual([10, 6, 4]);
    expect([...train, ...test].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
  });

  it('rounds so that the total is right: largest remainders first, ties to the lower label', () => {
    const labels = [...Array(13).fill(0), ...Array(14).fill(1), ...Array(13).fill(2)];
    const { test } = stratifiedSplit(labels, 0.2, random());
    expect(test.length).toBe(8);
    expect(perClass(labels, test)).toEqual([3, 3, 2]);
  });

  it('is fixed by the stream, and another stream gives another', () => {
    const labels = Array.from({ length: 100 }, (_, i) => i % 3);
    const split = stratifiedSplit(labels, 0.25, random());
    expect(stratifiedSplit(labels, 0.25, random())).toEqual(split);
    expect(stratifiedSplit(labels, 0.25, random(2))).not.toEqual(split);
  });

  it('puts both parts in random order, so that their beginnings hold every class', () => {
    const labels = Array.from({ length: 1000 }, (_, i) => Math.floor(i / 100));
    const { train, test } = stratifiedSplit(labels, 0.2, random());
    expect(new Set([...train.subarray(0, 100)].map((i) => labels[i])).size).toBe(10);
    expect(new Set([...test.subarray(0, 100)].map((i) => labels[i])).size).toBe(10);
  });

  it('gives each part an example, however few there are', () => {
    const { train, test } = stratifiedSplit([0, 1], 0.01, random());
    expect([train.length, test.length]).toEqual([1, 1]);
    const most = stratifiedSplit([0, 0, 0], 0.99, random());
    expect([most.train.length, most.test.length]).toEqual([1, 2]);
  });

  it('refuses what cannot be split', () => {
    expect(() => stratifiedSplit([0], 0.5, random())).toThrow(RangeError);
    expect(() => stratifiedSplit([0, 1], 1, random())).toThrow(RangeError);
    expect(() => stratifiedSplit([0, 1], Number.NaN, random())).toThrow(RangeError);
  });
});
