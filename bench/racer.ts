/**
 * A contestant: a process that takes one step when it is told to. Every workload has a process of its
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
   * @throws EngineError when the engine does not load
   */
  prepare(workload: WorkloadName): Promise<Reply>;
  step(): Promise<Reply>;
  stop(): void;
}

/** What the machine is measured with. */
export interface Ruler {
  /** Times one product of 1024 × 1024 matrices on the fastest engine. */
  matmul(): Promise<Reply>;
  stop(): void;
}

/** @throws EngineError when no engine loads */
export async function openRuler(): Promise<Ruler> {
  const { ask, stop } = startWorker();
  await ask({ do: 'open', engine: 'auto' });
  return { matmul: () => ask({ do: 'matmul' }), stop };
}

export function engineRacer(engine: EngineName, threads?: number): Racer {
  let worker: ReturnType<typeof startWorker> | undefined;
  return {
    name: engine,
    prepare: async (workload) => {
      worker?.stop();
      worker = startWorker();
      await worker.ask({ do: 'open', engine, threads });
      return worker.ask({ do: 'prepare', workload });
    },
    step: () => worker!.ask({ do: 'step' }),
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
 * A program that answers each line, the name of a workload, with one line of JSON: `{ms, peakBytes}`.
 */
export function programRacer(name: string, command: string, args: readonly string[]): Racer {
  let child: ChildProcess | undefined;
  let step: () => Promise<Reply>;
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
      step = () => replies.to(() => started.stdin.write(`${workload}\n`));
      return step();
    },
    step: () => step(),
    stop: () => void child?.kill(),
  };
}

/** Pairs each question with the one reply that follows it. */
class Replies {
  #pending: { resolve: (reply: Reply) => void; reject: (error: Error) => void } | undefined;

  constructor(child: ChildProcess) {
    child.on('error', (error) => this.#fail(error.message));
    child.on('exit', (code, signal) => this.#fail(`it ended with ${signal ?? `code ${code}`}`));
  }

  to(ask: () => void): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      ask();
    });
  }

  settle(reply: Reply): void {
    if (reply.error !== undefined) this.#fail(reply.error);
    else this.#pending?.resolve(reply);
    this.#pending = undefined;
  }

  #fail(why: string): void {
    this.#pending?.reject(new EngineError(`a contestant of the benchmark gave up: ${why}`));
    this.#pending = undefined;
  }
}
