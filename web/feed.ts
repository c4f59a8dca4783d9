import type { BatchFeed } from '../src/data/feed.js';

/** Batches made when their step comes, on the thread that trains: those of a GAN are cheap. */
export function feedHere<Batch>(make: (step: number) => Batch): BatchFeed<Batch> {
  let from = { time: performance.now(), madeMs: 0 };
  let madeMs = 0;
  return {
    next: async (step) => {
      const start = performance.now();
      const batch = make(step);
      madeMs += performance.now() - start;
      return batch;
    },
    waitShare() {
      const now = { time: performance.now(), madeMs };
      const elapsed = now.time - from.time;
      const share = elapsed > 0 ? Math.min(1, (now.madeMs - from.madeMs) / elapsed) : 0;
      from = now;
      return share;
    },
    close: async () => undefined,
  };
}
