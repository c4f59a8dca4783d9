/** Running bare graphs, without TensorFlow.js. */

import { type Graph, nodesOf } from '../../src/compile/graph/graph.js';
import { sizeOf } from '../../src/compile/graph/shapes.js';
import type { SplitGraph } from '../../src/compile/passes/split/split-graph.js';
import { encodeOnnx } from '../../src/compile/runtime/encode.js';
import { loadOrt } from '../../src/compile/runtime/node/session.js';
import { createSplitSession } from '../../src/compile/runtime/node/split-session.js';
import { RandomStream } from '../../src/random.js';

/** The outputs of a graph for inputs that its seed determines, whatever was done to the graph. */
export async function runGraph(graph: Graph, seed = 1): Promise<Record<string, number[]>> {
  const ort = loadOrt();
  const session = await ort.InferenceSession.create(encodeOnnx(graph, { name: 'test' }), {
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
  });
  const random = RandomStream.fromSeed(seed);
  const feeds = Object.fromEntries(
    graph.inputs.map(({ name, value }) => [
      name,
      new ort.Tensor('float32', random.split(name).normals(sizeOf(value.shape)), value.shape),
    ]),
  );
  const results = await session.run(feeds);
  await session.release();
  return Object.fromEntries(
    graph.outputs.map(({ name }) => [name, Array.from(results[name]!.data as Float32Array)]),
  );
}

/** The same of a graph that was taken apart; `graph` is what it was. */
export async function runSplit(
  split: SplitGraph,
  graph: Graph,
  threads = 1,
): Promise<Record<string, number[]>> {
  const session = await createSplitSession(split, { threads });
  const random = RandomStream.fromSeed(1);
  const results = await session.run(
    new Map(
      graph.inputs.map(({ name, value }) => [
        name,
        random.split(name).normals(sizeOf(value.shape)),
      ]),
    ),
  );
  await session.release();
  return Object.fromEntries(
    graph.outputs.map(({ name }) => [name, Array.from(results.get(name) as Float32Array)]),
  );
}

/** How many nodes of each kind a graph has. */
export function countOps(graph: Graph): Record<string, number> {
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
