/**
 * A step that was taken apart: its parts run on lanes, one of them the main thread.
 */
import { availableParallelism } from 'node:os';
import type { DType, Graph } from '../../graph/graph.js';
import { keyOf, type Port } from '../../graph/port.js';
import { sizeOf } from '../../graph/shapes.js';
import type { Group } from '../../group.js';
import type { SplitGraph } from '../../passes/split/split-graph.js';
import { modelOf } from '../model.js';
import type { Session, Values } from '../runtime.js';
import { createExchange } from './exchange.js';
import { type Lane, lanes, memoryFor } from './lanes.js';
import {
  copy,
  layOut,
  type PartInput,
  type PartPlan,
  pileOf,
  refill,
  runParts,
  shareOf,
  viewOf,
  viewsOf,
} from './part.js';
import { createSession, type SessionOptions } from './session.js';

export interface SplitOptions extends SessionOptions {
  /** The processes that share the parts; this one has all of them when absent. */
  readonly group?: Group | undefined;
}

let programs = 0;

/** The worker threads that run so many parts beside the main thread. */
export const lanesFor = (
  parts: number,
  { threads = availableParallelism() }: SessionOptions,
): readonly Lane[] => lanes(Math.min(threads, parts) - 1);

/**
 * As many lanes as there are threads and parts; threads that are left work on the lanes'
 * operations. Which lane runs a part changes nothing about its results.
 *
 * @param options.group the processes among which the parts are shared, where they are
 * @throws CompileError with what onnxruntime says
 */
export async function createSplitSession(
  split: SplitGraph,
  { threads = availableParallelism(), profile, group }: SplitOptions,
): Promise<Session> {
  const program = programs++;
  const { plan, sources: cut } = planOf(split, group?.rank);
  const { count } = plan;
  const rows = split.part.outputs.filter(({ port }) => port.kind === 'rows').length;
  const placesOf = placesIn(split);
  // What there is before the parts goes where they are to find it: to allocate it in every run keeps the
  // garbage collector busy.
  const slotOf = new Map(cut.map((port, i) => [keyOf(port), plan.sources[i]!]));
  const early = split.before.outputs.map(({ port }) => slotOf.get(keyOf(port)));
  const portsOf = (graph: Graph): readonly Port[] => graph.inputs.map(({ port }) => port);
  // Where each graph finds its inputs among all that there is.
  const places = {
    before: placesOf(portsOf(split.before)),
    sources: placesOf(cut),
    after: placesOf(portsOf(split.after)),
  };
  const used = Math.min(threads, count);
  const perLane = Math.floor(threads / used);
  const others = lanesFor(count, { threads });
  // Lanes wait meanwhile; threads that look out for work after a run would be in their way.
  const alone = (graph: Graph) => createSession(modelOf(graph), { threads: used, spin: false });
  const [part, after, before, exchange] = await all([
    createSession(plan.model, { threads: perLane, profile }),
    alone(split.after),
    split.before.outputs.length === 0 ? undefined : alone(split.before),
    split.shared && createExchange(split, split.shared, group!),
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
    async run(given, outputs) {
      const { block, memory } = memoryFor(plan.bytes);
      const into = early.map((slot) => slot && viewOf(memory, slot));
      const values = [...given, ...((await before?.run(picked(given, places.before), into)) ?? [])];
      const own = viewsOf(memory, plan.results);
      const results = exchange?.only ? [...own.slice(0, rows), ...exchange.only] : own;
      await runOnLanes(picked(values, places.sources), results, block);
      const each = Array.from({ length: count }, (_, at) => shareOf(results, at, count));
      if (exchange === undefined) {
        values.push(...results);
        for (const shares of each) values.push(...shares);
      } else {
        values.push(
          ...(await exchange.join(
            results.slice(0, rows),
            each.map((shares) => shares.slice(rows)),
          )),
        );
      }
      return after.run(picked(values, places.after), outputs);
    },
    async release() {
      await all([
        // A lane that is no more holds nothing.
        ...others.map((lane) => lane.ask({ kind: 'release', program }).catch(() => undefined)),
        ...[before, part, after, exchange].map((session) => session?.release()),
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

const picked = (values: Values, places: readonly number[]): Values =>
  places.map((place) => values[place]!);

/**
 * The plan of the parts, and the ports of what their inputs are taken from.
 * @param rank whose parts, where processes share them
 */
function planOf(
  { count: all, part, pieces, shared }: SplitGraph,
  rank = 0,
): { plan: PartPlan; sources: readonly Port[] } {
  const count = all / (shared?.processes ?? 1);
  const cuts = new Map(pieces.map((piece) => [keyOf(piece.port), piece]));
  const sources = new Map<string, { port: Port; dtype: DType; length: number }>();
  const inputs = part.inputs.map(({ port, value: { dtype, shape } }) => {
    const length = sizeOf(shape);
    const cut = cuts.get(keyOf(port));
    const source = cut?.source ?? port;
    const row = cut === undefined ? 0 : length / cut.rows;
    const whole = cut === undefined ? length : cut.sourceRows * row;
    sources.set(keyOf(source), { port: source, dtype, length: whole });
    const start = cut === undefined ? 0 : cut.start * row + rank * count * length;
    return { source: keyOf(source), start, step: cut === undefined ? 0 : length, length };
  });
  const places = [...sources.keys()];
  const results = part.outputs.map(({ value: { dtype, shape } }) => ({
    dtype,
    length: count * sizeOf(shape),
  }));
  const { slots, end } = layOut([...sources.values(), ...results]);
  const plan = {
    count,
    model: modelOf(part),
    inputs: inputs.map((input): PartInput => ({ ...input, source: places.indexOf(input.source) })),
    sources: slots.slice(0, sources.size),
    results: slots.slice(sources.size),
    bytes: end,
  };
  return { plan, sources: Array.from(sources.values(), ({ port }) => port) };
}

/**
 * Tells the places of ports in the list of all that there is in a run: the step's inputs, the
 * outputs of `before`, those of all parts, and those of each part; where processes share the parts, the
 * sums of these.
 */
function placesIn({ count, inputs, before, part, shared }: SplitGraph) {
  const results = part.outputs.map(
    ({ port }): Port =>
      shared !== undefined && port.kind === 'term' ? { ...port, kind: 'total' } : port,
  );
  const shares = Array.from({ length: count }, (_, at) =>
    results.map((port) =>
      port.kind === 'term' ? keyOf({ kind: 'share', index: port.index, part: at }) : undefined,
    ),
  );
  const known = [...[...inputs, ...before.outputs].map(({ port }) => port), ...results].map(keyOf);
  const places = new Map([...known, ...shares.flat()].map((key, place) => [key, place]));
  return (ports: readonly Port[]): readonly number[] =>
    ports.map((port) => places.get(keyOf(port))!);
}
