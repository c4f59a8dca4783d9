import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { RandomStream } from '../../src/random.js';
import { featureSet } from '../../src/scores/features.js';
import { memorisation } from '../../src/scores/memorisation.js';
import { normalSamples } from './samples.js';

const line = (values: number[]) => featureSet(Float32Array.from(values), 1);

describe('memorisation', () => {
  it('gives the quantiles of the distances to the nearest training sample', () => {
    const training = line([0, 1000]);
    const to100 = line(Array.from({ length: 101 }, (_, i) => 1000 + ((i * 37) % 101)));
    const result = memorisation(line([-3, 1001]), training, to100);
    expect(result.heldOut).toEqual({ min: 0, q01: 1, q10: 10, median: 50, q90: 90 });
    expect(result.generated).toEqual({
      min: 1,
      q01: expect.closeTo(1.02, 12),
      q10: expect.closeTo(1.2, 12),
      median: 2,
      q90: expect.closeTo(2.8, 12),
    });
    // 1 is no further than the 1% quantile, 3 is.
    expect(result.closeShare).toBe(0.5);
  });

  const random = RandomStream.fromSeed(13);
  const training = normalSamples(random, 1000, 8);
  const heldOut = normalSamples(random, 2000, 8);
  const fresh = normalSamples(random, 2000, 8);

  it('finds about 1% in fresh samples', () => {
    const { closeShare, generated, heldOut: normal } = memorisation(fresh, training, heldOut);
    expect(closeShare).toBeGreaterThan(0.002);
    expect(closeShare).toBeLessThan(0.025);
    expect(Math.abs(generated.median / normal.median - 1)).toBeLessThan(0.05);
  });

  it('finds copies, exact ones and nearly so', () => {
    const values = fresh.values.slice();
    values.set(training.values.subarray(0, 200 * 8));
    values.set(
      training.values.subarray(200 * 8, 600 * 8).map((value) => value + 0.01),
      200 * 8,
    );
    const { closeShare, generated } = memorisation(featureSet(values, 8), training, heldOut);
    expect(closeShare).toBeGreaterThanOrEqual(0.3);
    expect(closeShare).toBeLessThan(0.325);
    expect(generated.min).toBe(0);
    expect(generated.q10).toBeLessThan(0.03);
  });

  it('finds copies though held-out samples have copies too', () => {
    expect(memorisation(line([5, 9]), line([5, 6]), line([5, 6])).closeShare).toBe(0.5);
  });

  it('refuses empty sets', () => {
    expect(() => memorisation(fresh, training, featureSet(new Float32Array(0), 8))).toThrow(
      new UsageError('the held-out samples: this score needs at least 1 samples, not 0'),
    );
  });
});
