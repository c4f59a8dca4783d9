import type { Builder } from '../builder.js';
import { type Graph, type Node, nodesOf, type Value } from '../graph.js';

/** A batch that was taken apart. */
export interface SplitGraph {
  readonly graph: Graph;
  /** For each part, the pieces of the graph's inputs that it starts from. */
  readonly starts: readonly (readonly Value[])[];
  /** Terms of the gradients of all weights: where a part ends. */
  readonly ends: readonly Value[];
}

/**
 * Makes each part wait for the one before it, from its first value to its last.
 *
 * onnxruntime is free to order what is independent, and would run all the parts forwards before any
 * goes backwards: what a part left in the cache would be gone, and all parts' values held at once.
 * So a part's inputs are made to depend on the gradients of the part before: 0 times one of them is
 * added.
 */
export function partAfterPart({ graph, starts, ends }: SplitGraph, build: Builder): Graph {
  const partOf = new Map(starts.flatMap((pieces, part) => pieces.map((piece) => [piece, part])));
  const endsByPart = starts.map((): Value[] => []);
  const seen = new Map<Value, ReadonlySet<number>>();
  for (const end of ends) {
    const parts = partsBehind(end, partOf, seen);
    // Parts that look at one another cannot wait for one another.
    if (parts.size !== 1) return graph;
    endsByPart[[...parts][0]!]!.push(end);
  }
  if (endsByPart.some((list) => list.length === 0)) return graph;

  const replaced = new Map<Value, Value>();
  const rebuilt = new Set<Node>();
  const current = (value: Value): Value => replaced.get(value) ?? value;
  const rebuild = (outputs: readonly Value[]): void => {
    const wanted = outputs.map((value) => ({ name: '', value }));
    for (const node of nodesOf({ inputs: [], outputs: wanted })) {
      if (rebuilt.has(node)) continue;
      rebuilt.add(node);
      const results = build.rebuild(
        node,
        node.inputs.map((input) => input && current(input)),
      );
      node.outputs.forEach((output, i) => {
        // A start that waits has been replaced already.
        if (!replaced.has(output)) replaced.set(output, results[i]!);
      });
    }
  };
  for (const [part, list] of endsByPart.entries()) {
    rebuild(list);
    for (const piece of starts[part + 1] ?? []) {
      if (piece.dtype !== 'float32') continue;
      const first = build.reshape(firstOf(build, current(list[0]!)), []);
      replaced.set(piece, build.add(piece, build.scale(first, 0)));
    }
  }
  rebuild(graph.outputs.map(({ value }) => value));
  return {
    inputs: graph.inputs,
    outputs: graph.outputs.map(({ name, value }) => ({ name, value: current(value) })),
  };
}

const firstOf = (build: Builder, value: Value): Value =>
  build.slice(
    value,
    value.shape.map(() => 0),
    value.shape.map(() => 1),
  );

/** The parts whose pieces a value is computed from. */
function partsBehind(
  value: Value,
  partOf: ReadonlyMap<Value, number>,
  seen: Map<Value, ReadonlySet<number>>,
): ReadonlySet<number> {
  const partsOf = (input: Value): ReadonlySet<number> => {
    const part = partOf.get(input);
    return part === undefined ? (seen.get(input) ?? new Set()) : new Set([part]);
  };
  for (const node of nodesOf({ inputs: [], outputs: [{ name: '', value }] })) {
    if (seen.has(node.outputs[0]!)) continue;
    const parts = new Set<number>();
    for (const input of node.inputs) {
      if (input !== undefined) for (const part of partsOf(input)) parts.add(part);
    }
    for (const output of node.outputs) seen.set(output, parts);
  }
  return partsOf(value);
}
