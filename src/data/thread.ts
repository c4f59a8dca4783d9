/**
 * The inside of a worker thread that prepares data; `thread-pool.ts` starts it.
 */
import { parentPort, type Transferable, workerData } from 'node:worker_threads';
import { messageOf } from '../errors.js';

/** What a thread is started with. */
export interface ThreadData {
  /** Of the module that makes the task. */
  readonly url: string;
  readonly exportName: string;
  readonly data: unknown;
}

/** The answer to one input, and the memory that goes over to the main thread with it. */
export interface ThreadOutput<Output> {
  readonly output: Output;
  readonly transfer?: readonly Transferable[];
}

/** What threads do: a function of the input alone, so that it matters not which of them does it. */
export type ThreadTask<Input, Output> = (
  input: Input,
) => ThreadOutput<Output> | Promise<ThreadOutput<Output>>;

export type ThreadAnswer =
  | { readonly ready: true }
  | { readonly output: unknown }
  | { readonly failed: { readonly name: string; readonly message: string } };

/** Answers inputs, one after the other, until the thread is ended. */
export async function serveThread(): Promise<void> {
  const { url, exportName, data } = workerData as ThreadData;
  const module = (await import(url)) as Record<
    string,
    (data: unknown) => ThreadTask<unknown, unknown>
  >;
  const task = module[exportName]!(data);
  const port = parentPort!;
  let last: Promise<void> = Promise.resolve();
  port.on('message', (input: unknown) => {
    last = last.then(async () => {
      try {
        const { output, transfer = [] } = await task(input);
        port.postMessage({ output } satisfies ThreadAnswer, transfer);
      } catch (thrown) {
        const name = thrown instanceof Error ? thrown.name : 'Error';
        port.postMessage({ failed: { name, message: messageOf(thrown) } } satisfies ThreadAnswer);
      }
    });
  });
  port.postMessage({ ready: true } satisfies ThreadAnswer);
}
