import type { HostTensor } from '../../src/compile/step.js';
import { bytesSource } from '../../src/formats/byte-source.js';
import { encodeSafetensors, readSafetensors } from '../../src/formats/safetensors.js';
import { type LazyTensor, lazily, readHostTensors } from '../../src/formats/tensor-file.js';

/** The bytes of a safetensors file. */
export async function safetensorsOf(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Buffer> {
  return encoded(lazily(tensors), metadata);
}

/** The same of tensors that are not there yet. */
export async function encoded(
  tensors: ReadonlyMap<string, LazyTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of encodeSafetensors(tensors, metadata)) pieces.push(piece.slice());
  return Buffer.concat(pieces);
}

/** All that the bytes of a safetensors file hold. */
export async function safetensorsIn(bytes: Uint8Array, path = 'x.safetensors') {
  const file = await readSafetensors(bytesSource(path, bytes));
  return { tensors: await readHostTensors(file), metadata: file.metadata };
}
