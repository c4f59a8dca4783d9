/** Running bare graphs, without TensorFlow.js. */

import { Builder } from '../../src/compile/graph/builder.js';
import { type Graph, nodesOf, type PortValue, type Value } from '../../src/compile/graph/graph.js';
import { keyOf, type Port } from '../../src/compile/graph/port.js';
import { type Shape, sizeOf } from '../../src/compile/graph/shapes.js';
import type { Group } from '../../src/compile/group.js';
import type { SplitGraph } from '../../src/compile/passes/split/split-graph.js';
import { modelOf } from '../../src/compile/runtime/model.js';
import { createSession } from '../../src/compile/runtime/node/session.js';
import { createSplitSession } from '../../src/compile/runtime/node/split-session.js';
import type { Values } from '../../src/compile/runtime/runtime.js';
import { RandomStream } from '../../src/random.js';

/** `state/3` is the port of a variable, other names are those of what a step is given. */
const inputPort = (name: string): Port => {
  const index = /^state\/(\d+)$/.exec(name)?.[1];
  return index === undefined ? { kind: 'input', name } : { kind: 'state', index: Number(index) };
};

/** Values as inputs of a graph, and as outputs, by their names. */
export const inputPorts = (values: Readonly<Record<string, Value>>): PortValue[] =>
  Object.entries(values).map(([name, value]) => ({ port: inputPort(name), value }));
export const outputPorts = (values: Readonly<Record<string, Value>>): PortValue[] =>
  Object.entries(values).map(([name, value]) => ({ port: { kind: 'output', name }, value }));

/** A graph, and what it was built with. */
export interface Made {
  readonly build: Builder;
  readonly graph: Graph;
}

/** A graph of float32 inputs by their names, and of the outputs that `body` makes of them. */
export function make(
  shapes: Readonly<Record<string, Shape>>,
  body: (
    build: Builder,
    inputs: Readonly<Record<string, Value>>,
  ) => Readonly<Record<string, Value>>,
): Made {
  const build = new Builder();
  const values = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, build.input('float32', shape)]),
  );
  const outputs = outputPorts(body(build, values));
  return { build, graph: { inputs: inputPorts(values), outputs } };
}

const inputsOf = ({ inputs }: Graph, seed: number) => {
  const random = RandomStream.fromSeed(seed);
  return inputs.map(({ port, value }) => random.split(keyOf(port)).normals(sizeOf(value.shape)));
};

const nameOf = (port: Port): string => (port.kind === 'output' ? port.name : keyOf(port));

const named = ({ outputs }: Graph, results: Values): Record<string, number[]> =>
  Object.fromEntries(
    outputs.map(({ port }, i) => [nameOf(port), Array.from(results[i] as Float32Array)]),
  );

/** The outputs of a graph for inputs that its seed determines, whatever was done to the graph. */
export async function runGraph(graph: Graph, seed = 1): Promise<Record<string, number[]>> {
  const session = await createSession(modelOf(graph), { threads: 1 });
  const results = await session.run(inputsOf(graph, seed));
  await session.release();
  return named(graph, results);
}

/**
 * The same of a graph that was taken apart; `graph` is what it was.
 * @param group of the processes that share its parts
 */
export async function runSplit(
  split: SplitGraph,
  graph: Graph,
  threads = 1,
  group?: Group,
): Promise<Record<string, number[]>> {
  const session = await createSplitSession(split, { threads, group });
  const results = await session.run(inputsOf(graph, 1));
  await session.release();
  return named(graph, results);
}

/** How many nodes of each kind a graph has. */
export function countOps(graph: Pick<Graph, 'outputs'>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { op } of nodesOf(graph)) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
}

/** The largest difference between two sets of outputs, against the largest value. */
export function difference(a: Record<string, number[]>, b: Record<string, number[]>): number {
  let worst = 0;
  for (const [name, values] of Object.entries(a)) {
    const largest = Math.max(1e-6, ...values.map(Math.abs));
    if (values.length !== b[name]?.length) return Number.POSITIVE_INFINITY;
    values.forEach((value, i) => {
      worst = Math.max(worst, Math.abs(value - b[name]![i]!) / largest);
    });
  }
  return worst;
}
