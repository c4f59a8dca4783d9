/**
 * Lanes: the main thread and worker threads that run the parts of a batch side by side. A process
 * has one set of workers, for all its programs; they start when they are first needed, or are
 * about to be, and never keep a process from ending.
 */
import type { Worker } from 'node:worker_threads';
import { CompileError } from '../../errors.js';
import type { LaneAnswer, LaneData, LaneRequest } from './lane.js';
import { abandon } from './part.js';
import { startWorker, WorkerRequests } from './worker.js';

/** A worker thread. */
export class Lane {
  readonly #worker: Worker;
  /** How many requests it has not answered, for those who cannot wait for its messages. */
  readonly #open = new Int32Array(new SharedArrayBuffer(4));
  readonly #requests: WorkerRequests<LaneRequest, readonly number[]>;

  constructor() {
    const data: LaneData = { open: this.#open };
    this.#worker = startWorker(import.meta.url, './lane.js', 'serveLane', data);
    // First: who begins to listen keeps the process from ending.
    this.#worker.on('message', (answer: LaneAnswer) => {
      if ('failed' in answer) this.#requests.reject(new CompileError(answer.failed));
      else this.#requests.resolve(answer.parts);
    });
    this.#requests = new WorkerRequests(this.#worker, (how) => this.#end(how));
  }

  /**
   * @returns the parts that were run, if that was the request
   * @throws CompileError when the request failed, or the thread is no more
   */
  ask(request: LaneRequest): Promise<readonly number[]> {
    // A thread that is no more would never count down.
    if (!this.#requests.hasEnded) Atomics.add(this.#open, 0, 1);
    return this.#requests.send(request);
  }

  /** Ends the thread when it has answered all requests. */
  async end(): Promise<void> {
    await this.ask({ kind: 'nothing' }).catch(() => undefined);
    await this.#worker.terminate();
  }

  /** Blocks until the thread has answered all requests, or the time is up. */
  waitUntilIdle(milliseconds: number): void {
    const end = Date.now() + milliseconds;
    for (let open = Atomics.load(this.#open, 0); open > 0; open = Atomics.load(this.#open, 0)) {
      const left = end - Date.now();
      if (this.#requests.hasEnded || left <= 0) return;
      Atomics.wait(this.#open, 0, open, left);
    }
  }

  #end(how: string): CompileError {
    const index = started.indexOf(this);
    if (index >= 0) started.splice(index, 1);
    return new CompileError(
      `a worker thread of compile ended (${how}): start again, or with fewer threads`,
    );
  }
}

const started: Lane[] = [];

/** So many workers, the same ones at every call while they live. */
export function lanes(count: number): readonly Lane[] {
  if (started.length < count) process.off('exit', settle).on('exit', settle);
  while (started.length < count) started.push(new Lane());
  return started.slice(0, count);
}

/** Ends all workers. Programs that used them fail from then on; new ones get new workers. */
export async function endLanes(): Promise<void> {
  await Promise.all(started.splice(0).map((lane) => lane.end()));
}

/** onnxruntime aborts the process when a thread is ended while it runs something. */
function settle(): void {
  // Nobody takes another part.
  abandon(block);
  for (const lane of started) lane.waitUntilIdle(10_000);
}

let block = new SharedArrayBuffer(0);
let memory = new ArrayBuffer(0);

/** Memory for a run, shared with workers and not. The next run gets the same: runs take turns. */
export function memoryFor(bytes: number): {
  readonly block: SharedArrayBuffer;
  readonly memory: ArrayBuffer;
} {
  if (block.byteLength < bytes) block = new SharedArrayBuffer(bytes);
  if (memory.byteLength < bytes) memory = new ArrayBuffer(bytes);
  return { block, memory };
}
