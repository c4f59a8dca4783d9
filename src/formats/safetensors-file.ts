/**
 * Safetensors files of any origin, read and written one tensor at a time.
 */
import { writeFileAtomic } from '../files.js';
import { RandomAccessFile } from './random-access-file.js';
import {
  encodeHeader,
  headerEnd,
  type LazyTensor,
  lengthBytes,
  readLayout,
  type SafetensorsEntry,
} from './safetensors.js';
import { decodeFloats, type FloatDType, floatBytes, type TensorFile } from './tensor-file.js';

const dtypes: Readonly<Record<string, FloatDType>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
};

const sizes = Object.fromEntries(
  Object.entries(dtypes).map(([stored, dtype]) => [stored, floatBytes[dtype]]),
);

/**
 * Opens a file of F64, F32, F16 and BF16 tensors.
 * @throws InputError where it is missing, damaged, or something else
 */
export async function openSafetensors(path: string): Promise<TensorFile> {
  const file = await RandomAccessFile.open(path);
  try {
    const start = await file.read(0, Math.min(lengthBytes, file.length));
    const header = await file.read(0, headerEnd(start, file.length, path));
    const { entries, metadata } = readLayout(header, file.length, sizes, path);
    const byName = new Map<string, SafetensorsEntry>(entries.map((entry) => [entry.name, entry]));
    return {
      path,
      shapes: new Map(entries.map(({ name, shape }) => [name, shape])),
      metadata,
      read: async (name) => {
        const { dtype, begin, end } = byName.get(name)!;
        return decodeFloats(dtypes[dtype]!, await file.read(begin, end));
      },
      close: () => file.close(),
    };
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

/**
 * Writes a safetensors file, each tensor when its turn comes.
 * @throws OutputError where it cannot be written; nothing is left behind then
 */
export async function writeSafetensorsFile(
  path: string,
  tensors: ReadonlyMap<string, LazyTensor>,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const { header, names } = encodeHeader(tensors, metadata);
  await writeFileAtomic(path, async (file) => {
    await file.writeFile(header);
    for (const name of names) {
      const { buffer, byteOffset, byteLength } = await tensors.get(name)!.read();
      await file.writeFile(new Uint8Array(buffer, byteOffset, byteLength));
    }
  });
}
