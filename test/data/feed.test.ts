import { setImmediate, setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { batchMaker, feedBatches, feedDepth } from '../../src/data/feed.js';
import type { ThreadPool } from '../../src/data/thread-pool.js';

/** A clock that only moves when told to. */
class Clock {
  ms = 0;
  readonly now = (): number => this.ms;
  pass(ms: number): void {
    this.ms += ms;
  }
}

/** Threads that answer `-step`, once they are `ready`. */
function fakeThreads(ready: Promise<void>) {
  const asked: number[] = [];
  let closed = false;
  const pool = {
    ...{ ready, count: 1 },
    run: async (step: number) => {
      asked.push(step);
      return -step;
    },
    close: async () => {
      closed = true;
    },
  };
  return { asked, isClosed: () => closed, pool: pool as unknown as ThreadPool<number, number> };
}

/** A feed whose batches take `makeMs` to make, between steps of `stepMs`. */
function feedOf({ makeMs, ready = Promise.resolve() }: { makeMs: number; ready?: Promise<void> }) {
  const clock = new Clock();
  const threads = fakeThreads(ready);
  let started = 0;
  const feed = feedBatches<number>({
    make(step) {
      clock.pass(makeMs);
      return step;
    },
    startThreads() {
      started++;
      return threads.pool;
    },
    now: clock.now,
  });
  return {
    ...{ feed, clock, threads },
    started: () => started,
    /** Takes some steps of 100 ms; the batches that came. */
    async steps(from: number, to: number): Promise<number[]> {
      const batches: number[] = [];
      for (let step = from; step < to; step++) {
        batches.push(await feed.next(step));
        clock.pass(100);
        // What is made ahead of time is made here.
        await setTimeout(1);
      }
      return batches;
    },
  };
}

/** A feed without threads. */
const feedOfOne = <Batch>(make: (step: number) => Batch) =>
  feedBatches<Batch>({ make, startThreads: () => fakeThreads(Promise.resolve()).pool as never });

/** Long enough for everything that was started to be made. */
async function idle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await setImmediate();
}

const upTo = (end: number): number[] => Array.from({ length: end }, (_, step) => step);

describe('feedBatches', () => {
  it('gives the batch of each step, made once', async () => {
    const made: number[] = [];
    const feed = feedOfOne((step) => {
      made.push(step);
      return step * 10;
    });
    for (let step = 0; step < 10; step++) expect(await feed.next(step)).toBe(step * 10);
    await idle();
    expect(made).toEqual(upTo(10 + feedDepth()));
  });

  it('makes the next batches while the step runs, and no more than its depth', async () => {
    const made: number[] = [];
    const feed = feedOfOne((step) => made.push(step));
    await feed.next(0);
    await idle();
    expect(made).toEqual(upTo(1 + feedDepth()));
    await feed.next(1);
    await idle();
    expect(made).toEqual(upTo(2 + feedDepth()));
  });

  it('may be asked for any step', async () => {
    const feed = feedOfOne((step) => `${step}`);
    for (const step of [0, 7, 8, 3, 3, 100]) expect(await feed.next(step)).toBe(`${step}`);
  });

  it('makes cheap batches in this thread, and tells what that costs', async () => {
    const { steps, started, feed } = feedOf({ makeMs: 2 });
    expect(await steps(0, 300)).toEqual(Array.from({ length: 300 }, (_, step) => step));
    expect(started()).toBe(0);
    expect(feed.waitShare()).toBeCloseTo(2 / 102, 2);
    await steps(300, 310);
    expect(feed.waitShare()).toBeCloseTo(2 / 102, 2);
    await feed.close();
  });

  it('starts threads for expensive ones, once, and uses them when they are ready', async () => {
    let setReady = () => {};
    const ready = new Promise<void>((resolve) => {
      setReady = resolve;
    });
    const { steps, started, threads, feed } = feedOf({ makeMs: 50, ready });
    // Five batches come to 250 ms.
    expect(await steps(0, 3)).toEqual([0, 1, 2]);
    expect(started()).toBe(0);
    expect(await steps(3, 10)).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect(started()).toBe(1);
    expect(threads.asked).toEqual([]);
    expect(feed.waitShare()).toBeGreaterThan(0.3);

    setReady();
    await setTimeout(1);
    const batches = await steps(10, 30);
    // Some were already made.
    const first = threads.asked[0]!;
    expect(first).toBeGreaterThan(10);
    expect(first).toBeLessThan(18);
    expect(batches).toEqual(
      Array.from({ length: 20 }, (_, i) => (10 + i < first ? 10 + i : -(10 + i))),
    );
    feed.waitShare();
    await steps(30, 40);
    expect(feed.waitShare()).toBe(0);
    expect(started()).toBe(1);
    await feed.close();
    expect(threads.isClosed()).toBe(true);
  });

  it('goes on alone where threads cannot be had', async () => {
    const ready = Promise.reject(new Error('no threads'));
    ready.catch(() => undefined);
    const { steps, started, threads } = feedOf({ makeMs: 50, ready });
    expect(await steps(0, 20)).toEqual(Array.from({ length: 20 }, (_, step) => step));
    expect([started(), threads.asked.length]).toEqual([1, 0]);
  });

  it('begins at any step, and makes none before it', async () => {
    const made: number[] = [];
    const feed = feedOfOne((step) => made.push(step));
    await setTimeout(1);
    expect(made).toEqual([]);
    await feed.next(7);
    expect(made[0]).toBe(7);
    expect(Math.min(...made)).toBe(7);
  });

  it('raises the error of a batch at its step', async () => {
    const feed = feedOfOne((step) => {
      if (step === 2) throw new RangeError('no batch 2');
      return step;
    });
    expect(await feed.next(0)).toBe(0);
    await idle();
    expect(await feed.next(1)).toBe(1);
    await expect(feed.next(2)).rejects.toThrow('no batch 2');
    expect(await feed.next(3)).toBe(3);
  });
});

it('hands the memory of a batch over, once where its parts share it', async () => {
  const [shared, own] = [new Float32Array(3), new Uint8Array(2)];
  const batch = {
    one: { values: shared },
    other: { values: shared, more: own },
    absent: undefined,
  };
  const { output, transfer } = await batchMaker(() => batch)(0);
  expect(output).toBe(batch);
  expect(transfer).toEqual([shared.buffer, own.buffer]);
});
