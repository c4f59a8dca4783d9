import { describe, expect, it } from 'vitest';
import { scalePixels } from '../../src/data/batches.js';
import { normalisationOf, normalisePixels } from '../../src/data/normalisation.js';
import { RandomStream } from '../../src/random.js';

const dataset = (images: Uint8Array, channels: number) => ({
  ...{ name: 'x', images, labels: undefined, classNames: [] },
  ...{ count: 1, height: 1, width: images.length / channels, channels },
});

describe('normalisationOf', () => {
  it('is the mean and deviation of each channel, in −1 … 1', () => {
    const { mean, std } = normalisationOf(dataset(Uint8Array.of(0, 51, 255, 153), 2));
    expect(mean[0]).toBeCloseTo(0, 12);
    expect(mean[1]).toBeCloseTo(-0.2, 12);
    expect(std[0]).toBeCloseTo(1, 12);
    expect(std[1]).toBeCloseTo(0.4, 12);
  });

  it('does not divide by the deviation of a channel that has none', () => {
    expect(normalisationOf(dataset(Uint8Array.of(255, 255, 255), 1))).toEqual({
      mean: [1],
      std: [1],
    });
  });
});

describe('normalisePixels', () => {
  it('gives every channel the mean 0 and the deviation 1', () => {
    const random = RandomStream.fromSeed(2);
    const images = Uint8Array.from({ length: 3000 }, (_, i) => random.integer(50 + 60 * (i % 3)));
    const pixels = normalisePixels(scalePixels(images), normalisationOf(dataset(images, 3)));
    for (let c = 0; c < 3; c++) {
      const channel = pixels.filter((_, i) => i % 3 === c);
      const mean = channel.reduce((sum, x) => sum + x, 0) / 1000;
      const square = channel.reduce((sum, x) => sum + x * x, 0) / 1000;
      expect(mean).toBeCloseTo(0, 5);
      expect(square).toBeCloseTo(1, 5);
    }
  });

  it('leaves its argument as it is', () => {
    const pixels = Float32Array.of(0.5, -0.5);
    expect([...normalisePixels(pixels, { mean: [0.5, 0.5], std: [0.5, 2] })]).toEqual([0, -0.5]);
    expect([...pixels]).toEqual([0.5, -0.5]);
    expect(normalisePixels(pixels, undefined)).toBe(pixels);
  });
});
