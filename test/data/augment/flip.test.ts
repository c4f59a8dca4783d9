import { describe, expect, it } from 'vitest';
import { randomFlip } from '../../../src/data/augment/flip.js';
import { noise, random, tolerance } from './batch.js';

const rgb = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, /**/ 11, 12, 13, 14, 15, 16, 17, 18, 19);

describe('randomFlip', () => {
  it('mirrors left to right, colours and rows kept', () => {
    expect([...randomFlip(rgb, [1, 2, 3, 3], random(), 1)]).toEqual([
      ...[7, 8, 9, 4, 5, 6, 1, 2, 3],
      ...[17, 18, 19, 14, 15, 16, 11, 12, 13],
    ]);
  });

  it('done twice is the identity, for even and odd widths', () => {
    for (const width of [4, 5]) {
      const images = noise(3 * 2 * width);
      const shape = [3, 2, width, 1] as const;
      const twice = randomFlip(randomFlip(images, shape, random(), 1), shape, random(), 1);
      expect(twice).toEqual(images);
    }
  });

  it.each([0.5, 0.2])('mirrors a share of %d of the images', (probability) => {
    const count = 4000;
    const images = Uint8Array.from({ length: 2 * count }, (_, i) => i % 2);
    const out = randomFlip(images, [count, 1, 2, 1], random(), probability);
    const share = out.filter((value, i) => i % 2 === 0 && value === 1).length / count;
    expect(Math.abs(share - probability)).toBeLessThan(tolerance(probability, count));
  });

  it('mirrors none for 0, and refuses what is no probability', () => {
    expect(randomFlip(rgb, [1, 2, 3, 3], random(), 0)).toEqual(rgb);
    expect(() => randomFlip(rgb, [1, 2, 3, 3], random(), 1.1)).toThrow('from 0 to 1, not at 1.1');
    expect(() => randomFlip(rgb, [1, 2, 3, 3], random(), Number.NaN)).toThrow(RangeError);
  });
});
