import { describe, expect, it } from 'vitest';
import { type AffineRanges, augmentAffine } from '../../../src/data/augment/affine.js';
import { noise, random } from './batch.js';

const none: AffineRanges = { rotateDegrees: 0, translatePixels: 0, scale: 0 };
const all: AffineRanges = { rotateDegrees: 15, translatePixels: 2, scale: 0.1, shearDegrees: 10 };

const side = 41;
const middle = (side - 1) / 2;

/** A smooth round spot at an offset from the centre, on black: [1, 41, 41, 1]. */
function spot(offsetX: number, offsetY: number): Uint8Array {
  return Uint8Array.from({ length: side * side }, (_, i) => {
    const dx = (i % side) - middle - offsetX;
    const dy = Math.floor(i / side) - middle - offsetY;
    return Math.round(255 * Math.exp(-(dx * dx + dy * dy) / 8));
  });
}

/** The centre of mass of an image's light, from its centre. */
function massAt(pixels: Uint8Array): [x: number, y: number] {
  let [mass, x, y] = [0, 0, 0];
  for (const [i, pixel] of pixels.entries()) {
    mass += pixel;
    x += pixel * ((i % side) - middle);
    y += pixel * (Math.floor(i / side) - middle);
  }
  return [x / mass, y / mass];
}

/** Where a spot at (8, −4) goes, and the five numbers in ±1 that were drawn for it. */
function moved(ranges: Partial<AffineRanges>) {
  const pixels = augmentAffine(spot(8, -4), [1, side, side, 1], random(), { ...none, ...ranges });
  const stream = random();
  return { at: massAt(pixels), draws: Array.from({ length: 5 }, () => stream.uniform(-1, 1)) };
}

function expectNear(found: readonly number[], expected: readonly number[]): void {
  for (const [axis, value] of expected.entries()) {
    expect(Math.abs(found[axis]! - value)).toBeLessThan(0.02);
  }
}

describe('augmentAffine', () => {
  it('changes nothing where every range is 0', () => {
    const pixels = noise(2 * 5 * 4 * 3);
    expect(augmentAffine(pixels, [2, 5, 4, 3], random(), none)).toEqual(pixels);
  });

  it('translates by whole and broken pixels', () => {
    const { at, draws } = moved({ translatePixels: 5 });
    expectNear(at, [8 + 5 * draws[1]!, -4 + 5 * draws[2]!]);
  });

  it('rotates about the centre', () => {
    const { at, draws } = moved({ rotateDegrees: 90 });
    const angle = (draws[0]! * Math.PI) / 2;
    expectNear(at, [
      8 * Math.cos(angle) + 4 * Math.sin(angle),
      8 * Math.sin(angle) - 4 * Math.cos(angle),
    ]);
  });

  it('scales about the centre', () => {
    const { at, draws } = moved({ scale: 0.4 });
    const factor = 1 + 0.4 * draws[3]!;
    expectNear(at, [8 * factor, -4 * factor]);
  });

  it('shears horizontally', () => {
    const { at, draws } = moved({ shearDegrees: 30 });
    expectNear(at, [8 - 4 * Math.tan((30 * draws[4]! * Math.PI) / 180), -4]);
  });

  it('composes them: scale, shear, rotate, translate', () => {
    const { at, draws } = moved({ ...all, translatePixels: 3 });
    const factor = 1 + 0.1 * draws[3]!;
    const x = factor * (8 - 4 * Math.tan((10 * draws[4]! * Math.PI) / 180));
    const y = factor * -4;
    const angle = (15 * draws[0]! * Math.PI) / 180;
    expectNear(at, [
      x * Math.cos(angle) - y * Math.sin(angle) + 3 * draws[1]!,
      x * Math.sin(angle) + y * Math.cos(angle) + 3 * draws[2]!,
    ]);
  });

  it('fills with black what comes in from outside, and never leaves the bytes', () => {
    const white = new Uint8Array(8 * 6 * 6).fill(255);
    const out = augmentAffine(white, [8, 6, 6, 1], random(), { ...all, translatePixels: 4 });
    expect(Math.min(...out)).toBe(0);
    expect(Math.max(...out)).toBeGreaterThan(250);
    expect(white.every((pixel) => pixel === 255)).toBe(true);
  });

  it('is fixed by the stream, and moves each image in its own way', () => {
    const pixels = new Uint8Array(2 * side * side);
    pixels.set(spot(0, 0));
    pixels.set(spot(0, 0), side * side);
    const once = augmentAffine(pixels, [2, side, side, 1], random(), all);
    expect(augmentAffine(pixels, [2, side, side, 1], random(), all)).toEqual(once);
    expect(once.subarray(0, side * side)).not.toEqual(once.subarray(side * side));
    expect(augmentAffine(pixels, [2, side, side, 1], random(4), all)).not.toEqual(once);
  });

  it('keeps channels apart', () => {
    const one = spot(3, 1);
    const grey = augmentAffine(one, [1, side, side, 1], random(), all);
    const two = new Uint8Array(2 * side * side);
    for (const [i, pixel] of one.entries()) two.set([pixel, 255 - pixel], 2 * i);
    const out = augmentAffine(two, [1, side, side, 2], random(), all);
    expect(out.filter((_, i) => i % 2 === 0)).toEqual(grey);
  });

  it('refuses a wrong shape and impossible ranges', () => {
    const augment = (ranges: Partial<AffineRanges>) => () =>
      augmentAffine(new Uint8Array(4), [1, 2, 2, 1], random(), { ...none, ...ranges });
    expect(() => augmentAffine(new Uint8Array(5), [1, 2, 2, 1], random(), none)).toThrow(
      '5 pixels do not have the shape 1×2×2×1',
    );
    expect(augment({ scale: 1 })).toThrow(RangeError);
    expect(augment({ shearDegrees: 90 })).toThrow(RangeError);
    expect(augment({ rotateDegrees: -1 })).toThrow(RangeError);
    expect(augment({ translatePixels: Number.NaN })).toThrow(RangeError);
  });
});
