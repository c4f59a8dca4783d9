/**
 * Batches on their way to the training step: made ahead of time, by worker threads where making
 * them takes long, and how long the step waited for them.
 */
import { type Prefetched, prefetched } from './prefetch.js';
import { spareThreads, type ThreadPool } from './threads.js';

export interface FeedOptions<Batch> {
  /** The batch of a step, made in this thread. */
  readonly make: (step: number) => Batch;
  /** Starts threads that make the very same batches. */
  readonly startThreads: (count: number) => ThreadPool<number, Batch>;
  /** A clock in milliseconds. */
  readonly now?: () => number;
}

export interface BatchFeed<Batch> {
  /** The batch of a step; steps in sequence are found ready. */
  next(step: number): Promise<Batch>;
  /**
   * The share of the time, 0 … 1, since the last call or the start, in which training stood still
   * for its batches: waiting for other threads, or making them in this one.
   */
  waitShare(): number;
  /** Ends the threads. */
  close(): Promise<void>;
}

/** Threads are started when this share of the time goes into making batches … */
const worthwhileShare = 0.05;
/** … and so many milliseconds have gone into it: about what it takes to start one. */
const worthwhileMs = 250;

/**
 * Feeds batches that depend on the step alone, so that it makes no difference to them who makes
 * them. They are made in this thread, between the turns of its event loop, until that has cost
 * more than a twentieth of the time, and by worker threads from then on.
 */
export function feedBatches<Batch>(options: FeedOptions<Batch>): BatchFeed<Batch> {
  const { make, startThreads, now = () => performance.now() } = options;
  let threads: ThreadPool<number, Batch> | undefined;
  let threadsAreReady = false;
  /** Milliseconds in which this thread made batches, and in which it waited for others to. */
  let madeMs = 0;
  let waitedMs = 0;
  const began = now();
  let shareFrom = { time: began, lost: 0 };

  const makeHere = (step: number): Batch => {
    const start = now();
    try {
      return make(step);
    } finally {
      madeMs += now() - start;
    }
  };
  const startIfWorthwhile = (): void => {
    if (threads !== undefined || madeMs < worthwhileMs) return;
    if (madeMs < worthwhileShare * (now() - began)) return;
    threads = startThreads(spareThreads());
    // Where threads cannot be had, this one goes on.
    threads.ready.then(
      () => {
        threadsAreReady = true;
      },
      () => undefined,
    );
  };
  const makeSomewhere = (step: number): Batch | Promise<Batch> =>
    threadsAreReady ? threads!.run(step) : makeHere(step);
  let batches: Prefetched<Batch> | undefined;
  return {
    async next(step) {
      startIfWorthwhile();
      // A resumed run does not begin at step 0.
      batches ??= prefetched(makeSomewhere, { from: step, depth: spareThreads() + 1 });
      const [start, madeBefore] = [now(), madeMs];
      const batch = await batches.next(step);
      // What this thread made meanwhile has been counted.
      waitedMs += Math.max(0, now() - start - (madeMs - madeBefore));
      return batch;
    },
    waitShare() {
      const [time, lost] = [now(), madeMs + waitedMs];
      const elapsed = time - shareFrom.time;
      const share = elapsed > 0 ? Math.min(1, (lost - shareFrom.lost) / elapsed) : 0;
      shareFrom = { time, lost };
      return share;
    },
    async close() {
      await threads?.close();
    },
  };
}
