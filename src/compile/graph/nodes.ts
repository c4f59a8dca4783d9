/** The values and nodes of a graph under construction: each is there once. */
import {
  type Attribute,
  type Constant,
  type ConstantValues,
  type Domain,
  type DType,
  type Node,
  type Origin,
  type Value,
  valuesOf,
} from './graph.js';
import { type Shape, sameShape } from './shapes.js';

export class Nodes {
  #nextId = 0;
  /** What nodes that are made from now on come of. */
  origin: Origin | undefined;
  /** Nodes by the hash of all that defines them. */
  readonly #nodes = new Map<number, Made[]>();
  /** Constants of several values, by a hash of those. */
  readonly #known = new Map<string, readonly Value[]>();
  readonly #constants = new Map<string, Value>();

  /** A value that is not known before the graph runs. */
  input(dtype: DType, shape: Shape): Value {
    return { id: this.#nextId++, dtype, shape: [...shape] };
  }

  /** A constant with its values. */
  constant(dtype: DType, shape: Shape, numbers: readonly number[]): Value {
    const first = numbers[0];
    if (first !== undefined && numbers.every((number) => Object.is(number, first))) {
      return this.splat(dtype, shape, first);
    }
    return this.constantOf(dtype, shape, { values: valuesOf(dtype, numbers) });
  }

  constantOf(dtype: DType, shape: Shape, constant: Constant): Value {
    if ('splat' in constant) return this.splat(dtype, shape, constant.splat);
    const bytes = bytesOf(constant.values);
    const key = `${dtype}[${shape}]#${hashOf(bytes)}`;
    const alike = this.#known.get(key) ?? [];
    const known = alike.find((other) => {
      const { values } = other.constant as { readonly values: ConstantValues };
      return isSame(bytesOf(values), bytes);
    });
    if (known !== undefined) return known;
    const value = { id: this.#nextId++, dtype, shape: [...shape], constant };
    this.#known.set(key, [...alike, value]);
    return value;
  }

  /** A constant with the same value everywhere. */
  splat(dtype: DType, shape: Shape, value: number): Value {
    const rounded = dtype === 'float32' ? Math.fround(value) : value;
    const key = `${dtype}[${shape}]${Object.is(rounded, -0) ? '-0' : rounded}`;
    let known = this.#constants.get(key);
    if (known === undefined) {
      known = { id: this.#nextId++, dtype, shape: [...shape], constant: { splat: rounded } };
      this.#constants.set(key, known);
    }
    return known;
  }

  scalar(value: number): Value {
    return this.splat('float32', [], value);
  }

  /** A vector of int64, as ONNX wants for shapes and axes. */
  int64s(numbers: readonly number[]): Value {
    const key = `int64s:${numbers}`;
    let known = this.#constants.get(key);
    if (known === undefined) {
      const values = BigInt64Array.from(numbers, BigInt);
      known = { id: this.#nextId++, dtype: 'int64', shape: [numbers.length], constant: { values } };
      this.#constants.set(key, known);
    }
    return known;
  }

  /** Adds a node, or finds the equal one that is there. The caller knows the outputs' types. */
  node(
    op: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly { readonly dtype: DType; readonly shape: Shape }[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain: Domain = '',
  ): readonly Value[] {
    const settings = textOf(attributes);
    const hash = hashOfNode(op, inputs, outputs);
    let alike = this.#nodes.get(hash);
    if (alike === undefined) {
      alike = [];
      this.#nodes.set(hash, alike);
    }
    for (const { node, settings: own } of alike) {
      if (own !== settings || node.op !== op || node.domain !== domain) continue;
      if (sameValues(node.inputs, inputs) && sameTypes(node.outputs, outputs)) return node.outputs;
    }
    const results: Value[] = [];
    const { origin } = this;
    const whole = { op, domain, inputs: inputs.slice(), attributes, outputs: results };
    const node: Node = origin === undefined ? whole : { ...whole, origin };
    for (const { dtype, shape } of outputs) {
      results.push({ id: this.#nextId++, dtype, shape: shape.slice(), producer: node });
    }
    alike.push({ node, settings });
    return results;
  }

  /** A node with one output. */
  op(
    op: string,
    inputs: readonly (Value | undefined)[],
    output: { readonly dtype: DType; readonly shape: Shape },
    attributes: Readonly<Record<string, Attribute>> = {},
    domain: Domain = '',
  ): Value {
    return this.node(op, inputs, [output], attributes, domain)[0]!;
  }
}

/** A node, and its attributes as one text. */
interface Made {
  readonly node: Node;
  readonly settings: string;
}

interface Type {
  readonly dtype: DType;
  readonly shape: Shape;
}

function textOf(attributes: Readonly<Record<string, Attribute>>): string {
  let text = '';
  for (const name of Object.keys(attributes).sort()) {
    text += `${name}=${JSON.stringify(attributes[name])};`;
  }
  return text;
}

/** Of the most that defines a node. As a text it would take longer to make than to look up. */
function hashOfNode(
  op: string,
  inputs: readonly (Value | undefined)[],
  outputs: readonly Type[],
): number {
  let hash = op.length;
  for (let i = 0; i < op.length; i++) hash = mixed(hash, op.charCodeAt(i));
  for (const input of inputs) hash = mixed(hash, input === undefined ? -1 : input.id);
  for (const { shape } of outputs) for (const length of shape) hash = mixed(hash, length);
  return hash;
}

function mixed(hash: number, number: number): number {
  const product = Math.imul(hash ^ number, 0x9e3779b1);
  return product ^ (product >>> 15);
}

function sameValues(a: readonly (Value | undefined)[], b: readonly (Value | undefined)[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function sameTypes(a: readonly Type[], b: readonly Type[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i]!.dtype !== b[i]!.dtype || !sameShape(a[i]!.shape, b[i]!.shape)) return false;
  }
  return true;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ConstantValues): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

/** FNV-1a. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
