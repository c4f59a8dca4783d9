/**
 * A worker thread that runs parts of batches beside the main thread; `lanes.ts` starts it.
 *
 * onnxruntime does not take shared memory, so a worker copies what it reads into memory of its own,
 * and its results back.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../errors.js';
import type { Session } from '../runtime.js';
import { copy, layOut, type PartPlan, pileOf, runParts, shareOf, viewsOf } from './part.js';
import { createSession } from './session.js';

/** What a worker is asked for. Programs go by numbers that the main thread gives them. */
export type LaneRequest =
  | {
      readonly kind: 'load';
      readonly program: number;
      readonly plan: PartPlan;
      readonly threads: number;
    }
  | { readonly kind: 'run'; readonly program: number; readonly block: SharedArrayBuffer }
  | { readonly kind: 'release'; readonly program: number }
  | { readonly kind: 'nothing' };

/** What a worker is started with. */
export interface LaneData {
  /** How many requests have no answer yet: the main thread counts them up, the worker down. */
  readonly open: Int32Array;
}

/** The parts that were run, none for other requests; or why there are none. */
export type LaneAnswer = { readonly parts: readonly number[] } | { readonly failed: string };

interface LoadedProgram {
  readonly session: Session;
  readonly plan: PartPlan;
}

/** Answers requests, one after the other, until the thread is ended. */
export function serveLane(): void {
  const programs = new Map<number, LoadedProgram>();
  // Programs run in turn, and can have the same memory.
  let memory = new ArrayBuffer(0);

  const answer = async (request: LaneRequest): Promise<readonly number[]> => {
    if (request.kind === 'nothing') return [];
    const program = programs.get(request.program);
    switch (request.kind) {
      case 'load': {
        const { plan, threads } = request;
        programs.set(request.program, {
          plan,
          session: await createSession(plan.model, { threads }),
        });
        return [];
      }
      case 'run': {
        const { bytes } = ownLayout(program!.plan);
        if (memory.byteLength < bytes) memory = new ArrayBuffer(bytes);
        return runFrom(request.block, memory, program!);
      }
      case 'release':
        programs.delete(request.program);
        await program?.session.release();
        return [];
    }
  };

  const port = parentPort!;
  const { open } = workerData as LaneData;
  let last: Promise<void> = Promise.resolve();
  port.on('message', (request: LaneRequest) => {
    last = last.then(async () => {
      const message: LaneAnswer = await answer(request).then(
        (parts) => ({ parts }),
        (thrown: unknown) => ({ failed: messageOf(thrown) }),
      );
      port.postMessage(message);
      Atomics.sub(open, 0, 1);
      Atomics.notify(open, 0);
    });
  });
}

/** A worker has memory for the results of one part at a time. */
function ownLayout({ sources, results, count }: PartPlan) {
  const own = layOut([
    ...sources,
    ...results.map((slot) => ({ ...slot, length: slot.length / count })),
  ]);
  return {
    sources: own.slots.slice(0, sources.length),
    results: own.slots.slice(sources.length),
    bytes: own.end,
  };
}

async function runFrom(
  block: SharedArrayBuffer,
  memory: ArrayBuffer,
  { session, plan }: LoadedProgram,
): Promise<readonly number[]> {
  const own = ownLayout(plan);
  const sources = viewsOf(memory, own.sources);
  copy(viewsOf(block, plan.sources), sources);
  const result = viewsOf(memory, own.results);
  const all = viewsOf(block, plan.results);
  const parts: number[] = [];
  await runParts(session, plan.inputs, {
    sources,
    into: () => result,
    pile: pileOf(block, plan.count),
    done: (part) => {
      copy(result, shareOf(all, part, plan.count));
      parts.push(part);
    },
  });
  return parts;
}
