import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/random.js';
import { HistoryPool } from '../../translation/pool.js';

const shape = [1, 1, 1] as const;
const random = RandomStream.fromSeed(0);

/** Exchanges the images 1, 2, 3, … two a step. */
async function exchanged(pool: HistoryPool, from: number, to: number): Promise<number[]> {
  const back: number[] = [];
  for (let step = from; step < to; step++) {
    back.push(...(await pool.exchange(Float32Array.of(2 * step + 1, 2 * step + 2), step)));
  }
  return back;
}

describe('a pool', () => {
  it('gives back the first images as they come, and later old ones about half of the time', async () => {
    const pool = new HistoryPool(4, shape, random);
    expect(await exchanged(pool, 0, 2)).toEqual([1, 2, 3, 4]);
    const back = await exchanged(pool, 2, 202);
    const old = back.filter((image, i) => image !== i + 5);
    expect(old.length).toBeGreaterThan(160);
    expect(old.length).toBeLessThan(240);
    // Each comes once: an image that is given back has left.
    expect(new Set(back).size).toBe(back.length);
    expect(back.every((image, i) => image <= i + 5)).toBe(true);
  });

  it('goes on from what its variable holds', async () => {
    const whole = new HistoryPool(4, shape, random);
    const expected = await exchanged(whole, 0, 20);
    const first = new HistoryPool(4, shape, random);
    const start = await exchanged(first, 0, 7);
    const second = new HistoryPool(4, shape, random);
    second.variable!.assign(first.variable!);
    expect([...start, ...(await exchanged(second, 7, 20))]).toEqual(expected);
  });

  it('exchanges labels as another of the same stream exchanges their images', async () => {
    const [images, labels] = [new HistoryPool(4, shape, random), new HistoryPool(4, [2], random)];
    for (let step = 0; step < 30; step++) {
      const given = Float32Array.of(2 * step + 1, 2 * step + 2);
      const back = await images.exchange(given, step);
      const labelled = Float32Array.from([...given].flatMap((image) => [image, -image]));
      const expected = [...back].flatMap((image) => [image, -image]);
      expect([...(await labels.exchange(labelled, step))]).toEqual(expected);
    }
  });

  it('of no size gives back what it is given', async () => {
    const pool = new HistoryPool(0, shape, random);
    expect(pool.variable).toBeUndefined();
    expect(await exchanged(pool, 0, 3)).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
