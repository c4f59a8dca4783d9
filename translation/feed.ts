/**
 * The batches of a translation's training, made ahead of its steps, by worker threads where that pays.
 */
import { inSharedMemory } from '../src/data/dataset.js';
import { type BatchFeed, batchMaker, feedBatches } from '../src/data/feed.js';
import type { ThreadTask } from '../src/data/thread.js';
import { ThreadPool } from '../src/data/thread-pool.js';
import { type TranslationBatch, type TranslationData, translationBatches } from './batches.js';

/** The batches of `translationBatches`, ready when they are needed. */
export function feedTranslationBatches(data: TranslationData): BatchFeed<TranslationBatch> {
  const { a, b } = data.train;
  return feedBatches({
    make: translationBatches(data),
    startThreads: (count) =>
      new ThreadPool(count, {
        from: import.meta.url,
        module: './feed.js',
        exportName: 'batchTask',
        data: { ...data, train: { a: inSharedMemory(a), b: inSharedMemory(b) } },
      }),
  });
}

/** The work of a thread that `feedTranslationBatches` starts. */
export const batchTask = (data: TranslationData): ThreadTask<number, TranslationBatch> =>
  batchMaker(translationBatches(data));
