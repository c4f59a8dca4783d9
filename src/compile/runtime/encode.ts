/**
 * Graphs as ONNX model files (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
 */
import { PbfWriter } from 'pbf';
import {
  type Attribute,
  type DType,
  type NamedGraph,
  type Node,
  nodesOf,
  onnxTypes,
  type Value,
  valuesOf,
} from '../graph/graph.js';
import { type Shape, sizeOf } from '../graph/shapes.js';

/** The operator set that the lowerings are written for. */
const opset = 20;
const irVersion = 9;

/** Repeated values longer than this are expanded when the model runs, not stored. */
const largestStoredSplat = 256;

/** An axis of an input or output that may have any length, by name. */
export type DimensionName = string;

export interface EncodeOptions {
  readonly name: string;
  /** Lengths of axes, by input or output and axis, that the model leaves open. */
  /** Whether nodes have names, which tell what they come of. */
  readonly named?: boolean;
  readonly dynamicAxes?: Readonly<Record<string, Readonly<Record<number, DimensionName>>>>;
}

/**
 * The bytes of an ONNX model that computes `graph`. An input that is a constant is not an input of
 * the model, but an initializer by its name.
 */
export function encodeOnnx(
  graph: NamedGraph,
  { name, named = false, dynamicAxes = {} }: EncodeOptions,
): Uint8Array {
  const names = new Map<Value, string>();
  const nodes = nodesOf(graph);
  const initializers: { name: string; value: Value }[] = [];
  for (const port of graph.inputs) {
    names.set(port.value, port.name);
    if (port.value.constant !== undefined) initializers.push(port);
  }
  // What a node makes for an output is made under the output's name, once.
  const others = graph.outputs.filter(({ name: output, value }) => {
    if (value.producer === undefined || names.has(value)) return true;
    names.set(value, output);
    return false;
  });
  const written: NodeText[] = [];

  const constant = (value: Value): string => {
    const id = `c${value.id}`;
    const splat = value.constant !== undefined && 'splat' in value.constant;
    if (splat && sizeOf(value.shape) > largestStoredSplat) {
      const one = { ...value, shape: [] };
      const shape = BigInt64Array.from(value.shape, BigInt);
      initializers.push({ name: `${id}/value`, value: one });
      initializers.push({
        name: `${id}/shape`,
        value: { id: -1, dtype: 'int64', shape: [shape.length], constant: { values: shape } },
      });
      const inputs = [`${id}/value`, `${id}/shape`];
      written.push({ op: 'Expand', domain: '', inputs, outputs: [id], attributes: {} });
    } else {
      initializers.push({ name: id, value });
    }
    return id;
  };
  const nameOf = (value: Value | undefined): string => {
    if (value === undefined) return '';
    let known = names.get(value);
    if (known === undefined) {
      known = value.constant === undefined ? `v${value.id}` : constant(value);
      names.set(value, known);
    }
    return known;
  };

  nodes.forEach((node, i) => {
    const { origin } = node;
    const label = named && origin !== undefined ? { label: `${origin}.${i}` } : {};
    written.push({ ...textOf(node, nameOf), ...label });
  });
  for (const { name: output, value } of others) {
    written.push({
      op: 'Identity',
      domain: '',
      inputs: [nameOf(value)],
      outputs: [output],
      attributes: {},
    });
  }

  const pbf = new PbfWriter();
  pbf.writeVarintField(1, irVersion);
  pbf.writeStringField(2, 'mixgan');
  pbf.writeMessage(
    7,
    (_, writer) => {
      for (const node of written) writer.writeMessage(1, writeNode, node);
      writer.writeStringField(2, name);
      for (const initializer of initializers) writer.writeMessage(5, writeTensor, initializer);
      const info = ({ name: port, value }: { name: string; value: Value }) => ({
        name: port,
        dtype: value.dtype,
        shape: value.shape.map((length, axis) => dynamicAxes[port]?.[axis] ?? length),
      });
      for (const port of graph.inputs) {
        if (port.value.constant === undefined) writer.writeMessage(11, writeValueInfo, info(port));
      }
      for (const port of graph.outputs) writer.writeMessage(12, writeValueInfo, info(port));
    },
    undefined,
  );
  for (const [domain, version] of [
    ['', opset],
    ['com.microsoft', 1],
    ['com.microsoft.nchwc', 1],
  ] as const) {
    if (domain !== '' && !written.some((node) => node.domain === domain)) continue;
    pbf.writeMessage(
      8,
      (_, writer) => {
        writer.writeStringField(1, domain);
        writer.writeVarintField(2, version);
      },
      undefined,
    );
  }
  return pbf.finish();
}

