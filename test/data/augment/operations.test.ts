import { describe, expect, it } from 'vitest';
import * as operations from '../../../src/data/augment/operations.js';
import { noise } from './batch.js';

type Image = operations.ByteImage;

const grey = (height: number, width: number, ...values: number[]): Image => ({
  ...{ height, width, channels: 1 },
  values: Uint8Array.from(values),
});
const rgb = (height: number, width: number, values: ArrayLike<number>): Image => ({
  ...{ height, width, channels: 3 },
  values: Uint8Array.from(values),
});
const random = rgb(7, 9, noise(7 * 9 * 3));

/** Rows 1 … 9 by columns of three. */
const nine = grey(3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9);

describe('operations that move', () => {
  it('translate by the whole part, black comes in', () => {
    expect([...operations.translateX(nine, 1.9)]).toEqual([0, 1, 2, 0, 4, 5, 0, 7, 8]);
    expect([...operations.translateX(nine, -1)]).toEqual([2, 3, 0, 5, 6, 0, 8, 9, 0]);
    expect([...operations.translateY(nine, 1)]).toEqual([0, 0, 0, 1, 2, 3, 4, 5, 6]);
    expect([...operations.translateY(nine, -2.5)]).toEqual([7, 8, 9, 0, 0, 0, 0, 0, 0]);
  });

  it('shear more the farther from the corner', () => {
    // Pixels lie at 0.5, 1.5, 2.5 from the top: by 0.4 of that, to the nearest.
    expect([...operations.shearX(nine, 0.4)]).toEqual([1, 2, 3, 0, 4, 5, 0, 7, 8]);
    expect([...operations.shearX(nine, -0.4)]).toEqual([1, 2, 3, 5, 6, 0, 8, 9, 0]);
    expect([...operations.shearY(nine, 0.4)]).toEqual([1, 0, 0, 4, 2, 3, 7, 5, 6]);
  });

  it('rotate about the centre, clockwise', () => {
    expect([...operations.rotate(nine, 90)]).toEqual([7, 4, 1, 8, 5, 2, 9, 6, 3]);
    expect([...operations.rotate(nine, -90)]).toEqual([3, 6, 9, 2, 5, 8, 1, 4, 7]);
    expect(operations.rotate(random, 360)).toEqual(random.values);
  });

  it('keep the colours of a pixel together', () => {
    const moved = operations.translateX(random, 2);
    expect(moved.subarray(6, 27)).toEqual(random.values.subarray(0, 21));
  });
});

describe('operations on values', () => {
  it('brightness: away from black', () => {
    const image = grey(1, 3, 10, 100, 250);
    expect([...operations.brightness(image, 0.5)]).toEqual([15, 150, 255]);
    expect([...operations.brightness(image, -0.9)]).toEqual([1, 10, 25]);
  });

  it('contrast: away from the mean grey', () => {
    const image = grey(1, 4, 90, 110, 100, 100);
    expect([...operations.contrast(image, 0.5)]).toEqual([85, 115, 100, 100]);
    expect([...operations.contrast(image, -1)]).toEqual([100, 100, 100, 100]);
    // Grey of red is 0.299 · 255 = 76, of white 255: the mean is 166.
    const colours = rgb(1, 2, [255, 0, 0, 255, 255, 255]);
    expect([...operations.contrast(colours, -1)]).toEqual([166, 166, 166, 166, 166, 166]);
  });

  it('color: away from the pixel’s own grey', () => {
    const image = rgb(1, 2, [200, 100, 10, 50, 50, 50]);
    // 0.299 · 200 + 0.587 · 100 + 0.114 · 10 = 119.64.
    expect([...operations.color(image, -1)]).toEqual([120, 120, 120, 50, 50, 50]);
    expect([...operations.color(image, 0.5)]).toEqual([240, 90, 0, 50, 50, 50]);
    expect(operations.color(nine, 0.9)).toEqual(nine.values);
  });

  it('sharpness: away from a smoothed copy, but for the border', () => {
    const image = grey(3, 3, 0, 0, 0, 0, 130, 0, 0, 0, 0);
    // Smoothed: 5 · 130 / 13 = 50.
    expect([...operations.sharpness(image, -1)]).toEqual([0, 0, 0, 0, 50, 0, 0, 0, 0]);
    expect([...operations.sharpness(image, 0.5)]).toEqual([0, 0, 0, 0, 170, 0, 0, 0, 0]);
    expect([...operations.sharpness(nine, -1)]).toEqual([...nine.values]);
    const flat = rgb(
      4,
      4,
      new Uint8Array(48).map((_, i) => 10 * (i % 3)),
    );
    expect(operations.sharpness(flat, -0.9)).toEqual(flat.values);
  });

  it('posterize: keeps the highest bits', () => {
    const image = grey(1, 4, 255, 129, 63, 16);
    expect([...operations.posterize(image, 8)]).toEqual([255, 129, 63, 16]);
    expect([...operations.posterize(image, 4)]).toEqual([240, 128, 48, 16]);
    expect([...operations.posterize(image, 1)]).toEqual([128, 128, 0, 0]);
  });

  it('solarize: inverts from a threshold up', () => {
    const image = grey(1, 4, 0, 127, 128, 255);
    expect([...operations.solarize(image, 128)]).toEqual([0, 127, 127, 0]);
    expect([...operations.solarize(image, 255)]).toEqual([0, 127, 128, 0]);
    expect([...operations.solarize(image, 0)]).toEqual([255, 128, 127, 0]);
  });

  it('autoContrast: stretches each channel to the full range', () => {
    const image = rgb(1, 3, [50, 0, 9, 110, 128, 9, 150, 255, 9]);
    expect([...operations.autoContrast(image, 0)]).toEqual([0, 0, 9, 153, 128, 9, 255, 255, 9]);
  });

  it('equalize: gives every value as many pixels', () => {
    // 510 pixels of two values: a step of 1, half of them below the second.
    const two = grey(1, 510, ...Array.from({ length: 510 }, (_, i) => (i < 255 ? 100 : 101)));
    const out = operations.equalize(two, 0);
    expect([out[0], out[509]]).toEqual([0, 255]);
    // What is spread evenly already stays.
    const even = grey(2, 256, ...Array.from({ length: 512 }, (_, i) => i % 256));
    expect(operations.equalize(even, 0)).toEqual(even.values);
    // Too few pixels beside the strongest value to move anything.
    expect(operations.equalize(nine, 0)).toEqual(nine.values);
  });
});

describe('every operation', () => {
  const all = Object.entries(operations) as [string, operations.Operation][];

  it('is there', () => {
    expect(all.length).toBe(14);
  });

  it.each(all)('%s leaves its image alone, and gives as many values', (_, apply) => {
    const before = random.values.slice();
    const out = apply(random, 3);
    expect(random.values).toEqual(before);
    expect(out.length).toBe(before.length);
    expect(out.buffer).not.toBe(random.values.buffer);
  });

  const withStrength = /^(shear|translate|rotate|brightness|color|contrast|sharpness)/;
  it.each(all.filter(([name]) => withStrength.test(name)))(
    '%s of 0 is the identity',
    (_, apply) => {
      expect(apply(random, 0)).toEqual(random.values);
    },
  );
});
