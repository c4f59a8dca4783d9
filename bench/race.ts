import { setTimeout as pause } from 'node:timers/promises';
import { quantile } from '../src/arrays.js';
import type { WorkloadName } from './names.js';
import type { Racer } from './racer.js';
import type { Reply } from './worker.js';

export interface RaceResult {
  readonly workload: WorkloadName;
  readonly engine: string;
  /** Median over the turns, in milliseconds. */
  readonly msPerStep: number;
  readonly minMsPerStep: number;
  readonly maxMsPerStep: number;
  /** How many turns were timed. */
  readonly steps: number;
  /** Steps of one turn, whose average counts: more than one where a step is short. */
  readonly stepsPerTurn: number;
  readonly imagesPerSecond: number;
  /** The first step, which compiles where the engine compiles. */
  readonly firstStepMs: number;
  /** Highest memory use of the process that ran this workload, and nothing else. */
  readonly peakBytes: number;
  /** Rate of the matrix products that the model must take; null where their number is not known. */
  readonly gflopsPerSecond: number | null;
  /**
   * What the products of the step take alone, each at its own shape and on the same threads, in
   * milliseconds; null for engines whose steps are not compiled to a graph.
   */
  readonly productsMs: number | null;
  /** The share of the step that they are. */
  readonly productsShare: number | null;
}

export interface Contest {
  readonly racers: readonly Racer[];
  /** Does the products alone of the steps of the racer `onnx`. */
  readonly ruler?: Racer | undefined;
  /** Timed turns of each contestant, at least 1. */
  readonly steps: number;
  /** Told of a contestant that cannot take part; when absent, the race ends there. */
  readonly failed?: ((racer: Racer, error: unknown) => void) | undefined;
}

/** A turn is not shorter than this: the clock, and whoever wakes up late, would weigh too much. */
const shortestTurnMs = 60;

/**
 * Threads of the one whose turn it was look out for work for a while, on the cores of the next one.
 */
const restMs = 25;

/** A contestant, and what was measured of it. */
interface Lane {
  readonly racer: Racer;
  readonly first: Reply;
  readonly stepsPerTurn: number;
  readonly times: number[];
  peakBytes: number;
}

/**
 * Races one workload. The contestants take turns, there and back, so that the ups and downs of a
 * shared machine, and what others leave behind, meet them alike.
 *
 * @returns results in the order of the racers, without those that failed
 */
export async function race(
  workload: WorkloadName,
  { racers, ruler, steps, failed }: Contest,
): Promise<RaceResult[]> {
  const lanes: Lane[] = [];
  for (const racer of [...racers, ...(ruler === undefined ? [] : [ruler])]) {
    try {
      lanes.push(await prepare(racer, workload));
    } catch (error) {
      racer.stop();
      if (failed === undefined) throw error;
      failed(racer, error);
    }
  }
  for (let turn = 0; turn < steps; turn++) {
    for (const lane of turn % 2 === 0 ? lanes : lanes.toReversed()) {
      await pause(restMs);
      const { ms, peakBytes } = await lane.racer.steps(lane.stepsPerTurn);
      lane.times.push(ms);
      lane.peakBytes = peakBytes;
    }
  }
  for (const { racer } of lanes) racer.stop();
  const images = lanes.find(({ first }) => first.images !== undefined)?.first.images ?? 0;
  const products = lanes.find(({ racer }) => racer === ruler)?.times;
  const productsMs = products === undefined ? null : medianOf(products);
  const racing = lanes.filter(({ racer }) => racer !== ruler);
  return racing.map(({ racer, first, stepsPerTurn, times, peakBytes }) => {
    const msPerStep = medianOf(times);
    const measured = racer.name === 'onnx' ? productsMs : null;
    return {
      workload,
      engine: racer.name,
      msPerStep,
      minMsPerStep: Math.min(...times),
      maxMsPerStep: Math.max(...times),
      steps,
      stepsPerTurn,
      imagesPerSecond: (1000 * images) / msPerStep,
      firstStepMs: first.ms,
      peakBytes,
      gflopsPerSecond: first.flops === undefined ? null : first.flops / msPerStep / 1e6,
      productsMs: measured,
      productsShare: measured === null ? null : measured / msPerStep,
    };
  });
}

async function prepare(racer: Racer, workload: WorkloadName): Promise<Lane> {
  const first = await racer.prepare(workload);
  let { ms, peakBytes } = await racer.steps(1);
  const stepsPerTurn = (): number => Math.min(200, Math.max(1, Math.ceil(shortestTurnMs / ms)));
  // JavaScript around short steps is interpreted at first, and compiled after some hundreds.
  for (let turn = 0; turn < 4 && stepsPerTurn() > 1; turn++) {
    ({ ms, peakBytes } = await racer.steps(stepsPerTurn()));
  }
  return { racer, first, stepsPerTurn: stepsPerTurn(), times: [], peakBytes };
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
