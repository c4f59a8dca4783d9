/**
 * One engine of a race, in a process of its own: its memory is its own, and engines that cannot
 * share a process can still be compared. Speaks with `racer.ts`.
 */
import type { Engine, EngineName } from '../src/engine/engine.js';
import { openEngine } from '../src/engine/open.js';
import type { WorkloadName } from './names.js';
import { productsOfEngine } from './products.js';
import { type PreparedWorkload, workloads } from './workloads.js';

export type Request =
  | {
      readonly do: 'open';
      readonly engine: EngineName;
      readonly threads?: number | undefined;
      /** Whether the steps of `onnx` do their matrix products alone. */
      readonly productsAlone?: boolean;
    }
  | { readonly do: 'prepare'; readonly workload: WorkloadName }
  | { readonly do: 'step'; readonly times?: number };

export interface Reply {
  /** How long what was asked took; of several steps, each on average. */
  readonly ms: number;
  /** Highest memory use of the process so far. */
  readonly peakBytes: number;
  readonly images?: number;
  readonly flops?: number | undefined;
  /** Why it could not be done. */
  readonly error?: string;
}

let engine: Engine;
let prepared: PreparedWorkload | undefined;

async function answer(request: Request): Promise<Partial<Reply>> {
  switch (request.do) {
    case 'open': {
      const { threads, productsAlone } = request;
      const opened = await openEngine(request.engine, undefined, { threads });
      engine = productsAlone ? productsOfEngine(opened.engine, { threads }) : opened.engine;
      return {};
    }
    case 'prepare':
      prepared = workloads[request.workload](engine);
      // The first step compiles, or warms up.
      await prepared.run();
      return { images: prepared.images, flops: prepared.flops };
    case 'step': {
      const { times = 1 } = request;
      const start = performance.now();
      for (let i = 0; i < times; i++) await prepared!.run();
      return { ms: (performance.now() - start) / times };
    }
  }
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
