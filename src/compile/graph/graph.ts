/**
 * The graph that a traced step becomes: typed values, and nodes in the vocabulary of ONNX.
 */

import type { Port } from './port.js';
import { type Shape, sizeOf } from './shapes.js';

/**
 * `uint8` are bytes on their way in: a step sees them as `int32`. `float64` only lives within a graph,
 * where places are computed that rounding must not move.
 */
export type DType = 'float32' | 'float64' | 'int32' | 'int64' | 'uint8' | 'bool';

/** The element types' numbers in ONNX. */
export const onnxTypes: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
};

/** Values known while compiling; bool as 0 and 1. */
export type ConstantValues = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/**
 * A constant: all its values, or one value repeated over its whole shape, which takes no memory.
 */
export type Constant = { readonly values: ConstantValues } | { readonly splat: number };

/** One tensor of the graph. */
export interface Value {
  readonly id: number;
  readonly dtype: DType;
  readonly shape: Shape;
  /** Present when the value is known while compiling. */
  readonly constant?: Constant;
  /** The node whose output it is; absent for constants and inputs of the graph. */
  readonly producer?: Node;
}

export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] };

/**
 * Whose operators they are: ONNX's own (empty), onnxruntime's, those that it has for images in blocks
 * of channels, and ours, which passes put into terms of the others.
 */
export type Domain = '' | 'com.microsoft' | 'com.microsoft.nchwc' | 'mixgan';

/** One operation. */
export interface Node {
  readonly op: string;
  readonly domain: Domain;
  /** An absent optional input is `undefined`. */
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputs: readonly Value[];
  /** What it came of: the name of a TensorFlow.js kernel, and which of its calls. */
  readonly origin?: Origin;
}

/** The how manieth call of a kernel, from 1. */
export type Origin = `${string}@${number}`;

/** An input or output of a graph. */
export interface PortValue {
  readonly port: Port;
  readonly value: Value;
}

/** A computation. Node order follows from the values: each node comes after what it reads. */
export interface Graph {
  readonly inputs: readonly PortValue[];
  readonly outputs: readonly PortValue[];
}

export interface NamedValue {
  readonly name: string;
  readonly value: Value;
}

/** A computation whose ends have names, as a model file's have. */
export interface NamedGraph {
  readonly inputs: readonly NamedValue[];
  readonly outputs: readonly NamedValue[];
}

/** All that tells the nodes of a graph. */
interface Computed {
  readonly outputs: readonly { readonly value: Value }[];
}

/** Each pass over a graph asks for its nodes several times. */
const nodesOfGraphs = new WeakMap<Computed, readonly Node[]>();

/** The nodes that the outputs need, each after those whose values it reads. */
export function nodesOf(graph: Computed): readonly Node[] {
  const known = nodesOfGraphs.get(graph);
  if (known !== undefined) return known;
  const nodes = sortedNodesOf(graph);
  nodesOfGraphs.set(graph, nodes);
  return nodes;
}

function sortedNodesOf(graph: Computed): readonly Node[] {
  const sorted: Node[] = [];
  const visited = new Set<Node>();
  // An explicit stack: a training step is thousands of nodes deep.
  const stack: { node: Node; next: number }[] = [];
  const visit = (value: Value | undefined): void => {
    const node = value?.producer;
    if (node === undefined || visited.has(node)) return;
    visited.add(node);
    stack.push({ node, next: 0 });
  };
  for (const { value } of graph.outputs) {
    visit(value);
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      if (top.next < top.node.inputs.length) {
        visit(top.node.inputs[top.next++]);
      } else {
        sorted.push(top.node);
        stack.pop();
      }
    }
  }
  return sorted;
}

/** How often each value is read, by nodes and as an output of the graph. */
export function countUses(graph: Computed): Map<Value, number> {
  const uses = new Map<Value, number>();
  const count = (value: Value | undefined): void => {
    if (value !== undefined) uses.set(value, (uses.get(value) ?? 0) + 1);
  };
  for (const node of nodesOf(graph)) node.inputs.forEach(count);
  for (const { value } of graph.outputs) count(value);
  return uses;
}

/** The one number that a constant repeats, if it does. */
export function splatOf(value: Value): number | undefined {
  const { constant } = value;
  if (constant === undefined) return undefined;
  if ('splat' in constant) return constant.splat;
  const [first] = constant.values;
  if (first === undefined || constant.values.length > 64) return undefined;
  return constant.values.every((other: number | bigint) => Object.is(other, first))
    ? Number(first)
    : undefined;
}

/** All values of a constant as numbers; `undefined` when the value is not a constant. */
export function numbersOf(value: Value): number[] | undefined {
  const { constant } = value;
  if (constant === undefined) return undefined;
  if ('splat' in constant) return new Array<number>(sizeOf(value.shape)).fill(constant.splat);
  return Array.from(constant.values, Number);
}

/** Values of a dtype from numbers. */
export function valuesOf(dtype: DType, numbers: readonly number[]): ConstantValues {
  switch (dtype) {
    case 'float32':
      return Float32Array.from(numbers);
    case 'float64':
      return Float64Array.from(numbers);
    case 'int32':
      return Int32Array.from(numbers);
    case 'int64':
      return BigInt64Array.from(numbers, BigInt);
    case 'uint8':
      return Uint8Array.from(numbers);
    case 'bool':
      return Uint8Array.from(numbers, (number) => (number === 0 ? 0 : 1));
  }
}
