/**
 * One engine of a race, in a process of its own: its memory is its own, and engines that cannot
 * share a process can still be compared. Speaks with `racer.ts`.
 */
import * as tf from '@tensorflow/tfjs-core';
import { float32 } from '../src/compile/step.js';
import type { Engine, EngineName } from '../src/engine/engine.js';
import { openEngine } from '../src/engine/open.js';
import { RandomStream } from '../src/random.js';
import type { WorkloadName } from './names.js';
import { type PreparedWorkload, workloads } from './workloads.js';

export type Request =
  | {
      readonly do: 'open';
      readonly engine: 'auto' | EngineName;
      readonly threads?: number | undefined;
    }
  | { readonly do: 'prepare'; readonly workload: WorkloadName }
  | { readonly do: 'step' }
  | { readonly do: 'matmul' };

export interface Reply {
  /** How long what was asked took. */
  readonly ms: number;
  /** Highest memory use of the process so far. */
  readonly peakBytes: number;
  readonly images?: number;
  readonly flops?: number | undefined;
  /** Why it could not be done. */
  readonly error?: string;
}

/** Side of the square matrices whose product measures the machine. */
export const matmulSide = 1024;

let engine: Engine;
let prepared: PreparedWorkload | undefined;
let multiply: (() => Promise<void>) | undefined;

async function answer(request: Request): Promise<Partial<Reply>> {
  switch (request.do) {
    case 'open':
      engine = (await openEngine(request.engine, undefined, { threads: request.threads })).engine;
      return {};
    case 'prepare':
      prepared = workloads[request.workload](engine);
      // The first step compiles, or warms up.
      await prepared.run();
      return { images: prepared.images, flops: prepared.flops };
    case 'step':
      await prepared!.run();
      return {};
    case 'matmul':
      multiply ??= matmulStep();
      await multiply();
      return {};
  }
}

function matmulStep(): () => Promise<void> {
  const random = RandomStream.fromSeed(0).split('matmul');
  const matrix = (name: string) =>
    float32([matmulSide, matmulSide], random.split(name).normals(matmulSide ** 2));
  const inputs = { a: matrix('a'), b: matrix('b') };
  // One number comes back, so that the time is that of the product.
  const step = engine.compile(({ a, b }) => ({ corner: tf.max(tf.matMul(a!, b!)) }));
  return async () => void (await step(inputs));
}

process.on('message', (request: Request) => {
  const start = performance.now();
  answer(request).then(
    (reply) => send({ ms: performance.now() - start, ...reply }),
    (error: unknown) =>
      send({ ms: 0, error: error instanceof Error ? error.message : String(error) }),
  );
});

function send(reply: Omit<Reply, 'peakBytes'>): void {
  // Node gives kilobytes.
  process.send!({ ...reply, peakBytes: process.resourceUsage().maxRSS * 1024 } satisfies Reply);
}
