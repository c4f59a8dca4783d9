import { beforeAll, describe, expect, it } from 'vitest';
import type { ImageDataset } from '../../src/data/dataset.js';
import { type GreyImage, normaliseDigit } from '../../src/data/digit.js';
import { loadMnistPackage } from '../../src/data/mnist-package.js';
import { InputError } from '../../src/errors.js';
import { RandomStream } from '../../src/random.js';

const shown = 300;
let test: ImageDataset;
beforeAll(async () => {
  ({ test } = await loadMnistPackage());
});

const digitOf = (i: number) => test.images.subarray(i * 784, (i + 1) * 784);

/** The mean absolute difference of bytes of each normalised digit from the one it was made of. */
function differences(make: (digit: Uint8Array) => GreyImage): number[] {
  return Array.from({ length: shown }, (_, i) => {
    const found = normaliseDigit(make(digitOf(i)));
    return found.reduce((sum, value, p) => sum + Math.abs(value - digitOf(i)[p]!), 0) / 784;
  }).sort((a, b) => a - b);
}

const median = (sorted: number[]) => sorted[shown >> 1]!;
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** A digit enlarged by whole pixels, ink and ground of given greys, off centre in a large field. */
function onPaper(digit: Uint8Array, factor: number, ink: number, ground: number): GreyImage {
  const [width, height] = [28 * factor + 60, 28 * factor + 11];
  const grey = new Uint8Array(width * height).fill(ground);
  for (let y = 0; y < 28 * factor; y++) {
    for (let x = 0; x < 28 * factor; x++) {
      const value = digit[Math.floor(y / factor) * 28 + Math.floor(x / factor)]! / 255;
      grey[(y + 3) * width + x + 50] = Math.round(ground + (ink - ground) * value);
    }
  }
  return { width, height, grey };
}

describe('digits of MNIST', () => {
  it('stay as they are', () => {
    const found = differences((grey) => ({ width: 28, height: 28, grey }));
    expect(median(found)).toBe(0);
    expect(mean(found)).toBeLessThan(0.3);
  });

  it('come back from black ink on white', () => {
    const found = differences((digit) => ({
      width: 28,
      height: 28,
      grey: digit.map((v) => 255 - v),
    }));
    expect(median(found)).toBe(0);
  });

  it('come back from floats in [0, 1] and in [−1, 1]', () => {
    for (const scale of [(v: number) => v / 255, (v: number) => v / 127.5 - 1]) {
      const found = differences((digit) => ({
        width: 28,
        height: 28,
        grey: Float32Array.from(digit, scale),
      }));
      expect(mean(found)).toBeLessThan(0.3);
    }
  });

  it('come back from a large scan off centre, dark on light and light on dark', () => {
    for (const [ink, ground] of [
      [40, 230],
      [200, 20],
    ] as const) {
      const found = differences((digit) => onPaper(digit, 5, ink, ground));
      expect(mean(found)).toBeLessThan(0.5);
    }
  });

  it('come back from a noisy scan', () => {
    const random = RandomStream.fromSeed(1);
    const found = differences((digit) => {
      const image = onPaper(digit, 3, 20, 220);
      return { ...image, grey: image.grey.map((v) => Math.round(v + random.uniform(-8, 8))) };
    });
    expect(mean(found)).toBeLessThan(8);
  });
});

/** A black rectangle on a white field of 60×60. */
function rectangle(left: number, top: number, width: number, height: number): GreyImage {
  const grey = new Uint8Array(3600).fill(255);
  for (let y = top; y < top + height; y++) grey.fill(0, y * 60 + left, y * 60 + left + width);
  return { width: 60, height: 60, grey };
}

/** Left, top, width and height of what is not black, and the centre of mass. */
function extent(field: Uint8Array) {
  const at = [...field.keys()].filter((i) => field[i]! > 0);
  const xs = at.map((i) => i % 28);
  const ys = at.map((i) => Math.floor(i / 28));
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return [left, top, Math.max(...xs) - left + 1, Math.max(...ys) - top + 1];
}

describe('normaliseDigit', () => {
  it.each([
    ['shrinks', rectangle(3, 5, 20, 40), [9, 4, 10, 20]],
    ['enlarges', rectangle(30, 31, 5, 10), [9, 4, 10, 20]],
    ['keeps the aspect of a wide shape', rectangle(2, 2, 50, 5), [4, 13, 20, 2]],
    ['keeps a line of a pixel', rectangle(7, 1, 1, 55), [14, 4, 1, 20]],
    ['makes a dot fill the box', rectangle(50, 50, 1, 1), [4, 4, 20, 20]],
  ])('%s', (_, image, box) => {
    const field = normaliseDigit(image);
    expect(extent(field)).toEqual(box);
    expect(Math.max(...field)).toBe(255);
  });

  it('places by the centre of mass, not of the box', () => {
    const image = rectangle(10, 10, 20, 2);
    for (let y = 10; y < 30; y++) image.grey.fill(0, y * 60 + 10, y * 60 + 14);
    // An L upside down: its mass is to the upper left of its box.
    const [left, top, width, height] = extent(normaliseDigit(image));
    expect([width, height]).toEqual([20, 20]);
    expect(left).toBeGreaterThan(4);
    expect(top).toBeGreaterThan(4);
  });

  it('strengthens a stroke that shrinking made faint', () => {
    const grey = new Uint8Array(400 * 400).fill(255);
    for (let y = 50; y < 350; y++) grey.fill(0, y * 400 + 200, y * 400 + 203);
    grey.fill(0, 60 * 400 + 100, 60 * 400 + 300);
    expect(Math.max(...normaliseDigit({ width: 400, height: 400, grey }))).toBe(255);
  });

  it('leaves specks fainter than a tenth of the ink out of the box', () => {
    const image = rectangle(20, 20, 10, 20);
    image.grey[58 * 60 + 58] = 240;
    expect(normaliseDigit(image)).toEqual(normaliseDigit(rectangle(20, 20, 10, 20)));
  });

  it('takes any size', () => {
    const field = normaliseDigit({ width: 2, height: 3, grey: Uint8Array.of(0, 0, 0, 255, 0, 0) });
    expect(Math.max(...field)).toBe(255);
    expect(field).toHaveLength(784);
  });

  const random = RandomStream.fromSeed(2);
  const noise = Float32Array.from({ length: 1600 }, () => random.uniform(0.3, 0.6));
  it.each<[string, GreyImage]>([
    ['white', { width: 30, height: 20, grey: new Uint8Array(600).fill(255) }],
    ['black', { width: 28, height: 28, grey: new Uint8Array(784) }],
    ['one pixel', { width: 1, height: 1, grey: Uint8Array.of(77) }],
    ['nearly even', { width: 3, height: 3, grey: Uint8Array.of(9, 9, 9, 9, 20, 9, 9, 9, 9) }],
    ['not numbers', { width: 2, height: 2, grey: new Float32Array(4).fill(Number.NaN) }],
    ['noise', { width: 40, height: 40, grey: noise }],
  ])('finds no ink in a picture that is %s', (_, image) => {
    expect(() => normaliseDigit(image, 'scan.png')).toThrow(
      new InputError('no ink found in scan.png: nothing stands out from its background'),
    );
  });

  it('refuses a size that the values are not', () => {
    expect(() => normaliseDigit({ width: 2, height: 2, grey: new Uint8Array(3) })).toThrow(
      RangeError,
    );
  });
});
