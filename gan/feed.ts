/**
 * The batches of a GAN's training, made ahead of its steps, by worker threads where that pays.
 */
import { inSharedMemory } from '../src/data/dataset.js';
import { type BatchFeed, batchMaker, feedBatches } from '../src/data/feed.js';
import type { ThreadTask } from '../src/data/thread.js';
import { ThreadPool } from '../src/data/thread-pool.js';
import { type GanBatch, type GanData, ganBatches } from './batches.js';

/** The batches of `ganBatches`, ready when they are needed. */
export function feedGanBatches(data: GanData): BatchFeed<GanBatch> {
  return feedBatches({
    make: ganBatches(data),
    startThreads: (count) =>
      new ThreadPool(count, {
        from: import.meta.url,
        module: './feed.js',
        exportName: 'batchTask',
        data: {
          ...data,
          reals: inSharedMemory(data.reals),
          heldOut: inSharedMemory(data.heldOut),
        },
      }),
  });
}

/** The work of a thread that `feedGanBatches` starts. */
export const batchTask = (data: GanData): ThreadTask<number, GanBatch> =>
  batchMaker(ganBatches(data));
