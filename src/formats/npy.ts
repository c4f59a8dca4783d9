/**
 * Arrays for NumPy: the NPY format, version 1.0
 * (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
 */
import { endianness } from 'node:os';
import { elementCount } from '../arrays.js';
import { writeFileAtomic } from '../files.js';
import type { TensorValues } from './tensor-file.js';

/** The values start at a multiple of this many bytes, so that they can be mapped into memory. */
const alignment = 64;

/**
 * The bytes of an NPY file: uint8, int32, float32 or float64, row-major.
 *
 * @param shape of the values; [] is a scalar
 * @throws RangeError where the shape is not that of `values`
 */
export function encodeNpy(values: Uint8Array | TensorValues, shape: readonly number[]): Uint8Array {
  if (elementCount(shape) !== values.length) {
    throw new RangeError(`${values.length} values do not have the shape [${shape.join(', ')}]`);
  }
  const byteOrder = endianness() === 'LE' ? '<' : '>';
  const kind = values instanceof Int32Array ? 'i' : 'f';
  const descr =
    values instanceof Uint8Array ? '|u1' : `${byteOrder}${kind}${values.BYTES_PER_ELEMENT}`;
  // Python writes a tuple of one with a comma.
  const tuple = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  const fields = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;

  const prefix = 10;
  const start = Math.ceil((prefix + fields.length + 1) / alignment) * alignment;
  const file = Buffer.alloc(start + values.byteLength);
  file.write('\x93NUMPY\x01\x00', 'latin1');
  file.writeUInt16LE(start - prefix, 8);
  file.write(`${fields.padEnd(start - prefix - 1)}\n`, prefix, 'latin1');
  file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), start);
  return file;
}

/**
 * Writes an NPY file.
 *
 * @throws OutputError where it cannot be written
 */
export async function writeNpy(
  path: string,
  values: Uint8Array | Float32Array,
  shape: readonly number[],
): Promise<void> {
  await writeFileAtomic(path, encodeNpy(values, shape));
}
