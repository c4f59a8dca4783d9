/** What the threads of `thread-pool.test.ts` do. */
import { threadId } from 'node:worker_threads';
import type { ThreadTask } from '../../src/data/thread.js';
import { InputError } from '../../src/errors.js';

export interface Answer {
  readonly thread: number;
  readonly values: Float32Array;
}

/** Gives `factor · input` three times; some inputs are special. */
export function times(data: unknown): ThreadTask<number, Answer> {
  const { factor } = data as { factor: number };
  return async (input) => {
    if (input === -1) throw new InputError('there is no -1');
    if (input === -2) throw new TypeError('a defect\nin two lines');
    if (input === -3) process.exit(5);
    const values = new Float32Array(3).fill(factor * input);
    return { output: { thread: threadId, values }, transfer: [values.buffer] };
  };
}

/** Squares a step, into shared memory. */
export function squareInto(data: unknown): ThreadTask<number, undefined> {
  const { shared } = data as { shared: Int32Array };
  return (input) => {
    shared[input] = input ** 2;
    return { output: undefined };
  };
}

export function never(): ThreadTask<number, number> {
  throw new Error('cannot be made');
}
