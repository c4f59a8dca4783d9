/** What `bench/page.ts` calls in a page. It is bundled, and puts its functions where they are found. */
import { openPageEngine, wasmRuntime } from 'mixgan/web';
import * as ort from 'onnxruntime-web/wasm';
import type { PreparedWorkload } from '../workloads.js';
import { prepare, stepTimes } from './steps.js';

ort.env.wasm.wasmPaths = new URL('.', import.meta.url).href;

const prepared = new Map<string, PreparedWorkload>();

const functions = {
  /** Milliseconds of so many steps of a workload, on so many threads. */
  async times(name: string, threads: number, count: number): Promise<number[]> {
    let workload = prepared.get(name);
    if (workload === undefined) {
      workload = prepare(name, await openPageEngine(wasmRuntime(ort, { threads })));
      prepared.set(name, workload);
    }
    return stepTimes(workload, count);
  },
};

export type PageFunctions = typeof functions;

Object.assign(globalThis, { functions });
