import type { EngineName } from '../src/engine/engine.js';
import { openEngine } from '../src/engine/open.js';
import type { WorkloadName } from './names.js';
import { workloads } from './workloads.js';

export interface BenchResult {
  readonly workload: WorkloadName;
  readonly engine: EngineName;
  /** Median over the timed steps, in milliseconds. */
  readonly msPerStep: number;
  readonly minMsPerStep: number;
  readonly maxMsPerStep: number;
  readonly steps: number;
  readonly imagesPerSecond: number;
  /** Rate of the matrix products that the model must take; null where their number is not known. */
  readonly gflopsPerSecond: number | null;
}

/**
 * Times workloads on engines. For each workload the engines take turns, step by step, so that the
 * ups and downs of a shared machine meet them alike; the first step of each is not counted.
 *
 * @param options.steps timed steps of each workload on each engine, at least 1
 * @param options.onStart told before each workload
 */
export async function measure(options: {
  readonly workloads: readonly WorkloadName[];
  readonly engines: readonly EngineName[];
  readonly steps: number;
  readonly onStart: (workload: WorkloadName) => void;
}): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const workload of options.workloads) {
    options.onStart(workload);
    const racers = [];
    for (const name of options.engines) {
      const { engine } = await openEngine(name);
      const prepared = workloads[workload](engine);
      await prepared.run();
      racers.push({ name, prepared, times: [] as number[] });
    }
    for (let step = 0; step < options.steps; step++) {
      for (const { name, prepared, times } of racers) {
        // Engines share one global backend; opening again makes this one's current.
        if (racers.length > 1) await openEngine(name);
        const start = performance.now();
        await prepared.run();
        times.push(performance.now() - start);
      }
    }
    for (const { name, prepared, times } of racers) {
      const { batchSize, flops } = prepared;
      const sorted = times.sort((a, b) => a - b);
      const msPerStep = median(sorted);
      results.push({
        workload,
        engine: name,
        msPerStep,
        minMsPerStep: sorted[0]!,
        maxMsPerStep: sorted.at(-1)!,
        steps: options.steps,
        imagesPerSecond: (1000 * batchSize) / msPerStep,
        gflopsPerSecond: flops === undefined ? null : flops / msPerStep / 1e6,
      });
      prepared.dispose();
    }
  }
  return results;
}

const median = (sorted: readonly number[]): number => {
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
};
