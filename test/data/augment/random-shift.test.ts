import { describe, expect, it } from 'vitest';
import { randomShift } from '../../../src/data/augment/random-shift.js';
import { RandomStream } from '../../../src/random.js';

const shape = [40, 3, 4, 1] as const;
const image = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
const images = Uint8Array.from({ length: 40 * 12 }, (_, i) => image[i % 12]!);

describe('a random shift', () => {
  it('moves images by whole pixels, and repeats their edges', () => {
    const shifted = randomShift(images, shape, RandomStream.fromSeed(0), 1);
    const seen = new Set(
      Array.from({ length: 40 }, (_, i) => shifted.subarray(i * 12, (i + 1) * 12).join()),
    );
    expect(seen.size).toBe(9);
    expect(seen).toContain(image.join());
    // Down by one and to the right by one.
    expect(seen).toContain([1, 1, 2, 3, 1, 1, 2, 3, 5, 5, 6, 7].join());
  });

  it('by no pixels changes nothing, and by more than there are is refused', () => {
    expect(randomShift(images, shape, RandomStream.fromSeed(0), 0)).toEqual(images);
    expect(() => randomShift(images, shape, RandomStream.fromSeed(0), 3)).toThrow(RangeError);
  });
});
