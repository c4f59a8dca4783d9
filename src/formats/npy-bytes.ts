/** Arrays of bytes from NPY files, as `mixgan sample` writes them. */
import { elementCount } from '../arrays.js';
import { InputError } from '../errors.js';
import { readFileChecked } from '../files.js';

export interface ByteArray {
  readonly shape: readonly number[];
  readonly values: Uint8Array;
}

const form = /^\{'descr': '\|u1', 'fortran_order': False, 'shape': \((\d[\d, ]*)\), \}\s*$/;

/**
 * @throws InputError where the file is missing, damaged, or holds something else than bytes, row after
 *   row
 */
export async function readNpyBytes(path: string): Promise<ByteArray> {
  const file = await readFileChecked(path);
  const isNpy = file.length >= 10 && file.toString('latin1', 0, 8) === '\x93NUMPY\x01\x00';
  const start = isNpy ? 10 + file.readUInt16LE(8) : 0;
  const header = isNpy ? form.exec(file.toString('latin1', 10, start)) : null;
  if (header === null) {
    throw new InputError(`${path} is no .npy file of bytes; give one that mixgan sample wrote`);
  }
  const shape = header[1]!.split(',').flatMap((part) => (part.trim() === '' ? [] : Number(part)));
  const values = file.subarray(start);
  if (values.length !== elementCount(shape)) {
    throw new InputError(
      `${path} is damaged: its shape [${shape.join(', ')}] takes ${elementCount(shape)} bytes, and it has ${values.length}`,
    );
  }
  return { shape, values };
}
