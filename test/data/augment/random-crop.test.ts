import { describe, expect, it } from 'vitest';
import { randomCrop } from '../../../src/data/augment/random-crop.js';
import { noise, random, tolerance } from './batch.js';

const [height, width, channels] = [6, 5, 2];
const size = height * width * channels;

/** The image moved, black where it leaves a place empty. */
function shifted(image: Uint8Array, down: number, right: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => {
    const y = Math.floor(i / (width * channels)) - down;
    const x = (Math.floor(i / channels) % width) - right;
    const isInside = y >= 0 && y < height && x >= 0 && x < width;
    return isInside ? image[(y * width + x) * channels + (i % channels)]! : 0;
  });
}

describe('randomCrop', () => {
  it('moves every image by whole pixels, each shift equally often', () => {
    const count = 5000;
    const image = noise(size);
    const images = new Uint8Array(count * size);
    for (let i = 0; i < count; i++) images.set(image, i * size);
    const out = randomCrop(images, [count, height, width, channels], random(), 2);

    const shifts = new Map<string, number>();
    for (let down = -2; down <= 2; down++) {
      for (let right = -2; right <= 2; right++) shifts.set(`${shifted(image, down, right)}`, 0);
    }
    for (let i = 0; i < count; i++) {
      const key = `${out.subarray(i * size, (i + 1) * size)}`;
      expect(shifts.has(key)).toBe(true);
      shifts.set(key, shifts.get(key)! + 1);
    }
    expect(shifts.size).toBe(25);
    for (const times of shifts.values()) {
      expect(Math.abs(times / count - 1 / 25)).toBeLessThan(tolerance(1 / 25, count));
    }
    expect(images.subarray(0, size)).toEqual(image);
  });

  it('changes nothing without padding', () => {
    const images = noise(2 * size);
    expect(randomCrop(images, [2, height, width, channels], random(), 0)).toEqual(images);
  });

  it('refuses a padding that could push an image out of sight, and a wrong shape', () => {
    const crop = (padding: number) => () =>
      randomCrop(noise(size), [1, height, width, channels], random(), padding);
    expect(crop(width)).toThrow('of 6×5 images is a whole number below their sides, not 5');
    expect(crop(-1)).toThrow(RangeError);
    expect(crop(1.5)).toThrow(RangeError);
    expect(crop(width - 1)).not.toThrow();
    expect(() => randomCrop(noise(7), [1, 2, 2, 2], random(), 1)).toThrow(
      '7 pixels do not have the shape 1×2×2×2',
    );
  });
});
