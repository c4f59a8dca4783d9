/**
 * Files of named tensors, read one tensor at a time.
 */

/** float64 where the file has it: nothing is lost before the last step of an import. */
export type TensorValues = Float32Array | Float64Array;

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
  close(): Promise<void>;
}

export const floatDTypes = ['float64', 'float32', 'float16', 'bfloat16'] as const;

export type FloatDType = (typeof floatDTypes)[number];

export const floatBytes = { float64: 8, float32: 4, float16: 2, bfloat16: 2 } as const;

/**
 * Little-endian bytes as numbers; half precision becomes float32, which holds all of it.
 *
 * @param bytes whole elements
 */
export function decodeFloats(dtype: FloatDType, bytes: Uint8Array): TensorValues {
  // A copy where the bytes do not begin where typed arrays can.
  const aligned = bytes.byteOffset % floatBytes[dtype] === 0 ? bytes : new Uint8Array(bytes);
  const { buffer, byteOffset, byteLength } = aligned;
  const length = byteLength / floatBytes[dtype];
  if (dtype === 'float64') return new Float64Array(buffer, byteOffset, length);
  if (dtype === 'float32') return new Float32Array(buffer, byteOffset, length);
  const halves = new Uint16Array(buffer, byteOffset, length);
  return dtype === 'float16' ? fromFloat16(halves) : fromBfloat16(halves);
}

/** bfloat16 is the upper half of a float32. */
function fromBfloat16(halves: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
}

/** IEEE 754 binary16: a sign, 5 bits of exponent with bias 15, 10 bits of fraction. */
function fromFloat16(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}
