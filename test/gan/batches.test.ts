import { describe, expect, it } from 'vitest';
import { ganBatches } from '../../gan/batches.js';
import { batchTask, feedGanBatches } from '../../gan/feed.js';
import { inSharedMemory } from '../../src/data/dataset.js';
import { ThreadPool } from '../../src/data/thread-pool.js';
import { noisyDigits, tinyMixers } from './tiny.js';

const data = {
  config: {
    ...tinyMixers,
    conditional: true,
    logEvery: 2,
    steps: 5,
    augmentation: { translatePixels: 1, scale: 0.1, cutoutPixels: 2 },
  },
  reals: noisyDigits('train', 20),
  heldOut: noisyDigits('test', 6),
};

describe('ganBatches', () => {
  it('gives what each update of a step takes, a function of the step alone', () => {
    const { discriminator, generator, heldOut } = ganBatches(data)(2);
    const shared = ['reals', 'labels', 'latents'];
    const maps = ['reals/rows', 'reals/columns', 'reals/keep', 'fakes/rows', 'fakes/columns'];
    expect(Object.keys(discriminator)).toEqual(expect.arrayContaining([...shared, ...maps]));
    expect(Object.keys(generator!)).toEqual(Object.keys(discriminator));
    expect(generator!.reals).toBe(discriminator.reals);
    expect(generator!.latents).not.toEqual(discriminator.latents);
    expect(heldOut).toBeUndefined();
    expect(ganBatches(data)(2)).toEqual({ discriminator, generator, heldOut });
    expect(ganBatches(data)(3).discriminator.reals).not.toEqual(discriminator.reals);
  });

  it('gives players that learn together one batch', () => {
    const config = { ...data.config, updates: 'together' } as const;
    const { discriminator, generator } = ganBatches({ ...data, config })(2);
    expect(generator).toBeUndefined();
    expect(discriminator).toEqual(ganBatches(data)(2).discriminator);
  });

  it('adds held-out images where metrics are logged', () => {
    const make = ganBatches(data);
    for (const step of [1, 3, 4]) {
      expect(Object.keys(make(step).heldOut!)).toEqual(['heldOut', 'heldOutLabels']);
    }
    for (const step of [0, 2]) expect(make(step).heldOut).toBeUndefined();
  });

  it('are the same from the feed and from a worker thread', async () => {
    const here = ganBatches(data);
    const feed = feedGanBatches(data);
    for (const step of [0, 1, 2]) expect(await feed.next(step)).toEqual(here(step));
    await feed.close();
    const shared = {
      ...data,
      reals: inSharedMemory(data.reals),
      heldOut: inSharedMemory(data.heldOut),
    };
    const pool = new ThreadPool<number, ReturnType<typeof here>>(1, {
      from: import.meta.url,
      module: '../../gan/feed.js',
      exportName: batchTask.name,
      data: shared,
    });
    try {
      for (const step of [0, 1, 2]) expect(await pool.run(step)).toEqual(here(step));
    } finally {
      await pool.close();
    }
  });
});
