/**
 * Checkpoints in files.
 */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { InputError, systemErrorCode } from '../errors.js';
import {
  asOutputError,
  makeFolders,
  readRegularFile,
  removeLeftovers,
  writeFileAtomic,
} from '../files.js';
import { encodeSafetensors } from '../formats/safetensors.js';
import { type HalfTensor, type LazyTensor, lazily } from '../formats/tensor-file.js';
import {
  type Checkpoint,
  decodeCheckpoint,
  digestPosition,
  type LoadedCheckpoint,
  metadataOf,
} from './checkpoint-format.js';

export type { Checkpoint, LoadedCheckpoint };

/**
 * Saves a checkpoint, creating its folder if need be. Whatever happens meanwhile, `path` holds the
 * previous checkpoint or this one, whole. Temporary files that a killed process of this machine left
 * beside it are removed.
 *
 * @throws OutputError where it cannot be written; the previous checkpoint is intact then
 */
export function saveCheckpoint(
  path: string,
  { variables, ...description }: Checkpoint,
): Promise<void> {
  return saveLazyCheckpoint(path, description, lazily(variables));
}

/**
 * As `saveCheckpoint`, for variables that are made one by one while they are written. Those in half
 * precision are loaded as float32, which is what computes.
 *
 * @throws OutputError as there; whatever making a variable throws
 */
export async function saveLazyCheckpoint(
  path: string,
  description: Omit<Checkpoint, 'variables'>,
  variables: ReadonlyMap<string, LazyTensor | HalfTensor>,
): Promise<void> {
  const metadata = metadataOf(description);
  await prepareFolder(dirname(path));
  await writeFileAtomic(path, async (file) => {
    const hash = createHash('sha256');
    let position: number | undefined;
    for await (const bytes of encodeSafetensors(variables, metadata)) {
      position ??= digestPosition(bytes);
      hash.update(bytes);
      await file.writeFile(bytes);
    }
    const digest = Buffer.from(hash.digest('hex'));
    await file.write(digest, 0, digest.length, position);
  });
}

/**
 * Loads a checkpoint, every byte of it checked.
 *
 * @param wanted.kind refuses a checkpoint of another kind
 * @throws InputError where it is missing, damaged, or not what is wanted
 */
export async function loadCheckpoint(
  path: string,
  wanted: { readonly kind?: string } = {},
): Promise<LoadedCheckpoint> {
  return decodeCheckpoint(path, await readCheckpointFile(path), sha256, wanted);
}

function sha256(pieces: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

async function readCheckpointFile(path: string): Promise<Uint8Array> {
  try {
    return await readRegularFile(path);
  } catch (thrown) {
    if (!(thrown instanceof InputError) || systemErrorCode(thrown.cause) !== 'ENOENT') throw thrown;
    throw new InputError(
      `there is no checkpoint at ${path}; the run was stopped before it saved one, or the path is wrong`,
      { cause: thrown },
    );
  }
}

async function prepareFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder);
    await removeLeftovers(folder);
  } catch (thrown) {
    throw asOutputError(thrown, folder);
  }
}
