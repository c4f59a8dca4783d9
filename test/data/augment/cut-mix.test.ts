import { describe, expect, it } from 'vitest';
import { cutMix } from '../../../src/data/augment/cut-mix.js';
import { mean, random } from './batch.js';

const [batch, height, width, channels] = [4, 20, 30, 2];
const size = height * width * channels;
const shape = [batch, height, width, channels] as const;
/** Every pixel of image i is i, so that each can be told where it comes from. */
const pixels = Uint8Array.from({ length: batch * size }, (_, i) => Math.floor(i / size));
/** One-hot: image i is of class i. */
const labels = Float32Array.from({ length: batch * batch }, (_, i) =>
  i % batch === Math.floor(i / batch) ? 1 : 0,
);

describe('cutMix', () => {
  it('takes one rectangle, the same for all, from a partner, and mixes labels by its area', () => {
    let cut = 0;
    for (let seed = 0; seed < 50; seed++) {
      const mixed = cutMix(pixels, labels, shape, 1, random(seed));
      for (let i = 0; i < batch; i++) {
        const image = mixed.pixels.subarray(i * size, (i + 1) * size);
        const row = mixed.labels.subarray(i * batch, (i + 1) * batch);
        for (let k = 0; k < batch; k++) {
          const share = image.filter((value) => value === k).length / size;
          expect(row[k]).toBeCloseTo(share, 5);
        }
        const foreign = [...image.keys()].filter((at) => image[at] !== i);
        if (foreign.length === 0) continue;
        cut++;
        expect(new Set(foreign.map((at) => image[at])).size).toBe(1);
        expect(foreign.length / size).toBeCloseTo(1 - mixed.lambda, 6);
        const rows = new Set(foreign.map((at) => Math.floor(at / (width * channels))));
        const columns = new Set(foreign.map((at) => Math.floor(at / channels) % width));
        expect(foreign.length).toBe(rows.size * columns.size * channels);
      }
    }
    expect(cut).toBeGreaterThan(80);
    expect(pixels[0]).toBe(0);
  });

  it('cuts 1 − λ of the image, λ ~ Beta(α, α), less what lies outside', () => {
    const areas = Array.from(
      { length: 4000 },
      (_, seed) => 1 - cutMix(pixels, labels, shape, 1, random(seed)).lambda,
    );
    // Of a side s with its centre anywhere in 0 … 1, s − s²/4 lies inside; λ is uniform for α = 1:
    // E (s − s²/4)² over s² uniform = 1/2 − 1/5 + 1/48.
    expect(Math.abs(mean(areas) - (1 / 2 - 1 / 5 + 1 / 48))).toBeLessThan(0.015);
    expect(Math.max(...areas)).toBeGreaterThan(0.9);
    expect(Math.min(...areas)).toBeLessThan(0.005);
  });

  it('shows α: small ones take all or nothing, large ones the middle', () => {
    const spread = (alpha: number): number => {
      const areas = Array.from(
        { length: 1000 },
        (_, seed) => 1 - cutMix(pixels, labels, shape, alpha, random(seed)).lambda,
      );
      const middle = mean(areas);
      return mean(areas.map((value) => (value - middle) ** 2));
    };
    expect(spread(0.1)).toBeGreaterThan(2 * spread(5));
  });

  it('refuses an α that is not greater than 0', () => {
    expect(() => cutMix(pixels, labels, shape, 0, random())).toThrow(RangeError);
  });
});
