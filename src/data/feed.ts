/**
 * Batches on their way to the training step: made ahead of time, by worker threads where making
 * them takes long, and how long the step waited for them.
 */
import { setImmediate } from 'node:timers/promises';
import type { ThreadTask } from './thread.js';
import { spareThreads, type ThreadPool } from './thread-pool.js';

export interface FeedOptions<Batch> {
  /** The batch of a step, made in this thread. */
  readonly make: (step: number) => Batch;
  /** Starts threads that make the very same batches, as `batchMaker` does. */
  readonly startThreads: (count: number) => ThreadPool<number, Batch>;
  /** A clock in milliseconds. */
  readonly now?: () => number;
}

export interface BatchFeed<Batch> {
  /**
   * The batch of a step, or the error of making it. Any step may be asked for; steps in sequence
   * are found ready.
   */
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

/** So many batches are made ahead of the step: one for each thread, and one that is ready. */
export const feedDepth = (): number => spareThreads() + 1;

/**
 * Feeds batches that depend on the step alone, so that it makes no difference to them who makes
 * them. They are made in this thread, between the turns of its event loop, until that has cost
 * more than a twentieth of the time, and by worker threads from then on.
 */
export function feedBatches<Batch>(options: FeedOptions<Batch>): BatchFeed<Batch> {
  const { make, startThreads, now = () => performance.now() } = options;
  const depth = feedDepth();
  let threads: ThreadPool<number, Batch> | undefined;
  let threadsAreReady = false;
  /** Milliseconds in which this thread made batches, and in which it waited for others to. */
  let madeMs = 0;
  let waitedMs = 0;
  const began = now();
  let shareFrom = { time: began, lost: 0 };
  /**
   * The batches in the making or made, in no order. Not a map: one that is written at every step is
   * made anew again and again, each of them holds the next, and together they hold all batches until
   * the heap's rare whole collection.
   */
  let ahead: { readonly step: number; readonly made: Promise<Batch> }[] = [];

  const makeHere = (step: number): Batch => {
    const start = now();
    try {
      return make(step);
    } finally {
      madeMs += now() - start;
    }
  };
  const startThreadsIfWorthwhile = (): void => {
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
  const start = (step: number): Promise<Batch> => {
    const known = ahead.find((other) => other.step === step);
    if (known !== undefined) return known.made;
    const made = setImmediate().then(() => (threadsAreReady ? threads!.run(step) : makeHere(step)));
    // Its step may be asked for much later, and Node ends the process on an unhandled rejection.
    made.catch(() => undefined);
    ahead.push({ step, made });
    return made;
  };
  return {
    async next(step) {
      startThreadsIfWorthwhile();
      const [asked, madeBefore] = [now(), madeMs];
      const made = start(step);
      ahead = ahead.filter((other) => other.step > step && other.step <= step + depth);
      for (let i = 1; i <= depth; i++) void start(step + i);
      const batch = await made;
      // What this thread made meanwhile has been counted.
      waitedMs += Math.max(0, now() - asked - (madeMs - madeBefore));
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

/** The work of a feed's threads: makes batches, and hands their arrays over without a copy. */
export function batchMaker<Batch>(make: (step: number) => Batch): ThreadTask<number, Batch> {
  return (step) => {
    const output = make(step);
    return { output, transfer: [...buffersOf(output)] };
  };
}

/** The memory of all arrays in a batch, which may share some. */
function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) found.add(value.buffer as ArrayBuffer);
  else if (value instanceof Object) {
    for (const part of Object.values(value)) buffersOf(part, found);
  }
  return found;
}
