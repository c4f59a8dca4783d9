import type { Builder } from '../graph/builder.js';
import { type Graph, type Node, nodesOf, type Value } from '../graph/graph.js';

/**
 * Rewrites a node, given its inputs as they have become. Returns its outputs' replacements, or
 * `undefined` to leave the node as it is.
 */
export type Rule = (
  node: Node,
  inputs: readonly (Value | undefined)[],
) => readonly Value[] | undefined;

/**
 * The graph with every node rewritten or rebuilt, in order.
 * @param known what some values become, whatever makes them
 */
export function rewrite(
  graph: Graph,
  build: Builder,
  rule: Rule,
  known: ReadonlyMap<Value, Value> = new Map(),
): Graph {
  const replaced = new Map(known);
  const current = (value: Value): Value => replaced.get(value) ?? value;
  for (const node of nodesOf(graph)) {
    const inputs = node.inputs.map((input) => input && current(input));
    build.origin = node.origin;
    const outputs = rule(node, inputs) ?? build.rebuild(node, inputs);
    node.outputs.forEach((output, i) => {
      if (!known.has(output)) replaced.set(output, outputs[i]!);
    });
  }
  build.origin = undefined;
  return {
    inputs: graph.inputs,
    outputs: graph.outputs.map(({ port, value }) => ({ port, value: current(value) })),
  };
}

/** The nodes that read each value. */
export function readersOf(graph: Graph): (value: Value) => readonly Node[] {
  const readers = new Map<Value, Node[]>();
  for (const node of nodesOf(graph)) {
    for (const input of new Set(node.inputs)) {
      if (input === undefined) continue;
      const list = readers.get(input);
      if (list === undefined) readers.set(input, [node]);
      else list.push(node);
    }
  }
  return (value) => readers.get(value) ?? [];
}
