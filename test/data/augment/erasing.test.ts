import { describe, expect, it } from 'vitest';
import { randomErasing } from '../../../src/data/augment/erasing.js';
import { mean, random, tolerance } from './batch.js';

const side = 64;
const count = 1500;
/** What holes are filled with: another value in each channel, and none of it white. */
const colours = [[128], [10, 20, 30]];
const options = { probability: 0.6, minArea: 0.05, maxArea: 0.25 };

/** Erases from white images, and finds the rectangles: top, left, height, width of each. */
function erase({ channels = 1, ...some }: Partial<typeof options> & { channels?: number } = {}) {
  const size = side * side * channels;
  const pixels = new Uint8Array(count * size).fill(255);
  const colour = colours.find(({ length }) => length === channels)!;
  const shape = [count, side, side, channels] as const;
  const out = randomErasing(pixels, shape, random(), { ...options, ...some }, colour);
  const boxes: { top: number; left: number; height: number; width: number }[] = [];
  for (let i = 0; i < count; i++) {
    const image = out.subarray(i * size, (i + 1) * size);
    const first = image.findIndex((value) => value !== 255);
    if (first < 0) continue;
    const last = image.findLastIndex((value) => value !== 255);
    const row = (at: number): number => Math.floor(at / (side * channels));
    const column = (at: number): number => Math.floor(at / channels) % side;
    const box = {
      ...{ top: row(first), left: column(first) },
      height: row(last) - row(first) + 1,
      width: column(last) - column(first) + 1,
    };
    // A full rectangle, of the colour, through all channels.
    const erased = image.filter((value, at) => value === colour[at % channels]).length;
    expect(erased).toBe(box.height * box.width * channels);
    boxes.push(box);
  }
  expect(pixels.every((pixel) => pixel === 255)).toBe(true);
  return boxes;
}

describe('randomErasing', () => {
  const boxes = erase();

  it('takes one rectangle from its share of the images', () => {
    const share = boxes.length / count;
    expect(Math.abs(share - 0.6)).toBeLessThan(tolerance(0.6, count));
  });

  it('draws areas uniformly within the limits', () => {
    const areas = boxes.map(({ height, width }) => (height * width) / side ** 2);
    expect(Math.min(...areas)).toBeGreaterThan(0.045);
    expect(Math.max(...areas)).toBeLessThan(0.26);
    for (const [quantile, area] of [
      [0.25, 0.1],
      [0.5, 0.15],
      [0.75, 0.2],
    ] as const) {
      const below = areas.filter((value) => value < area).length / areas.length;
      expect(Math.abs(below - quantile)).toBeLessThan(tolerance(quantile, areas.length) + 0.01);
    }
  });

  it('draws tall and wide rectangles alike, none more than 3.3 times as long as broad', () => {
    const aspects = boxes.map(({ height, width }) => Math.log(height / width));
    const most = Math.log(1 / 0.3) + 0.1;
    expect(Math.max(...aspects)).toBeLessThan(most);
    expect(Math.min(...aspects)).toBeGreaterThan(-most);
    // Uniform in ± log(1 / 0.3), but for the long ones that do not fit.
    expect(Math.abs(mean(aspects))).toBeLessThan(0.1);
    expect(Math.max(...aspects)).toBeGreaterThan(1);
    expect(Math.min(...aspects)).toBeLessThan(-1);
    const inner = aspects.filter((value) => Math.abs(value) < 0.6).length / aspects.length;
    expect(inner).toBeGreaterThan(0.44);
    expect(inner).toBeLessThan(0.56);
  });

  it('places them anywhere', () => {
    const places = boxes.map(({ top, height }) => top / (side - height));
    expect(Math.abs(mean(places) - 0.5)).toBeLessThan(0.05);
    expect(Math.min(...places)).toBe(0);
    expect(Math.max(...places)).toBe(1);
  });

  it('erases all channels, and nothing for a probability of 0', () => {
    expect(erase({ channels: 3, probability: 0.05 }).length).toBeGreaterThan(0);
    expect(erase({ probability: 0 })).toEqual([]);
  });

  it('refuses impossible areas', () => {
    expect(() => erase({ minArea: 0 })).toThrow('between 0 and 1, not from 0 to 0.25');
    expect(() => erase({ minArea: 0.3 })).toThrow(RangeError);
    expect(() => erase({ maxArea: 1 })).toThrow(RangeError);
  });
});
