/**
 * A graph as what an onnxruntime of any kind loads.
 */
import type { DType, Graph, NamedValue, PortValue } from '../graph/graph.js';
import { keyOf } from '../graph/port.js';
import type { Shape } from '../graph/shapes.js';
import { encodeOnnx } from './encode.js';

/** An input or output of a model. */
export interface Terminal {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** What a session is made of; it can be sent to a worker. */
export interface Model {
  readonly bytes: Uint8Array;
  readonly inputs: readonly Terminal[];
  readonly outputs: readonly Terminal[];
}

/** A graph as a model. */
export function modelOf(graph: Graph): Model {
  // What goes in and what comes out may be the same port.
  const named = (prefix: string, list: readonly PortValue[]): NamedValue[] =>
    list.map(({ port, value }) => ({ name: `${prefix}/${keyOf(port)}`, value }));
  const terminals = (list: readonly NamedValue[]): Terminal[] =>
    list.map(({ name, value: { dtype, shape } }) => ({ name, dtype, shape }));
  const inputs = named('in', graph.inputs);
  const outputs = named('out', graph.outputs);
  return {
    bytes: encodeOnnx({ inputs, outputs }, { name: 'step', named: true }),
    inputs: terminals(inputs),
    outputs: terminals(outputs),
  };
}
