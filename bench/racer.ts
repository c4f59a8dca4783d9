/**
 * A contestant: a process that takes steps when it is told to. Every workload has a process of its
 * own, so that its memory is its own, too.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { EngineName } from '../src/engine/engine.js';
import { EngineError } from '../src/errors.js';
import type { WorkloadName } from './names.js';
import type { Reply, Request } from './worker.js';

export interface Racer {
  readonly name: string;
  /**
   * Builds the workload in a new process, in place of the one before, and takes its first step.
   * @throws EngineError when it cannot
   */
  prepare(workload: WorkloadName): Promise<Reply>;
  /** Takes steps, one after the other; the reply has the time of one, on average. */
  steps(times: number): Promise<Reply>;
  stop(): void;
}

export interface EngineRacerOptions {
  /** All there are when absent. */
  readonly threads?: number | undefined;
  /** Whether it does the matrix products of its steps alone, which only `onnx` can. */
  readonly productsAlone?: boolean;
}

/** What the steps of an engine are measured against. */
export const productsRacer = (threads?: number): Racer => ({
  ...engineRacer('onnx', { threads, productsAlone: true }),
  name: 'its products alone',
});

export function engineRacer(engine: EngineName, options: EngineRacerOptions = {}): Racer {
  let worker: ReturnType<typeof startWorker> | undefined;
  return {
    name: engine,
    prepare: async (workload) => {
      worker?.stop();
      worker = startWorker();
      await worker.ask({ do: 'open', engine, ...options });
      return worker.ask({ do: 'prepare', workload });
    },
    steps: (times) => worker!.ask({ do: 'step', times }),
    stop: () => worker?.stop(),
  };
}

function startWorker() {
  // The worker is TypeScript in a clone and JavaScript in the package, as this file is.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const child = fork(new URL(`./worker.${extension}`, import.meta.url), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const replies = new Replies(child);
  child.on('message', (reply: Reply) => replies.settle(reply));
  const ask = (request: Request): Promise<Reply> => replies.to(() => child.send(request));
  return { ask, stop: () => void child.kill() };
}

/**
 * A program that answers each line, the name of a workload and a number of steps, with one line of
 * JSON: `{ms, peakBytes}`, the time of one step, or `{error}`.
 */
export function programRacer(name: string, command: string, args: readonly string[]): Racer {
  let child: ChildProcess | undefined;
  let steps: (times: number) => Promise<Reply>;
  return {
    name,
    prepare: (workload) => {
      child?.kill();
      const started = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
      child = started;
      const replies = new Replies(started);
      createInterface({ input: started.stdout }).on('line', (line) =>
        replies.settle(JSON.parse(line) as Reply),
      );
      // That it is no more is told when it ends.
      started.stdin.on('error', () => undefined);
      steps = (times) => replies.to(() => started.stdin.write(`${workload} ${times}\n`));
      return steps(1);
    },
    steps: (times) => steps(times),
    stop: () => void child?.kill(),
  };
}

/** Pairs each question with the one reply that follows it. */
class Replies {
  #pending: { resolve: (reply: Reply) => void; reject: (error: Error) => void } | undefined;
  #ended: string | undefined;

  constructor(child: ChildProcess) {
    child.on('error', (error) => this.#end(error.message));
    child.on('exit', (code, signal) => this.#end(`it ended with ${signal ?? `code ${code}`}`));
  }

  to(ask: () => void): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      if (this.#ended === undefined) ask();
      else this.#fail(this.#ended);
    });
  }

  settle(reply: Reply): void {
    if (reply.error !== undefined) this.#fail(reply.error);
    else this.#pending?.resolve(reply);
    this.#pending = undefined;
  }

  #end(why: string): void {
    this.#ended ??= why;
    this.#fail(this.#ended);
  }

  #fail(why: string): void {
    this.#pending?.reject(new EngineError(`a contestant of the benchmark gave up: ${why}`));
    this.#pending = undefined;
  }
}
