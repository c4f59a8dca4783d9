/**
 * Worker threads that prepare data beside the main thread.
 */
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { startWorker, WorkerRequests } from '../compile/runtime/node/worker.js';
import * as errors from '../errors.js';
import type { ThreadAnswer, ThreadData } from './thread.js';

/** Where the function is that the threads run: a `ThreadTask`, made in each thread by a call. */
export interface ThreadModule {
  /** The `import.meta.url` of the module that asks. */
  readonly from: string;
  /** The module of the function, as an import of `from` names it: `./decode.js`. */
  readonly module: string;
  /** The exported function that makes the task from `data`. */
  readonly exportName: string;
  /** Copied to each thread, but for shared memory. */
  readonly data: unknown;
}

/** Threads with the same task. None keeps the process from ending, unless it is waited for. */
export class ThreadPool<Input, Output> {
  /** When all threads have loaded their module; rejects where one cannot. */
  readonly ready: Promise<void>;
  readonly #threads: readonly Thread<Input, Output>[];

  /** @param count how many threads, at least 1 */
  constructor(count: number, module: ThreadModule) {
    this.#threads = Array.from({ length: count }, () => new Thread<Input, Output>(module));
    this.ready = Promise.all(this.#threads.map((thread) => thread.ready)).then(() => undefined);
    // Who does not wait for it finds the error in what they run.
    this.ready.catch(() => undefined);
  }

  /** How many threads there are. */
  get count(): number {
    return this.#threads.length;
  }

  /**
   * Gives the task's answer to an input, from the thread with the least to do.
   * @throws what the task threw; EngineError where its thread is no more
   */
  run(input: Input): Promise<Output> {
    const idlest = this.#threads.reduce((a, b) => (b.waiting < a.waiting ? b : a));
    return idlest.run(input);
  }

  /** Ends the threads, and whatever they are at. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

class Thread<Input, Output> {
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #requests: WorkerRequests<Input, Output>;

  constructor({ from, module, exportName, data }: ThreadModule) {
    const url = new URL(from.endsWith('.ts') ? module.replace(/\.js$/, '.ts') : module, from).href;
    const workerData: ThreadData = { url, exportName, data };
    const worker = startWorker(import.meta.url, './thread.js', 'serveThread', workerData);
    let requests!: WorkerRequests<Input, Output>;
    this.ready = new Promise((resolve, reject) => {
      requests = new WorkerRequests(worker, (how) => {
        const ended = new errors.EngineError(
          `a worker thread that prepares data ended (${how}); start again`,
        );
        reject(ended);
        return ended;
      });
      worker.on('message', (answer: ThreadAnswer) => {
        if ('ready' in answer) resolve();
        else if ('failed' in answer) requests.reject(errorOf(answer.failed));
        else requests.resolve(answer.output as Output);
      });
    });
    this.ready.catch(() => undefined);
    this.#worker = worker;
    this.#requests = requests;
  }

  /** How many inputs have no answer yet. */
  get waiting(): number {
    return this.#requests.count;
  }

  run(input: Input): Promise<Output> {
    return this.#requests.send(input);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** The error that a thread described, of its class where that is one of `errors.ts`. */
function errorOf({ name, message }: { name: string; message: string }): Error {
  switch (name) {
    case 'InputError':
      return new errors.InputError(message);
    case 'UsageError':
      return new errors.UsageError(message);
    case 'RangeError':
      return new RangeError(message);
    default:
      return new Error(message);
  }
}

/** As many threads as help beside a main thread that computes; at least 1. */
export const spareThreads = (): number => Math.min(4, Math.max(1, availableParallelism() - 1));

/** As many threads as help while the main thread waits; at least 1. */
export const allThreads = (): number => Math.min(8, availableParallelism());
