import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { prefetched } from '../../src/data/prefetch.js';

/** Long enough for everything that was started to be made. */
async function idle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await setImmediate();
}

describe('prefetched', () => {
  it('gives the value of each step, made once', async () => {
    const made: number[] = [];
    const batches = prefetched(
      (step) => {
        made.push(step);
        return step * 10;
      },
      { from: 5, depth: 2 },
    );
    for (let step = 5; step < 15; step++) expect(await batches.next(step)).toBe(step * 10);
    await idle();
    expect(made).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
  });

  it('makes the next steps while the caller is busy, and no more than the depth', async () => {
    const made: number[] = [];
    const batches = prefetched((step) => made.push(step), { from: 0, depth: 3 });
    expect(made).toEqual([]);
    await idle();
    expect(made).toEqual([0, 1, 2]);
    await batches.next(0);
    await idle();
    expect(made).toEqual([0, 1, 2, 3]);
  });

  it('raises an error at the step that it belongs to, and again goes on', async () => {
    const batches = prefetched(
      async (step) => {
        if (step === 2) throw new Error('step 2 is broken');
        return step;
      },
      { from: 0, depth: 4 },
    );
    await idle();
    expect(await batches.next(0)).toBe(0);
    expect(await batches.next(1)).toBe(1);
    await expect(batches.next(2)).rejects.toThrow('step 2 is broken');
    expect(await batches.next(3)).toBe(3);
  });

  it('may be asked for any step', async () => {
    const batches = prefetched((step) => `${step}`, { from: 0, depth: 2 });
    for (const step of [0, 7, 8, 3, 3, 100]) expect(await batches.next(step)).toBe(`${step}`);
  });

  it('refuses a depth of none', () => {
    expect(() => prefetched((step) => step, { from: 0, depth: 0 })).toThrow(RangeError);
  });
});
