/**
 * A checkpoint: everything a run needs to continue, in one safetensors file with a checksum.
 *
 * The tensors are all variables by name (weights, EMA, optimiser moments, counters); the metadata
 * says what the file is. Random state needs no place, it follows from the seed and the step.
 */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { HostTensor } from '../compile/step.js';
import { InputError, systemErrorCode } from '../errors.js';
import {
  asOutputError,
  makeFolders,
  readRegularFile,
  removeLeftovers,
  writeFileAtomic,
} from '../files.js';
import { bytesSource } from '../formats/byte-source.js';
import { encodeSafetensors, readSafetensors } from '../formats/safetensors.js';
import { type LazyTensor, lazily, readHostTensors } from '../formats/tensor-file.js';

export interface Checkpoint {
  /** The family of the model. */
  readonly kind: string;
  /** How many steps were taken. */
  readonly step: number;
  /** The configuration the model was built from: any JSON value. */
  readonly config: unknown;
  readonly variables: ReadonlyMap<string, HostTensor>;
}

export interface LoadedCheckpoint extends Checkpoint {
  readonly path: string;
}

const format = 'mixgan-checkpoint';
const version = 1;
const digestMarker = '"sha256":"';
const blankDigest = '0'.repeat(64);

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
 * As `saveCheckpoint`, for variables that are made one by one while they are written.
 *
 * @throws OutputError as there; whatever making a variable throws
 */
export async function saveLazyCheckpoint(
  path: string,
  description: Omit<Checkpoint, 'variables'>,
  variables: ReadonlyMap<string, LazyTensor>,
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
  const bytes = await readCheckpointFile(path);
  const file = await readSafetensors(bytesSource(path, bytes));
  verifyChecksum(bytes, path);
  const { kind, step, config } = readDescription(file.metadata, path);
  if (wanted.kind !== undefined && kind !== wanted.kind) {
    throw new InputError(`${path}: this is a ${kind} checkpoint, a ${wanted.kind} is wanted`);
  }
  return { path, kind, step, config, variables: await readHostTensors(file) };
}

/** With a digest that is still to be filled in. */
function metadataOf({ kind, step, config }: Omit<Checkpoint, 'variables'>) {
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new RangeError(`a step is an integer from 0, not ${step}`);
  }
  return {
    sha256: blankDigest,
    format,
    version: String(version),
    kind,
    step: String(step),
    config: JSON.stringify(config ?? null),
  };
}

/**
 * Where the hexadecimal digest stands, or −1. Inside a JSON string the marker's quotes would be
 * escaped, so nothing else in the header can look like it.
 */
function digestPosition(bytes: Uint8Array): number {
  const marker = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(
    digestMarker,
  );
  return marker < 0 ? -1 : marker + digestMarker.length;
}

/** The SHA-256 of the whole file, with the digest itself replaced by zeros. */
function digestOf(bytes: Uint8Array): string {
  const position = digestPosition(bytes);
  return createHash('sha256')
    .update(bytes.subarray(0, position))
    .update(blankDigest)
    .update(bytes.subarray(position + blankDigest.length))
    .digest('hex');
}

function verifyChecksum(bytes: Uint8Array, path: string): void {
  const position = digestPosition(bytes);
  if (position < 0) throw notACheckpoint(path);
  const stored = Buffer.from(bytes.subarray(position, position + blankDigest.length));
  if (stored.toString('latin1') === digestOf(bytes)) return;
  throw new InputError(
    `${path} is damaged: its checksum does not match; restore a copy, or start a new run`,
  );
}

function readDescription(
  metadata: Readonly<Record<string, string>>,
  path: string,
): Pick<Checkpoint, 'kind' | 'step' | 'config'> {
  if (metadata.format !== format) throw notACheckpoint(path);
  if (metadata.version !== String(version)) {
    throw new InputError(
      `${path} is a checkpoint of version ${metadata.version}, this mixgan reads version ${version}`,
    );
  }
  const { kind, step, config } = metadata;
  if (kind === undefined || step === undefined || !/^\d+$/.test(step) || config === undefined) {
    throw notACheckpoint(path);
  }
  return { kind, step: Number(step), config: parseConfigText(config, path) };
}

function parseConfigText(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${path} is damaged: its configuration is not JSON`, { cause });
  }
}

const notACheckpoint = (path: string): InputError =>
  new InputError(`${path} is not a checkpoint of mixgan; give one that training saved`);

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
