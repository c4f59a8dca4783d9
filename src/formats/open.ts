import { InputError } from '../errors.js';
import { openNpz } from './npz.js';
import { RandomAccessFile } from './random-access-file.js';
import { openSafetensors } from './safetensors-file.js';
import type { TensorFile } from './tensor-file.js';
import { isZip } from './zip.js';

export const checkpointFormats = ['npz', 'safetensors'] as const;

export type CheckpointFormat = (typeof checkpointFormats)[number];

/**
 * Opens a file of named tensors.
 *
 * @param format by default what the file's first bytes say
 * @throws InputError where it is missing, damaged, or not of the format
 */
export async function openTensorFile(path: string, format?: CheckpointFormat): Promise<TensorFile> {
  const file = await RandomAccessFile.open(path);
  let isNpz: boolean;
  try {
    isNpz = isZip(await file.read(0, Math.min(4, file.length)));
  } finally {
    await file.close();
  }
  if (isNpz && format === 'safetensors') {
    throw new InputError(`${path} is a zip archive, as .npz files are, not a safetensors file`);
  }
  if (!isNpz && format === 'npz') {
    throw new InputError(`${path} is not an .npz file: it does not begin as a zip archive does`);
  }
  return isNpz ? openNpz(path) : openSafetensors(path);
}
