/**
 * Bytes that are read piece by piece: of a file, because it may be larger than what should be in
 * memory, or of one that is there already.
 */
import { InputError } from '../errors.js';

export interface ByteSource {
  /** For the errors. */
  readonly path: string;
  /** In bytes. */
  readonly length: number;
  /**
   * The bytes from `begin` to `end`, in a buffer of their own.
   * @throws InputError where the source ends before, or cannot be read
   */
  read(begin: number, end: number): Promise<Uint8Array>;
}

/** A file that was read whole. */
export const bytesSource = (path: string, bytes: Uint8Array): ByteSource => ({
  path,
  length: bytes.length,
  read: async (begin, end) => {
    if (end > bytes.length) throw cutOff(path, end);
    return new Uint8Array(bytes.subarray(begin, end));
  },
});

/** Of a source that ends before the byte `end`. */
export const cutOff = (path: string, end: number): InputError =>
  new InputError(`${path} is cut off: it ends before byte ${end}`);
