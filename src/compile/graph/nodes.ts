/** The values and nodes of a graph under construction: each is there once. */
import {
  type Attribute,
  type Constant,
  type ConstantValues,
  type DType,
  type Node,
  type Origin,
  type Value,
  valuesOf,
} from './graph.js';
import type { Shape } from './shapes.js';

export class Nodes {
  #nextId = 0;
  /** What nodes that are made from now on come of. */
  origin: Origin | undefined;
  /** Nodes, and constants, by all that defines them. */
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
    domain: Node['domain'] = '',
  ): readonly Value[] {
    const key = keyOf(op, inputs, outputs, attributes, domain);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const results: Value[] = [];
    const { origin } = this;
    const whole = { op, domain, inputs: inputs.slice(), attributes, outputs: results };
    const node: Node = origin === undefined ? whole : { ...whole, origin };
    for (const { dtype, shape } of outputs) {
      results.push({ id: this.#nextId++, dtype, shape: shape.slice(), producer: node });
    }
    this.#known.set(key, results);
    return results;
  }

  /** A node with one output. */
  op(
    op: string,
    inputs: readonly (Value | undefined)[],
    output: { readonly dtype: DType; readonly shape: Shape },
    attributes: Readonly<Record<string, Attribute>> = {},
    domain: Node['domain'] = '',
  ): Value {
    return this.node(op, inputs, [output], attributes, domain)[0]!;
  }
}

/** All that defines a node, as one text. */
function keyOf(
  op: string,
  inputs: readonly (Value | undefined)[],
  outputs: readonly { readonly dtype: DType; readonly shape: Shape }[],
  attributes: Readonly<Record<string, Attribute>>,
  domain: Node['domain'],
): string {
  let key = `${domain}${op}(`;
  for (const input of inputs) key += input === undefined ? ',' : `${input.id},`;
  for (const name of Object.keys(attributes).sort()) {
    key += `;${name}=${JSON.stringify(attributes[name])}`;
  }
  for (const { dtype, shape } of outputs) {
    key += `|${dtype}`;
    for (const length of shape) key += ` ${length}`;
  }
  return key;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ConstantValues): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** FNV-1a. */
const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
