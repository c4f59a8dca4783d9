/**
 * What the interpreter's kernels are: operators of ONNX, each as its definition says. They compute in
 * double precision; what they return is rounded once, to the type of the output.
 */
import type { Attribute, DType } from '../../../src/compile/graph/graph.js';
import { type Shape, sizeOf } from '../../../src/compile/graph/shapes.js';

/** Numbers of any type; int64 as doubles, truth values as 0 and 1. */
export type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

export interface Operand {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly values: Numbers;
}

/** A node with what goes into it. An absent optional input is `undefined`. */
export interface Call {
  readonly op: string;
  readonly inputs: readonly Operand[];
  readonly outputs: readonly { readonly dtype: DType; readonly shape: Shape }[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** Gives the numbers of each output. */
export type Kernel = (call: Call) => readonly ArrayLike<number>[];

/** Kernels by operator. */
export type KernelTable = Readonly<Record<string, Kernel>>;

/** Numbers as a type holds them. */
export function numbersAs(dtype: DType, numbers: ArrayLike<number>): Numbers {
  switch (dtype) {
    case 'float32':
      return Float32Array.from(numbers);
    case 'float64':
      return Float64Array.from(numbers);
    case 'int32':
      return Int32Array.from(numbers);
    case 'int64':
      return Float64Array.from(numbers, Math.trunc);
    case 'uint8':
      return Uint8Array.from(numbers);
    case 'bool':
      return Uint8Array.from(numbers, (number) => (number === 0 ? 0 : 1));
  }
}

/** One number for each index of a shape, row by row. */
export function fill(shape: Shape, valueAt: (index: number[]) => number): Float64Array {
  return Float64Array.from({ length: sizeOf(shape) }, (_, at) => valueAt(indexOf(at, shape)));
}

/** The index of the `at`-th element. */
export function indexOf(at: number, shape: Shape): number[] {
  const index = new Array<number>(shape.length);
  let rest = at;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}

/** Which element an index is. */
export const placeOf = (index: readonly number[], shape: Shape): number =>
  shape.reduce((place, length, axis) => place * length + index[axis]!, 0);

export const at = ({ values, shape }: Operand, index: readonly number[]): number =>
  values[placeOf(index, shape)]!;

/** The same where the operand is repeated along axes of length 1, and along leading ones. */
export function broadcastAt(operand: Operand, index: readonly number[]): number {
  const { shape } = operand;
  const missing = index.length - shape.length;
  return at(
    operand,
    shape.map((length, axis) => (length === 1 ? 0 : index[missing + axis]!)),
  );
}

/** An axis as attributes tell it, negative from the end. */
export const axisOf = (attribute: Attribute | undefined, rank: number): number =>
  ((attribute as number) + rank) % rank;

export const floatOf = (attribute: Attribute | undefined, absent: number): number =>
  (attribute as { readonly float: number } | undefined)?.float ?? absent;

/** Every index of the axes in `lengths`, one after the other. */
export const indicesOf = (lengths: Shape): number[][] =>
  Array.from({ length: sizeOf(lengths) }, (_, place) => indexOf(place, lengths));
