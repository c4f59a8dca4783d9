import { afterEach, describe, expect, it } from 'vitest';
import { allThreads, spareThreads, ThreadPool } from '../../src/data/thread-pool.js';
import { EngineError, InputError } from '../../src/errors.js';
import type { Answer } from './thread-pool-task.js';

const pools: ThreadPool<number, unknown>[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

function poolOf<Output>(count: number, exportName: string, data?: unknown) {
  const module = { from: import.meta.url, module: './thread-pool-task.js', exportName, data };
  const pool = new ThreadPool<number, Output>(count, module);
  pools.push(pool);
  return pool;
}

describe('ThreadPool', () => {
  it('answers each input, from several threads, and hands memory over', async () => {
    const pool = poolOf<Answer>(2, 'times', { factor: 3 });
    const answers = await Promise.all([0, 1, 2, 3, 4, 5].map((input) => pool.run(input)));
    expect(answers.map(({ values }) => [...values])).toEqual(
      [0, 3, 6, 9, 12, 15].map((value) => [value, value, value]),
    );
    expect(new Set(answers.map(({ thread }) => thread)).size).toBe(2);
    expect(pool.count).toBe(2);
    await pool.ready;
  });

  it('shares memory', async () => {
    const shared = new Int32Array(new SharedArrayBuffer(16));
    const pool = poolOf<undefined>(1, 'squareInto', { shared });
    await Promise.all([3, 1, 2].map((input) => pool.run(input)));
    expect([...shared]).toEqual([0, 1, 4, 9]);
  });

  it('brings errors over, with their class where they are for the user, and goes on', async () => {
    const pool = poolOf<Answer>(1, 'times', { factor: 1 });
    const [bad, defect, good] = await Promise.allSettled([-1, -2, 7].map((i) => pool.run(i)));
    expect(bad).toMatchObject({ status: 'rejected', reason: new InputError('there is no -1') });
    expect(defect).toMatchObject({ status: 'rejected', reason: new Error('a defect') });
    expect(good!.status).toBe('fulfilled');
  });

  it('fails what is waiting, and what comes, when a thread dies', async () => {
    const pool = poolOf<Answer>(1, 'times', { factor: 1 });
    const results = await Promise.allSettled([1, -3, 2].map((input) => pool.run(input)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    await expect(pool.run(1)).rejects.toThrow(EngineError);
    await expect(pool.run(1)).rejects.toThrow(/worker thread that prepares data ended \(code 5\)/);
  });

  it('tells when its threads are ready, and when they never will be', async () => {
    const failing = poolOf<number>(2, 'never');
    await expect(failing.ready).rejects.toThrow(/cannot be made/);
    await expect(failing.run(1)).rejects.toThrow(EngineError);
    await expect(poolOf<Answer>(1, 'times', { factor: 1 }).ready).resolves.toBeUndefined();
  });
});

it('has at least one thread for everything', () => {
  expect(spareThreads()).toBeGreaterThanOrEqual(1);
  expect(allThreads()).toBeGreaterThanOrEqual(spareThreads());
});
