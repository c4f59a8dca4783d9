/**
 * A step that was taken apart: its parts run on lanes, one of them the main thread.
 */
import { availableParallelism } from 'node:os';
import type { DType, Graph } from '../../graph/graph.js';
import { sizeOf } from '../../graph/shapes.js';
import { nameOfShare, type SplitGraph } from '../../passes/split/split-graph.js';
import { lanes, memoryFor } from './lanes.js';
import {
  copy,
  layOut,
  type PartInput,
  type PartPlan,
  pileOf,
  refill,
  runParts,
  shareOf,
  viewsOf,
} from './part.js';
import {
  createSession,
  modelOf,
  type Session,
  type SessionOptions,
  type Values,
} from './session.js';

let programs = 0;

/**
 * As many lanes as there are threads and parts; threads that are left work on the lanes'
 * operations. Which lane runs a part changes nothing about its results.
 *
 * @throws EngineError with what onnxruntime says
 */
export async function createSplitSession(
  split: SplitGraph,
  { threads = availableParallelism(), profile }: SessionOptions,
): Promise<Session> {
  const program = programs++;
  const { count } = split;
  const plan = planOf(split);
  const used = Math.min(threads, count);
  const perLane = Math.floor(threads / used);
  const others = lanes(used - 1);
  // Threads of its own, which look out for work for a while after each run, would be in the lanes' way.
  const alone = (graph: Graph) => createSession(modelOf(graph), { threads: 1 });
  const [part, after, before] = await all([
    createSession(plan.model, { threads: perLane, profile }),
    alone(split.after),
    split.before.outputs.length === 0 ? undefined : alone(split.before),
    ...others.map((lane) => lane.ask({ kind: 'load', program, plan, threads: perLane })),
  ]);

  const runOnLanes = async (sources: Values, results: Values, block: SharedArrayBuffer) => {
    refill(block);
    if (others.length > 0) copy(sources, viewsOf(block, plan.sources));
    // The others first: a run keeps this thread busy.
    const elsewhere = others.map((lane) => lane.ask({ kind: 'run', program, block }));
    const here = runParts(part, plan.inputs, {
      sources,
      into: (at) => shareOf(results, at, count),
      pile: pileOf(block, count),
      done: () => undefined,
    });
    const [, ...lists] = await all([here, ...elsewhere]);
    const shared = viewsOf(block, plan.results);
    for (const at of lists.flat()) copy(shareOf(shared, at, count), shareOf(results, at, count));
  };

  return {
    async run(given, into) {
      const values = new Map([...given, ...((await before?.run(given)) ?? [])]);
      const { block, memory } = memoryFor(plan.bytes);
      const results = viewsOf(memory, plan.results);
      await runOnLanes(values, results, block);
      for (const [name, whole] of results) values.set(name, whole);
      for (let at = 0; at < count; at++) {
        for (const [name, share] of shareOf(results, at, count)) {
          values.set(nameOfShare(name, at), share);
        }
      }
      return after.run(values, into);
    },
    async release() {
      await all([
        ...others.map((lane) => lane.ask({ kind: 'release', program })),
        ...[before, part, after].map((session) => session?.release()),
      ]);
    },
  };
}

/** @throws what the first that failed did, once all are over */
async function all<T extends readonly unknown[]>(
  promises: readonly [...{ [K in keyof T]: Promise<T[K]> | T[K] }],
): Promise<T> {
  await Promise.allSettled(promises);
  return Promise.all(promises) as Promise<unknown> as Promise<T>;
}

function planOf({ count, part, pieces }: SplitGraph): PartPlan {
  const cuts = new Map(pieces.map((piece) => [piece.name, piece]));
  const sources = new Map<string, { name: string; dtype: DType; length: number }>();
  const inputs = part.inputs.map(({ name, value: { dtype, shape } }): PartInput => {
    const length = sizeOf(shape);
    const cut = cuts.get(name);
    if (cut === undefined) {
      sources.set(name, { name, dtype, length });
      return { name, source: name, start: 0, step: 0, length };
    }
    const { source, start, rows, sourceRows } = cut;
    const row = length / rows;
    sources.set(source, { name: source, dtype, length: sourceRows * row });
    return { name, source, start: start * row, step: length, length };
  });
  const results = part.outputs.map(({ name, value: { dtype, shape } }) => ({
    ...{ name, dtype },
    length: count * sizeOf(shape),
  }));
  const { slots, end } = layOut([...sources.values(), ...results]);
  return {
    count,
    model: modelOf(part),
    inputs,
    sources: slots.slice(0, sources.size),
    results: slots.slice(sources.size),
    bytes: end,
  };
}
