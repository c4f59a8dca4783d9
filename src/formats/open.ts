import { InputError } from '../errors.js';
import type { ByteSource } from './byte-source.js';
import { readNpz } from './npz.js';
import { RandomAccessFile } from './random-access-file.js';
import { readSafetensors } from './safetensors.js';
import type { TensorFile } from './tensor-file.js';
import { isZip } from './zip.js';

export const tensorFileFormats = ['npz', 'safetensors'] as const;

export type TensorFileFormat = (typeof tensorFileFormats)[number];

const readers = { npz: readNpz, safetensors: readSafetensors } as const;

/**
 * Opens a file of named tensors for as long as `use` takes.
 *
 * @param format by default what the file's first bytes say
 * @throws InputError where it is missing, damaged, or not of the format
 */
export function withTensorFile<T>(
  path: string,
  use: (file: TensorFile) => Promise<T>,
  format?: TensorFileFormat,
): Promise<T> {
  return RandomAccessFile.use(path, async (source) => {
    const found = await formatOf(source);
    if (format !== undefined && found !== format) {
      throw new InputError(
        found === 'npz'
          ? `${path} is a zip archive, as .npz files are, not a safetensors file`
          : `${path} is not an .npz file: it does not begin as a zip archive does`,
      );
    }
    return use(await readers[found](source));
  });
}

/** What a file of tensors is, by its first bytes. */
export const formatOf = async (source: ByteSource): Promise<TensorFileFormat> =>
  isZip(await source.read(0, Math.min(4, source.length))) ? 'npz' : 'safetensors';
