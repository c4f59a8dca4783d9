import { describe, expect, it } from 'vitest';
import { elasticDistortion } from '../../../src/data/augment/elastic.js';
import { RandomStream } from '../../../src/random.js';

const random = RandomStream.fromSeed(1);

/** What a byte grows by in a pixel: sides are up to 32. */
const slope = 8;

/** Images whose value is the column and whose second channel is the row. */
function ramps(batch: number, side: number): Uint8Array {
  const values: number[] = [];
  for (let i = 0; i < batch * side * side; i++) {
    const [x, y] = [i % side, Math.floor(i / side) % side];
    values.push(slope * x, slope * y);
  }
  return Uint8Array.from(values);
}

/** How far each pixel within `margin` of no edge moved, along both axes. */
function moves(batch: number, side: number, options: { pixels: number; spacing: number }) {
  const before = ramps(batch, side);
  const shape = [batch, side, side, 2] as const;
  const after = elasticDistortion(before, shape, random.split('moves'), options);
  const margin = Math.ceil(6 * options.pixels);
  const inside = (i: number) => {
    const [x, y] = [i % side, Math.floor(i / side) % side];
    return Math.min(x, y) >= margin && Math.max(x, y) < side - margin;
  };
  const at = (i: number, axis: number) => (after[2 * i + axis]! - before[2 * i + axis]!) / slope;
  const all = Array.from({ length: batch * side * side }, (_, i) => i).filter(inside);
  return all.map((i) => ({ i, dx: at(i, 0), dy: at(i, 1) }));
}

const deviation = (values: number[]) => Math.hypot(...values) / Math.sqrt(values.length);

describe('elasticDistortion', () => {
  it('moves pixels along both axes, by as much as it says', () => {
    const found = moves(60, 32, { pixels: 0.8, spacing: 3 });
    expect(deviation(found.map(({ dx }) => dx))).toBeCloseTo(0.8, 1);
    expect(deviation(found.map(({ dy }) => dy))).toBeCloseTo(0.8, 1);
    // The axes move independently.
    const product = found.reduce((sum, { dx, dy }) => sum + dx * dy, 0) / found.length;
    expect(Math.abs(product)).toBeLessThan(0.1);
  });

  it('moves neighbours alike, the more the further apart the grid is', () => {
    const roughness = (spacing: number) => {
      const found = moves(40, 32, { pixels: 0.5, spacing });
      const by = new Map(found.map(({ i, dx }) => [i, dx]));
      const steps = found.flatMap(({ i, dx }) => (by.has(i + 1) ? [by.get(i + 1)! - dx] : []));
      return deviation(steps);
    };
    expect(roughness(8)).toBeLessThan(roughness(4));
    expect(roughness(4)).toBeLessThan(0.25);
  });

  it('gives each image a field of its own, that of its stream', () => {
    const images = Uint8Array.from([...ramps(1, 8), ...ramps(1, 8)]);
    const options = { pixels: 1, spacing: 4 };
    const distort = () => elasticDistortion(images, [2, 8, 8, 2], random.split('own'), options);
    const once = distort();
    expect(distort()).toEqual(once);
    expect(once.subarray(0, 128)).not.toEqual(once.subarray(128));
  });

  it('leaves images alone that are not to move, and fills with black from outside', () => {
    const images = ramps(1, 8);
    const still = elasticDistortion(images, [1, 8, 8, 2], random, { pixels: 0, spacing: 4 });
    expect(still).toEqual(images);
    const white = new Uint8Array(64).fill(255);
    const far = elasticDistortion(white, [1, 8, 8, 1], random, { pixels: 50, spacing: 4 });
    expect(far.some((value) => value === 0)).toBe(true);
    expect(Math.max(...far)).toBe(255);
  });

  it('refuses what cannot be', () => {
    const distort = (options: { pixels: number; spacing: number }, shape: number) =>
      elasticDistortion(new Uint8Array(64), [shape, 8, 8, 1], random, options);
    expect(() => distort({ pixels: -1, spacing: 4 }, 1)).toThrow(RangeError);
    expect(() => distort({ pixels: 1, spacing: 0 }, 1)).toThrow(RangeError);
    expect(() => distort({ pixels: 1, spacing: 4 }, 2)).toThrow('do not have the shape 2×8×8×1');
  });
});
