/**
 * Worker threads that run a function of this package, from its TypeScript sources or built, and the
 * requests that they answer.
 */
import { Worker } from 'node:worker_threads';

/**
 * Starts a worker thread that calls the exported function `exportName` of a module, without
 * arguments.
 *
 * @param from the `import.meta.url` of a module of this package
 * @param module the module to load, as an import of `from` names it: `./lane.js`
 * @param workerData what the function finds as `workerData` of `node:worker_threads`
 */
export function startWorker(
  from: string,
  module: string,
  exportName: string,
  workerData: unknown,
): Worker {
  const load = (url: string) => `import(${JSON.stringify(url)})`;
  const call = `.then((module) => module[${JSON.stringify(exportName)}]())`;
  // Built modules are JavaScript.
  if (!from.endsWith('.ts')) {
    return new Worker(load(new URL(module, from).href) + call, { eval: true, workerData });
  }
  // A clone runs its TypeScript sources through tsx, which extends to workers only when asked to.
  const tsx = load(import.meta.resolve('tsx/esm/api'));
  const source = load(new URL(module.replace(/\.js$/, '.ts'), from).href);
  return new Worker(`${tsx}.then(({ register }) => register()).then(() => ${source})${call}`, {
    eval: true,
    workerData,
    execArgv: [],
  });
}

interface Waiting<Answer> {
  resolve(answer: Answer): void;
  reject(reason: Error): void;
}

/**
 * Requests to a worker that answers them in the order in which they were made. While one of them has
 * no answer, and only then, the worker keeps the process from ending.
 */
export class WorkerRequests<Request, Answer> {
  readonly #worker: Worker;
  readonly #waiting: Waiting<Answer>[] = [];
  #ended: Error | undefined;

  /** @param ended called once, when the worker is no more: what all requests fail with from then on */
  constructor(worker: Worker, ended: (how: string) => Error) {
    const end = (how: string): void => {
      this.#ended ??= ended(how);
      for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
    };
    worker.on('error', (error) => end(error.message));
    worker.on('exit', (code) => end(`code ${code}`));
    worker.unref();
    this.#worker = worker;
  }

  /** How many have no answer yet. */
  get count(): number {
    return this.#waiting.length;
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  send(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(this.#ended);
        return;
      }
      this.#waiting.push({ resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage(request);
    });
  }

  /** The answer to the oldest of them. */
  resolve(answer: Answer): void {
    this.#next().resolve(answer);
  }

  /** The failure of the oldest of them. */
  reject(reason: Error): void {
    this.#next().reject(reason);
  }

  #next(): Waiting<Answer> {
    const next = this.#waiting.shift()!;
    if (this.#waiting.length === 0) this.#worker.unref();
    return next;
  }
}
