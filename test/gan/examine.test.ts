/** Neighbours and coverage, of pictures whose answer is known. */
import { describe, expect, it } from 'vitest';
import { coverageByClass, nearestTraining } from '../../gan/examine.js';
import type { ImageDataset } from '../../src/data/dataset.js';
import { RandomStream } from '../../src/random.js';

/** Of class 0 dark images, of class 1 light ones. */
const count = 40;
const random = RandomStream.fromSeed(1);
const images = Uint8Array.from({ length: count * 4 }, (_, i) =>
  Math.floor(i / 4) % 2 === 0 ? random.integer(60) : 190 + random.integer(60),
);
const train: ImageDataset = {
  name: 'dark and light',
  images,
  labels: Uint8Array.from({ length: count }, (_, i) => i % 2),
  ...{ count, height: 2, width: 2, channels: 1, classNames: ['dark', 'light'] },
};
const image = (i: number): Uint8Array => images.subarray(4 * i, 4 * i + 4);

describe('neighbours', () => {
  it('of a copy begin with the image itself, and are the nearest of all in order', () => {
    const told: number[] = [];
    const [found] = nearestTraining(image(7), train, 5, (done) => told.push(done));
    expect(found![0]).toEqual({ index: 7, distance: 0 });
    const distances = Array.from({ length: count }, (_, i) =>
      Math.sqrt(image(i).reduce((sum, value, k) => sum + (value - image(7)[k]!) ** 2, 0) / 4),
    ).sort((a, b) => a - b);
    for (const [i, { distance }] of found!.entries()) {
      expect(distance).toBeCloseTo(distances[i]!, 4);
    }
    expect(told).toEqual([count]);
  });

  it('are as many as there are where there are fewer', () => {
    expect(nearestTraining(image(0), { ...train, count: 3 }, 5, () => undefined)[0]).toHaveLength(
      3,
    );
  });
});

describe('coverage', () => {
  it('is whole of a generator that draws the training images, whichever class', () => {
    expect(coverageByClass(images, train, random)).toEqual([
      { name: 'dark', reals: 20, covered: 1, fakes: 20 },
      { name: 'light', reals: 20, covered: 1, fakes: 20 },
    ]);
  });

  it('is none of a class that is never drawn', () => {
    const dark = new Uint8Array(images.length);
    for (let i = 0; i < count; i++) dark.set(image(i - (i % 2)), 4 * i);
    const [first, second] = coverageByClass(dark, train, random);
    expect(first).toMatchObject({ covered: 1, fakes: 40 });
    expect(second).toMatchObject({ covered: 0, fakes: 0 });
  });

  it('is of all together where images have no classes', () => {
    const plain = { ...train, labels: undefined, classNames: [] };
    expect(coverageByClass(images, plain, random)).toEqual([
      { name: 'all', reals: 40, covered: 1, fakes: 40 },
    ]);
  });
});
