/**
 * What a step makes of variables alone is made once, not at every call, where the step changes no
 * variable: factors taken into weights, statistics of batch normalisation, filters put into blocks.
 */
import type { Builder } from '../graph/builder.js';
import { type Graph, nodesOf, type PortValue, type Value } from '../graph/graph.js';
import { sizeOf } from '../graph/shapes.js';
import { withPorts } from './ports.js';

/** What is kept between calls may take so much memory, 64 MB. */
const mostElements = 2 ** 24;

export interface PreparedGraph {
  /** Makes what is kept, of variables. */
  readonly prepare: Graph;
  /** The step, which takes what is kept as inputs. */
  readonly graph: Graph;
}

export const changesState = ({ outputs }: Graph): boolean =>
  outputs.some(({ port }) => port.kind === 'state');

/** The graph, which changes no state, in two; undefined where there is nothing to prepare. */
export function prepareState(graph: Graph, build: Builder): PreparedGraph | undefined {
  const ofState = new Set<Value>();
  for (const { port, value } of graph.inputs) if (port.kind === 'state') ofState.add(value);
  const read = new Set<Value>();
  for (const { inputs, outputs } of nodesOf(graph)) {
    const given = inputs.filter((input) => input !== undefined && !input.constant) as Value[];
    if (given.length > 0 && given.every((input) => ofState.has(input))) {
      for (const output of outputs) ofState.add(output);
    } else {
      for (const input of given) if (ofState.has(input) && input.producer) read.add(input);
    }
  }
  // A graph's output is made in the graph: it is nobody's to keep.
  for (const { value } of graph.outputs) if (ofState.has(value)) return undefined;
  const elements = [...read].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (read.size === 0 || elements > mostElements) return undefined;
  const outputs = Array.from(
    read,
    (value, index): PortValue => ({ port: { kind: 'prepared', index }, value }),
  );
  const inputs = outputs.map(({ port, value }) => ({
    port,
    value: build.input(value.dtype, value.shape),
  }));
  const replaced = new Map(outputs.map(({ value }, i) => [value, inputs[i]!.value]));
  return {
    prepare: withPorts({ inputs: graph.inputs, outputs }, new Map(), build),
    graph: withPorts({ ...graph, inputs: [...graph.inputs, ...inputs] }, replaced, build),
  };
}
