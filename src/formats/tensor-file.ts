/**
 * Files of named tensors, read and written one tensor at a time.
 */
import { float32, type HostTensor, int32 } from '../compile/step.js';
import { InputError } from '../errors.js';
import { fromFloat16 } from './float16.js';

/** float64 where the file has it: nothing is lost before the last step of an import. */
export type TensorValues = Float32Array | Float64Array | Int32Array;

/** What a file holds; `read` reads on from its source, while that is open. */
export interface TensorFile {
  readonly path: string;
  /** By name, in the file's order. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Free text that the file carries. */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * The values of a tensor, row-major.
   * @throws InputError where they are damaged
   */
  read(name: string): Promise<TensorValues>;
}

/** A tensor whose values are made when its turn comes: not all are in memory at once. */
export interface LazyTensor {
  readonly dtype: 'float32' | 'float64' | 'int32';
  readonly shape: readonly number[];
  readonly read: () => Promise<TensorValues>;
}

/** A tensor that is written in half precision. */
export interface HalfTensor {
  readonly dtype: 'float16';
  readonly shape: readonly number[];
  /** The bits of its values. */
  readonly read: () => Promise<Uint16Array>;
}

/** Tensors that are there already, for a writer of lazy ones. */
export const lazily = (tensors: ReadonlyMap<string, HostTensor>): Map<string, LazyTensor> =>
  new Map(
    Array.from(tensors, ([name, { dtype, shape, values }]) => [
      name,
      { dtype, shape, read: async () => values },
    ]),
  );

/**
 * All tensors of a file, for a model's variables.
 *
 * @param rename from the names in the file to those of the result
 * @throws InputError where they are damaged, or float64, which no model has
 */
export async function readHostTensors(
  file: TensorFile,
  rename = (name: string): string => name,
): Promise<Map<string, HostTensor>> {
  const tensors = new Map<string, HostTensor>();
  for (const [name, shape] of file.shapes) {
    const values = await file.read(name);
    if (values instanceof Float64Array) {
      throw new InputError(`${file.path}: ${name} is float64, and models of mixgan are float32`);
    }
    const isFloat = values instanceof Float32Array;
    tensors.set(rename(name), isFloat ? float32(shape, values) : int32(shape, values));
  }
  return tensors;
}

/** Bytes of an element, by what files hold. */
export const elementBytes = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int32: 4,
} as const;

export type DType = keyof typeof elementBytes;

/**
 * Little-endian bytes as numbers; half precision becomes float32, which holds all of it.
 *
 * @param bytes whole elements
 */
export function decodeValues(dtype: DType, bytes: Uint8Array): TensorValues {
  // A copy where the bytes do not begin where typed arrays can.
  const aligned = bytes.byteOffset % elementBytes[dtype] === 0 ? bytes : new Uint8Array(bytes);
  const { buffer, byteOffset, byteLength } = aligned;
  const length = byteLength / elementBytes[dtype];
  if (dtype === 'float64') return new Float64Array(buffer, byteOffset, length);
  if (dtype === 'float32') return new Float32Array(buffer, byteOffset, length);
  if (dtype === 'int32') return new Int32Array(buffer, byteOffset, length);
  const halves = new Uint16Array(buffer, byteOffset, length);
  return dtype === 'float16' ? fromFloat16(halves) : fromBfloat16(halves);
}

/** bfloat16 is the upper half of a float32. */
function fromBfloat16(halves: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
}
