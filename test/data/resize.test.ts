import { describe, expect, it } from 'vitest';
import { axisWeights, resizedMiddle, resizedSquare } from '../../src/data/resize.js';
import { RandomStream } from '../../src/random.js';

const grey = (height: number, width: number, values: ArrayLike<number>) => ({
  ...{ height, width, channels: 1 },
  pixels: Uint8Array.from(values),
});

describe('axisWeights', () => {
  it.each([
    [7, 3],
    [3, 7],
    [32, 32],
    [5, 1],
    [1, 5],
  ])('from %d to %d pixels sum to 1 for every target', (source, target) => {
    const sums = new Array<number>(target).fill(0);
    for (const { to, from, weight } of axisWeights(source, target)) {
      expect(from).toBeGreaterThanOrEqual(0);
      expect(from).toBeLessThan(source);
      sums[to]! += weight;
    }
    for (const sum of sums) expect(sum).toBeCloseTo(1, 12);
  });

  it('cover each source pixel alike when shrinking', () => {
    const covered = new Array<number>(7).fill(0);
    for (const { from, weight } of axisWeights(7, 3)) covered[from]! += weight;
    for (const cover of covered) expect(cover).toBeCloseTo(3 / 7, 12);
  });
});

describe('resizedSquare', () => {
  it('takes the mean over areas to shrink', () => {
    const picture = grey(
      4,
      4,
      [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150],
    );
    expect([...resizedSquare(picture, 2)]).toEqual([25, 45, 105, 125]);
    expect([...resizedSquare(picture, 1)]).toEqual([75]);
  });

  it('shows no moiré: stripes of one pixel become their mean', () => {
    const stripes = grey(
      64,
      64,
      Array.from({ length: 4096 }, (_, i) => (i % 2) * 255),
    );
    const out = resizedSquare(stripes, 16);
    expect(Math.min(...out)).toBeGreaterThanOrEqual(127);
    expect(Math.max(...out)).toBeLessThanOrEqual(128);
  });

  it('is bilinear to enlarge', () => {
    expect([...resizedSquare(grey(2, 2, [0, 100, 0, 100]), 4)].slice(0, 4)).toEqual([
      0, 25, 75, 100,
    ]);
  });

  it('takes the middle of wide and tall pictures', () => {
    const wide = grey(1, 5, [1, 2, 3, 4, 5]);
    expect([...resizedSquare(wide, 1)]).toEqual([3]);
    const tall = { ...wide, height: 5, width: 1 };
    expect([...resizedSquare(tall, 1)]).toEqual([3]);
    expect([...resizedSquare(grey(2, 4, [0, 1, 2, 3, 4, 5, 6, 7]), 2)]).toEqual([1, 2, 5, 6]);
  });

  it('keeps channels apart, and what has the size already', () => {
    const random = RandomStream.fromSeed(1);
    const pixels = Uint8Array.from({ length: 6 * 6 * 3 }, () => random.integer(256));
    const rgb = { height: 6, width: 6, channels: 3, pixels };
    expect(resizedSquare(rgb, 6)).toBe(pixels);
    const out = resizedSquare(rgb, 4);
    for (let c = 0; c < 3; c++) {
      const one = resizedSquare(
        grey(
          6,
          6,
          pixels.filter((_, i) => i % 3 === c),
        ),
        4,
      );
      expect(out.filter((_, i) => i % 3 === c)).toEqual(one);
    }
  });
});

describe('resizedMiddle', () => {
  it('takes the middle part of the form that is wanted', () => {
    // 2 × 4 pixels; the middle 1 × 2 of every 2 × 4, and all of it where the form is the same.
    const wide = grey(2, 4, [0, 10, 20, 30, 40, 50, 60, 70]);
    expect([...resizedMiddle(wide, { width: 2, height: 1 })]).toEqual([25, 45]);
    expect([...resizedMiddle(wide, { width: 1, height: 2 })]).toEqual([10, 50]);
    expect([...resizedMiddle(wide, { width: 4, height: 2 })]).toEqual([...wide.pixels]);
  });
});
