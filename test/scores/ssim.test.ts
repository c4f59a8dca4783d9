import { describe, expect, it } from 'vitest';
import { structuralSimilarity } from '../../src/scores/ssim.js';
import { uniform } from '../golden/formula.js';
import '@tensorflow/tfjs-backend-cpu';

const shape = [16, 14, 2] as const;
const x = uniform('x', shape)
  .dataSync()
  .map((value) => Math.round(127.5 * (value + 1)));
const noise = uniform('y', shape).dataSync();
const y = x.map((value, i) => Math.round(Math.min(255, Math.max(0, value + 40 * noise[i]!))));

describe('structural similarity', () => {
  it('is that of the definition, computed by SciPy', () => {
    // Windows by scipy.signal.convolve2d(mode='valid') in float64.
    expect(structuralSimilarity(x, y, shape)).toBeCloseTo(0.9558354266668112, 7);
  });

  it('is 1 of a picture and itself, the same both ways, and lower the more is changed', () => {
    expect(structuralSimilarity(x, x, shape)).toBeCloseTo(1, 12);
    expect(structuralSimilarity(y, x, shape)).toBeCloseTo(structuralSimilarity(x, y, shape), 12);
    const negative = x.map((value) => 255 - value);
    expect(structuralSimilarity(x, negative, shape)).toBeLessThan(-0.5);
  });

  it('takes pictures smaller than a window, and none of another size', () => {
    const small = Uint8Array.of(0, 255, 0, 255);
    expect(structuralSimilarity(small, small, [2, 2, 1])).toBeCloseTo(1, 12);
    expect(() => structuralSimilarity(small, small, [2, 3, 1])).toThrow(RangeError);
  });
});
