import { quantile } from '../src/arrays.js';
import type { WorkloadName } from './names.js';
import type { Racer, Ruler } from './racer.js';
import { matmulSide } from './worker.js';

export interface RaceResult {
  readonly workload: WorkloadName;
  readonly engine: string;
  /** Median over the timed steps, in milliseconds. */
  readonly msPerStep: number;
  readonly minMsPerStep: number;
  readonly maxMsPerStep: number;
  readonly steps: number;
  readonly imagesPerSecond: number;
  /** The first step, which compiles where the engine compiles. */
  readonly firstStepMs: number;
  /** Highest memory use of the process that ran this workload, and nothing else. */
  readonly peakBytes: number;
  /** Rate of the matrix products that the model must take; null where their number is not known. */
  readonly gflopsPerSecond: number | null;
  /** Rate of the fastest engine's 1024 × 1024 matrix products, measured between the steps. */
  readonly matmulGflopsPerSecond: number;
  /** The share of that rate which the step reaches. */
  readonly matmulShare: number | null;
}

/**
 * Races one workload. The contestants take turns, step by step, so that the ups and downs of a
 * shared machine meet them alike; every turn also measures the machine's matrix products.
 *
 * @param steps timed steps of each contestant, at least 1
 */
export async function race(
  workload: WorkloadName,
  racers: readonly Racer[],
  ruler: Ruler,
  steps: number,
): Promise<RaceResult[]> {
  const lanes = [];
  for (const racer of racers) {
    const first = await racer.prepare(workload);
    lanes.push({ racer, first, times: [] as number[], peakBytes: 0 });
  }
  await ruler.matmul();
  const products: number[] = [];
  for (let turn = 0; turn < steps; turn++) {
    for (const lane of lanes) {
      const { ms, peakBytes } = await lane.racer.step();
      lane.times.push(ms);
      lane.peakBytes = peakBytes;
    }
    products.push((await ruler.matmul()).ms);
  }
  const matmulRate = (2 * matmulSide ** 3) / medianOf(products) / 1e6;
  const images = lanes.find(({ first }) => first.images !== undefined)?.first.images ?? 0;
  return lanes.map(({ racer, first, times, peakBytes }) => {
    const msPerStep = medianOf(times);
    const rate = first.flops === undefined ? null : first.flops / msPerStep / 1e6;
    return {
      workload,
      engine: racer.name,
      msPerStep,
      minMsPerStep: Math.min(...times),
      maxMsPerStep: Math.max(...times),
      steps,
      imagesPerSecond: (1000 * images) / msPerStep,
      firstStepMs: first.ms,
      peakBytes,
      gflopsPerSecond: rate,
      matmulGflopsPerSecond: matmulRate,
      matmulShare: rate === null ? null : rate / matmulRate,
    };
  });
}

/** The columns that every table of results has: median, shortest and longest step. */
export const timings = ({ msPerStep, minMsPerStep, maxMsPerStep }: RaceResult): string[] =>
  [msPerStep, minMsPerStep, maxMsPerStep].map((ms) => ms.toFixed(2));

export const memory = ({ peakBytes }: RaceResult): string =>
  `${(peakBytes / 2 ** 20).toFixed(0)} MiB`;

const medianOf = (values: readonly number[]): number =>
  quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
