/** Graphs cut out of others. */
import type { Builder } from '../graph/builder.js';
import { countUses, type Graph, type Value } from '../graph/graph.js';
import { type Rule, rewrite } from './rewrite.js';

/** The graph with values replaced by inputs, and without inputs that it does not read. */
export function withPorts(graph: Graph, ports: ReadonlyMap<Value, Value>, build: Builder): Graph {
  const asItStands: Rule = (node, inputs) =>
    inputs.every((input, i) => input === node.inputs[i])
      ? node.outputs
      : build.node(node.op, inputs, node.outputs, node.attributes, node.domain);
  const { inputs, outputs } = rewrite(graph, build, asItStands, ports);
  const uses = countUses({ outputs });
  return { inputs: inputs.filter(({ value }) => uses.has(value)), outputs };
}
