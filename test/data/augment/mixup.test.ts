import { describe, expect, it } from 'vitest';
import { mixup } from '../../../src/data/augment/mixup.js';
import { RandomStream } from '../../../src/random.js';

const random = (seed = 3) => RandomStream.fromSeed(seed);

describe('mixup', () => {
  const pixels = Uint8Array.of(1, 20, 255, 4, 50, 6, 200, 0);
  const labels = Float32Array.of(1, 0, 0, 1, 1, 0, 0, 1);

  it('mixes every example and its label with one partner by one share', () => {
    const mixed = mixup(pixels, labels, 4, 0.4, random());
    const stream = random();
    const lambda = stream.beta(0.4, 0.4);
    const partners = stream.permutation(4);
    expect(mixed.lambda).toBe(lambda);
    for (let i = 0; i < 8; i++) {
      const j = partners[i >> 1]! * 2 + (i % 2);
      // Rounded to whole bytes.
      const sum = lambda * pixels[i]! + (1 - lambda) * pixels[j]!;
      expect(mixed.pixels[i]).toBe(Math.round(sum));
      expect(mixed.labels[i]).toBeCloseTo(lambda * labels[i]! + (1 - lambda) * labels[j]!, 6);
    }
    for (let i = 0; i < 8; i += 2)
      expect(mixed.labels[i]! + mixed.labels[i + 1]!).toBeCloseTo(1, 6);
  });

  it('mixes nothing for α = 0', () => {
    expect(mixup(pixels, labels, 4, 0, random())).toEqual({ pixels, labels, lambda: 1 });
  });

  it('draws λ from Beta(α, α): mean 1/2, variance 1 / (4·(2α + 1))', () => {
    const draws = Array.from({ length: 4000 }, (_, i) => mixup(pixels, labels, 4, 0.5, random(i)));
    const mean = draws.reduce((sum, { lambda }) => sum + lambda, 0) / 4000;
    const variance = draws.reduce((sum, { lambda }) => sum + (lambda - mean) ** 2, 0) / 4000;
    expect(mean).toBeCloseTo(0.5, 1);
    expect(Math.abs(variance - 1 / 8)).toBeLessThan(0.01);
  });

  it('refuses a batch that the arrays are not, and a negative α', () => {
    expect(() => mixup(pixels, labels, 3, 0.2, random())).toThrow('8 values are not a batch of 3');
    expect(() => mixup(pixels, labels, 4, -1, random())).toThrow(RangeError);
  });
});
