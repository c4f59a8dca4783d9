import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { seededInitialisation } from '../../src/mixer/initialisation.js';
import { RandomStream } from '../../src/random.js';

const init = seededInitialisation(RandomStream.fromSeed(1));

/** Standard deviation and largest size of a [64, 4000] kernel, in units of 1 / √fan-in. */
function spread(initializer: ReturnType<typeof init.kernel>) {
  const values = Array.from(initializer.apply([64, 4000]).dataSync());
  const variance = values.reduce((sum, v) => sum + v * v, 0) / values.length;
  const largest = values.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
  return { deviation: 8 * Math.sqrt(variance), largest: 8 * largest };
}

describe('seededInitialisation', () => {
  it('draws LeCun normal kernels, cut off at two standard deviations', () => {
    const { deviation, largest } = spread(init.kernel('a'));
    expect(deviation).toBeCloseTo(1, 2);
    expect(largest).toBeGreaterThan(2.1);
    expect(largest).toBeLessThan(2.28);
  });

  it('scales them by a gain', () => {
    expect(spread(init.scaledKernel('a', 3)).deviation).toBeCloseTo(3, 1);
    expect(spread(init.scaledKernel('a', 0)).largest).toBe(0);
  });

  it('gives every name its own values, and the same ones again', () => {
    const values = (name: string) => [...init.kernel(name).apply([2, 3]).dataSync()];
    expect(values('a')).toEqual(values('a'));
    expect(values('a')).not.toEqual(values('b'));
  });
});
