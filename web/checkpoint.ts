/**
 * Checkpoints of a page: the bytes are those of `checkpoint/latest.safetensors` in a run's folder.
 */
import { encodeSafetensors } from '../src/formats/safetensors.js';
import { sha256 } from '../src/formats/sha256.js';
import { lazily } from '../src/formats/tensor-file.js';
import {
  type Checkpoint,
  decodeCheckpoint,
  digestPosition,
  type LoadedCheckpoint,
  metadataOf,
} from '../src/train/checkpoint-format.js';

/** A checkpoint as a file to download. */
export async function checkpointBlob({ variables, ...description }: Checkpoint): Promise<Blob> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const bytes of encodeSafetensors(lazily(variables), metadataOf(description))) {
    // A copy: the values may be those of variables that training goes on with.
    pieces.push(new Uint8Array(bytes));
  }
  const header = pieces[0]!;
  header.set(new TextEncoder().encode(sha256(pieces)), digestPosition(header));
  return new Blob(pieces, { type: 'application/octet-stream' });
}

/**
 * A checkpoint of a file that a visitor chose, every byte of it checked.
 *
 * @param name of the file, for messages
 * @param wanted.kind refuses a checkpoint of another kind: `gan`, `classifier`
 * @throws InputError where it is damaged, or not what is wanted
 */
export async function readCheckpoint(
  file: Blob,
  name: string,
  wanted: { readonly kind?: string } = {},
): Promise<LoadedCheckpoint> {
  return decodeCheckpoint(name, new Uint8Array(await file.arrayBuffer()), sha256, wanted);
}
