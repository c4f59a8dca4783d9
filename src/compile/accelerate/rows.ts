/**
 * Rows of tensors in the memory of this process, from which batches are taken without a tensor
 * operation.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CompileError } from '../errors.js';
import type { HostTensor, StepInput } from '../step.js';

/** A tensor's values. Truth values are bytes: 0 and 1. */
export type Rows = StepInput;

/**
 * The values of a tensor, which the `cpu` backend hands out where they are.
 * @throws CompileError when they are no numbers
 */
export function rowsOf(tensor: tf.Tensor, what: string): Rows {
  const { dtype, shape } = tensor;
  if (dtype === 'string' || dtype === 'complex64') {
    throw new CompileError(`accelerate: ${what} is of dtype ${dtype}; it takes numbers`);
  }
  const values = tensor.dataSync();
  if (dtype === 'bool') return { dtype: 'uint8', shape, values: Uint8Array.from(values) };
  // A cast may leave the values in an array of the other type.
  return dtype === 'int32'
    ? { dtype, shape, values: values instanceof Int32Array ? values : Int32Array.from(values) }
    : {
        dtype: 'float32',
        shape,
        values: values instanceof Float32Array ? values : Float32Array.from(values),
      };
}

const sizeOfRow = ({ shape }: Rows): number => tf.util.sizeFromShape([...shape.slice(1)]);

/** The rows of these numbers, one after the other. */
export function takeRows(rows: Rows, numbers: ArrayLike<number>): Rows {
  const size = sizeOfRow(rows);
  const values = rows.values.slice(0, 0).constructor as new (length: number) => Float32Array;
  const taken = new values(numbers.length * size);
  for (let i = 0; i < numbers.length; i++) {
    const start = numbers[i]! * size;
    taken.set(rows.values.subarray(start, start + size) as Float32Array, i * size);
  }
  return { ...rows, shape: [numbers.length, ...rows.shape.slice(1)], values: taken } as Rows;
}

/** The rows from `start` to `end`, where they lie. */
export function sliceRows(rows: Rows, start: number, end: number): Rows {
  const size = sizeOfRow(rows);
  const values = rows.values.subarray(start * size, end * size);
  return { ...rows, shape: [end - start, ...rows.shape.slice(1)], values } as Rows;
}

/** Tensors that follow one another along their first axis, as one. */
export function joinRows(list: readonly HostTensor[]): HostTensor {
  const [first] = list as [HostTensor];
  if (list.length === 1) return first;
  const length = list.reduce((sum, { values }) => sum + values.length, 0);
  const values = first.dtype === 'int32' ? new Int32Array(length) : new Float32Array(length);
  let at = 0;
  for (const part of list) {
    values.set(part.values, at);
    at += part.values.length;
  }
  const rows = list.reduce((sum, { shape }) => sum + shape[0]!, 0);
  return { dtype: first.dtype, shape: [rows, ...first.shape.slice(1)], values } as HostTensor;
}
