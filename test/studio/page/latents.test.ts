/** Latents of the explorer: those of commands at seeds, as long between them, and limited smoothly. */
import { describe, expect, it } from 'vitest';
import { drawLatents } from '../../../gan/sample.js';
import { quantile } from '../../../src/arrays.js';
import { RandomStream } from '../../../src/random.js';
import { pointOf } from '../../../studio/page/views/latent/finds.js';
import { toldLabel, toldValues } from '../../../studio/page/views/latent/labels.js';
import {
  between,
  blend,
  placeOfSeed,
  planeLatent,
  seedAt,
  seedLatent,
  truncated,
} from '../../../studio/page/views/latent/latents.js';
import { normalCdf, normalQuantile } from '../../../studio/page/views/latent/normal.js';
import { positionOf, textOf } from '../../../studio/page/views/latent/position.js';

const dim = 2000;
const seed = (number: number): Float32Array => seedLatent(number, dim);
const variance = (latent: Float32Array): number =>
  latent.reduce((sum, value) => sum + value ** 2, 0) / latent.length;

describe('the plane', () => {
  it('has at whole points what mixgan sample draws first of that seed', () => {
    const drawn = drawLatents(RandomStream.fromSeed(2003).split('sample'), 3, 64);
    expect(planeLatent(3, 2, (number) => seedLatent(number, 64))).toEqual(drawn.subarray(0, 64));
  });

  it('has a seed at every whole point, and repeats', () => {
    expect(seedAt(3, 2)).toBe(2003);
    expect(seedAt(-1, 0)).toBe(999);
    expect(seedAt(1003, -998)).toBe(2003);
    expect(placeOfSeed(2003)).toEqual([3, 2]);
  });

  it('is as lively between seeds as at them', () => {
    for (const [x, y] of [
      [0.5, 0.5],
      [0.5, 0],
      [0.1, 0.8],
    ] as const) {
      expect(variance(planeLatent(x, y, seed))).toBeCloseTo(1, 0.7);
    }
    const corners = [1, 2, 3, 4].map(seed);
    expect(between(corners, 1, 0)).toEqual(corners[1]);
    expect(between(corners, 0, 1)).toEqual(corners[2]);
    expect(blend(corners, [0, 0, 0, 0.5])).toEqual(corners[3]);
  });
});

describe('a truncation', () => {
  it('keeps order and limits, and gives the quantiles of normal numbers within them', () => {
    const latent = seed(7);
    const limited = truncated(latent, 0.8);
    expect(Math.max(...limited.map(Math.abs))).toBeLessThanOrEqual(0.8);
    const order = [...latent.keys()].sort((a, b) => latent[a]! - latent[b]!);
    for (let i = 1; i < order.length; i++) {
      expect(limited[order[i]!]!).toBeGreaterThanOrEqual(limited[order[i - 1]!]!);
    }
    const redrawn = drawLatents(RandomStream.fromSeed(1), 20_000, 1, 0.8).sort();
    const sorted = truncated(seedLatent(3, 20_000), 0.8).sort();
    for (const share of [0.1, 0.3, 0.5, 0.9]) {
      expect(Math.abs(quantile(sorted, share) - quantile(redrawn, share))).toBeLessThan(0.03);
    }
  });

  it('of none changes nothing', () => {
    const latent = seed(7);
    expect(truncated(latent, Number.POSITIVE_INFINITY)).toBe(latent);
  });
});

it('the normal distribution has its known values', () => {
  // Of any table.
  expect(normalCdf(1.959964)).toBeCloseTo(0.975, 6);
  expect(normalCdf(-1)).toBeCloseTo(0.158655, 6);
  expect(normalQuantile(0.975)).toBeCloseTo(1.959964, 5);
  expect(normalQuantile(0.5)).toBeCloseTo(0, 6);
});

it('a place goes into an address and back', () => {
  expect(positionOf(textOf({ x: 3.25, y: -1 }))).toEqual({ x: 3.25, y: -1 });
  for (const text of ['', '1', '1,', '1,2,3', 'a,b', 'NaN,1']) {
    expect(positionOf(text)).toBeUndefined();
  }
});

it.each([
  ['no latent', {}, /no list of numbers/],
  ['text in it', { latent: ['1', 2] }, /no list of numbers/],
  ['another length', { latent: [1] }, /has 1 numbers, and this generator takes 2/],
  ['no label', { latent: [1, 2] }, /no label of 3 numbers/],
  ['nothing', null, /no list of numbers/],
])('a latent’s file with %s is refused', (_, value, message) => {
  expect(() => pointOf(value, 2, 3)).toThrow(message);
});

it('a label tells one value of each attribute, the first where the address has none', () => {
  const attributes = [
    { name: 'hair', values: ['none', 'long', 'short'] },
    { name: 'glasses', values: ['no', 'yes'] },
  ];
  expect([...toldLabel(attributes, '2,1')]).toEqual([0, 0, 1, 0, 1]);
  expect(toldValues(attributes, '')).toEqual([0, 0]);
  expect(toldValues(attributes, '9,x')).toEqual([0, 0]);
});
