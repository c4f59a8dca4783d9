import { describe, expect, it } from 'vitest';
import {
  choices,
  drawOperations,
  operationNames,
  randAugment,
} from '../../../src/data/augment/rand-augment.js';
import { noise, random, tolerance } from './batch.js';

const signed = ['shearX', 'shearY', 'translateX', 'translateY', 'rotate'];
signed.push('brightness', 'color', 'contrast', 'sharpness');

describe('drawOperations', () => {
  const count = 14_000;
  const drawn = drawOperations(random(), { ops: count, magnitude: 15 }, 32, 40);

  it('draws each of fourteen operations equally often', () => {
    expect(operationNames.length).toBe(14);
    for (const name of operationNames) {
      const share = drawn.filter((operation) => operation.name === name).length / count;
      expect(Math.abs(share - 1 / 14), name).toBeLessThan(tolerance(1 / 14, count));
    }
  });

  it('gives half of the signed ones a minus, and the others none', () => {
    for (const name of operationNames) {
      const amounts = drawn.filter((operation) => operation.name === name).map((o) => o.amount);
      const negative = amounts.filter((amount) => amount < 0).length / amounts.length;
      if (signed.includes(name)) {
        expect(Math.abs(negative - 0.5), name).toBeLessThan(tolerance(0.5, amounts.length));
      } else {
        expect(negative, name).toBe(0);
      }
    }
  });

  it.each([
    [0, { shear: 0, x: 0, y: 0, degrees: 0, factor: 0, bits: 8, threshold: 255 }],
    [
      15,
      ...[{ shear: 0.15, x: 9.06, y: 7.25, degrees: 15, factor: 0.45, bits: 6, threshold: 127.5 }],
    ],
    [30, ...[{ shear: 0.3, x: 18.13, y: 14.5, degrees: 30, factor: 0.9, bits: 4, threshold: 0 }]],
  ])('has the strengths of the paper at magnitude %d', (magnitude, expected) => {
    const { shear, x, y, degrees, factor, bits, threshold } = expected;
    const amounts = Object.fromEntries(
      Object.entries(choices).map(([name, { amount }]) => [name, amount(magnitude / 30, 32, 40)]),
    );
    const wanted = {
      ...{ identity: 0, shearX: shear, shearY: shear, translateX: x, translateY: y },
      ...{ rotate: degrees, brightness: factor, color: factor, contrast: factor },
      ...{ sharpness: factor, posterize: bits, solarize: threshold, autoContrast: 0, equalize: 0 },
    };
    expect(Object.keys(amounts)).toEqual(Object.keys(wanted));
    for (const [name, amount] of Object.entries(wanted)) {
      expect(Math.abs(amounts[name]! - amount), name).toBeLessThan(0.01);
    }
  });

  it('refuses a magnitude beyond 30, and broken numbers of operations', () => {
    const draw = (ops: number, magnitude: number) => () =>
      drawOperations(random(), { ops, magnitude }, 8, 8);
    expect(draw(2, 31)).toThrow('a magnitude of 0 to 30, not 2 and 31');
    expect(draw(2, -1)).toThrow(RangeError);
    expect(draw(1.5, 9)).toThrow(RangeError);
  });
});

describe('randAugment', () => {
  const shape = [6, 12, 10, 3] as const;
  const size = 12 * 10 * 3;
  const images = noise(6 * size);

  it('does to every image what was drawn for it, one after the other', () => {
    const options = { ops: 2, magnitude: 20 };
    const out = randAugment(images, shape, random(), options);
    const stream = random();
    for (let i = 0; i < 6; i++) {
      let values: Uint8Array = images.slice(i * size, (i + 1) * size);
      for (const { name, amount } of drawOperations(stream, options, 12, 10)) {
        values = choices[name].apply({ values, height: 12, width: 10, channels: 3 }, amount);
      }
      expect(out.subarray(i * size, (i + 1) * size)).toEqual(values);
    }
    expect(out).not.toEqual(images);
  });

  it('is fixed by the stream, and changes nothing without operations', () => {
    const options = { ops: 3, magnitude: 9 };
    const once = randAugment(images, shape, random(), options);
    expect(randAugment(images, shape, random(), options)).toEqual(once);
    expect(randAugment(images, shape, random(4), options)).not.toEqual(once);
    expect(randAugment(images, shape, random(), { ops: 0, magnitude: 9 })).toEqual(images);
  });

  it('takes grey images', () => {
    const grey = noise(4 * 64);
    const out = randAugment(grey, [4, 8, 8, 1], random(), { ops: 2, magnitude: 14 });
    expect(out.length).toBe(grey.length);
  });
});
