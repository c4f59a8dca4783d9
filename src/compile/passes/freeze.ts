/**
 * Inputs whose values are known become constants: onnxruntime lays constant matrices out for its
 * products once, when it loads them, and takes no note of them at a call.
 */
import { type ConstantValues, type Graph, type Node, nodesOf, type Value } from '../graph/graph.js';
import { keyOf, type Port } from '../graph/port.js';
import type { SplitGraph } from './split/split-graph.js';

/** @param valuesOf the values of an input; undefined where it stays one */
export type KnownInputs = (port: Port) => ConstantValues | undefined;

/** The graph, or one that was taken apart, without the inputs that are known. */
export function freeze(graph: Graph | SplitGraph, valuesOf: KnownInputs): Graph | SplitGraph {
  if (!('part' in graph)) return frozen(graph, valuesOf);
  // Each part is handed its rows of these.
  const cut = new Set(graph.pieces.map(({ source }) => keyOf(source)));
  const known: KnownInputs = (port) => (cut.has(keyOf(port)) ? undefined : valuesOf(port));
  return {
    ...graph,
    inputs: graph.inputs.filter(({ port }) => known(port) === undefined),
    before: frozen(graph.before, known),
    part: frozen(graph.part, known),
    after: frozen(graph.after, known),
  };
}

function frozen(graph: Graph, valuesOf: KnownInputs): Graph {
  const replaced = new Map<Value, Value>();
  const inputs = graph.inputs.filter(({ port, value }) => {
    const values = valuesOf(port);
    if (values === undefined) return true;
    replaced.set(value, { ...value, constant: { values } });
    return false;
  });
  const current = (value: Value): Value => replaced.get(value) ?? value;
  for (const node of nodesOf(graph)) {
    const outputs: Value[] = [];
    const copy: Node = {
      ...node,
      inputs: node.inputs.map((input) => input && current(input)),
      outputs,
    };
    for (const output of node.outputs) {
      const value = { ...output, producer: copy };
      outputs.push(value);
      replaced.set(output, value);
    }
  }
  const outputs = graph.outputs.map(({ port, value }) => ({ port, value: current(value) }));
  return { inputs, outputs };
}
