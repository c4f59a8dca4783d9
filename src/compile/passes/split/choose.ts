/**
 * Splitting the batch: a step runs on a few images at a time, from the stem to the gradients. What
 * one operation writes is still in the cache when the next one reads it, and parts can run on
 * several cores at once. Weights' gradients are sums over the parts; nothing else changes.
 */
import type { Builder } from '../../graph/builder.js';
import { type Graph, nodesOf, type PortValue } from '../../graph/graph.js';
import { sizeOf } from '../../graph/shapes.js';
import { workOf } from '../../graph/work.js';
import { batchOf, type Parting, splitInto } from './assemble.js';
import type { SplitGraph } from './split-graph.js';

/** A batch whose largest value has more elements, 512 KB of them, is worth taking apart. */
const elementsToSplit = 131_072;
/** A part's largest value has at most about so many, 2 MB: most values are a few times smaller. */
const elementsPerPart = 524_288;
/** More parts would spend more on starting operations and on gradients of their own than the cache saves. */
const mostParts = 4;
/** The results of all parts, which are gradients of all weights mostly, may take so much memory. */
const mostResultBytes = 2 ** 28;

/**
 * The graph with its batch, the longest common first axis of inputs, taken apart; `undefined` where
 * that does not pay. In how many parts depends on the graph alone, so that results are the same on
 * any number of cores.
 *
 * @param options.processes how many share the parts: as many parts as one alone has where these can be
 *   shared, so that results are the same again, and otherwise as many for each as suit its share of the
 *   batch; `undefined` where the batch cannot be shared, too, or more than float32 would have to be told
 */
export function splitBatch(
  graph: Graph,
  build: Builder,
  options: Parting = {},
): SplitGraph | undefined {
  const { processes = 1 } = options;
  for (const count of countsFor(graph, build, options)) {
    const split = splitInto(count, graph, build, options);
    if ((count / processes) * bytesOf(split.part.outputs) > mostResultBytes) continue;
    const told = processes === 1 ? [] : split.part.outputs;
    if (told.some(({ value }) => value.dtype !== 'float32')) return undefined;
    const alone = workOf(split.before) + workOf(split.after);
    return alone < count * workOf(split.part) ? split : undefined;
  }
  return undefined;
}

/**
 * About how many parts the batch of a graph will have that is not simplified yet, those of one process;
 * 1 for none.
 */
export const likelyParts = (graph: Graph, processes = 1): number =>
  Math.ceil((candidateCounts(graph)[0] ?? 1) / processes);

function countsFor(graph: Graph, build: Builder, { processes = 1, finish }: Parting): number[] {
  if (processes === 1) return candidateCounts(graph);
  const alone = splitBatch(graph, build, { finish })?.count ?? 1;
  if (alone % processes === 0) return [alone];
  if (batchOf(graph) % processes !== 0) return [];
  return [...candidateCounts(graph, processes), 1].map((count) => count * processes);
}

/**
 * Divisors of a process's share of the batch: one that brings the largest value to the wanted size, and
 * smaller ones.
 */
function candidateCounts(graph: Graph, processes = 1): number[] {
  const whole = batchOf(graph);
  const batch = whole / processes;
  const largest =
    nodesOf(graph)
      .flatMap((node) => node.outputs)
      .filter(({ shape }) => shape.length > 1 && shape[0]! % whole === 0)
      .reduce((max, { shape }) => Math.max(max, sizeOf(shape)), 0) / processes;
  if (largest <= elementsToSplit) return [];
  const wanted = Math.min(mostParts, Math.max(2, Math.ceil(largest / elementsPerPart)));
  const counts = Array.from({ length: 2 * wanted - 2 }, (_, i) => 2 * wanted - 1 - i);
  const divisors = counts.filter((count) => batch % count === 0);
  return divisors.filter((count, i) => count <= wanted || !(divisors[i + 1]! >= wanted));
}

const bytesOf = (ports: readonly PortValue[]): number =>
  ports.reduce((sum, { value }) => sum + 4 * sizeOf(value.shape), 0);