/** A node with names in place of values. */
interface NodeText {
  /** Its name, if it has one. */
  readonly label?: string;
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

function textOf(node: Node, nameOf: (value: Value | undefined) => string): NodeText {
  return {
    op: node.op,
    domain: node.domain,
    inputs: node.inputs.map(nameOf),
    outputs: node.outputs.map(nameOf),
    attributes: node.attributes,
  };
}

function writeNode(node: NodeText, pbf: PbfWriter): void {
  for (const input of node.inputs) pbf.writeStringField(1, input);
  for (const output of node.outputs) pbf.writeStringField(2, output);
  if (node.label !== undefined) pbf.writeStringField(3, node.label);
  pbf.writeStringField(4, node.op);
  for (const [name, value] of Object.entries(node.attributes)) {
    pbf.writeMessage(5, writeAttribute, { name, value });
  }
  if (node.domain !== '') pbf.writeStringField(7, node.domain);
}

function writeAttribute({ name, value }: { name: string; value: Attribute }, pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  if (typeof value === 'number') {
    pbf.writeVarintField(3, value);
    pbf.writeVarintField(20, 2);
  } else if (typeof value === 'string') {
    pbf.writeBytesField(4, new TextEncoder().encode(value));
    pbf.writeVarintField(20, 3);
  } else if ('float' in value) {
    pbf.writeFloatField(2, value.float);
    pbf.writeVarintField(20, 1);
  } else if ('floats' in value) {
    for (const item of value.floats) pbf.writeFloatField(7, item);
    pbf.writeVarintField(20, 6);
  } else {
    for (const item of value) pbf.writeVarintField(8, item);
    pbf.writeVarintField(20, 7);
  }
}

function writeTensor({ name, value }: { name: string; value: Value }, pbf: PbfWriter): void {
  for (const length of value.shape) pbf.writeVarintField(1, length);
  pbf.writeVarintField(2, onnxTypes[value.dtype]);
  pbf.writeStringField(8, name);
  const constant = value.constant!;
  const values =
    'values' in constant
      ? constant.values
      : valuesOf(value.dtype, new Array<number>(sizeOf(value.shape)).fill(constant.splat));
  pbf.writeBytesField(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

interface ValueInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (Shape[number] | DimensionName)[];
}

function writeValueInfo({ name, dtype, shape }: ValueInfo, pbf: PbfWriter): void {
  const writeDimension = (dimension: number | string, writer: PbfWriter): void => {
    if (typeof dimension === 'number') writer.writeVarintField(1, dimension);
    else writer.writeStringField(2, dimension);
  };
  const writeShape = (_: unknown, writer: PbfWriter): void => {
    for (const dimension of shape) writer.writeMessage(1, writeDimension, dimension);
  };
  const writeTensorType = (_: unknown, writer: PbfWriter): void => {
    writer.writeVarintField(1, onnxTypes[dtype]);
    writer.writeMessage(2, writeShape, undefined);
  };
  const writeType = (_: unknown, writer: PbfWriter): void => {
    writer.writeMessage(1, writeTensorType, undefined);
  };
  pbf.writeStringField(1, name);
  pbf.writeMessage(2, writeType, undefined);
}
