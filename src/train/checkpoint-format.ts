/**
 * What a checkpoint is: everything a run needs to continue, as safetensors with a checksum.
 *
 * The tensors are all variables by name (weights, EMA, optimiser moments, counters); the metadata
 * says what the bytes are. Random state needs no place, it follows from the seed and the step.
 */
import type { HostTensor } from '../compile/step.js';
import { InputError } from '../errors.js';
import { bytesSource } from '../formats/byte-source.js';
import { readSafetensors } from '../formats/safetensors.js';
import { readHostTensors } from '../formats/tensor-file.js';

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

/** The SHA-256 of pieces, one after the other, in hexadecimal. */
export type Sha256 = (pieces: readonly Uint8Array[]) => string;

const format = 'mixgan-checkpoint';
const version = 1;
const digestMarker = '"sha256":"';
const blankDigest = '0'.repeat(64);

/**
 * A checkpoint of its bytes, every one of them checked.
 *
 * @param path where they are from, for messages
 * @param wanted.kind refuses a checkpoint of another kind
 * @throws InputError where they are damaged, or not what is wanted
 */
export async function decodeCheckpoint(
  path: string,
  bytes: Uint8Array,
  sha256: Sha256,
  wanted: { readonly kind?: string } = {},
): Promise<LoadedCheckpoint> {
  const file = await readSafetensors(bytesSource(path, bytes));
  verifyChecksum(bytes, path, sha256);
  const { kind, step, config } = readDescription(file.metadata, path);
  if (wanted.kind !== undefined && kind !== wanted.kind) {
    throw new InputError(`${path}: this is a ${kind} checkpoint, a ${wanted.kind} is wanted`);
  }
  return { path, kind, step, config, variables: await readHostTensors(file) };
}

/** With a digest that is still to be filled in. */
export function metadataOf({ kind, step, config }: Omit<Checkpoint, 'variables'>) {
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
export function digestPosition(bytes: Uint8Array): number {
  const marker = indexOf(bytes, digestMarker);
  return marker < 0 ? -1 : marker + digestMarker.length;
}

function verifyChecksum(bytes: Uint8Array, path: string, sha256: Sha256): void {
  const position = digestPosition(bytes);
  if (position < 0) throw notACheckpoint(path);
  const end = position + blankDigest.length;
  const blank = new TextEncoder().encode(blankDigest);
  const computed = sha256([bytes.subarray(0, position), blank, bytes.subarray(end)]);
  if (new TextDecoder('latin1').decode(bytes.subarray(position, end)) === computed) return;
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

/** Where ASCII text begins in bytes, or −1. */
function indexOf(bytes: Uint8Array, text: string): number {
  const wanted = new TextEncoder().encode(text);
  for (let at = bytes.indexOf(wanted[0]!); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}
