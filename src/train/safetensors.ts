/**
 * The safetensors container (https://github.com/huggingface/safetensors#format): an 8-byte
 * little-endian header length, a JSON header that gives every tensor's dtype, shape and byte
 * range, then the values, row-major and little-endian, without gaps.
 */
import type { HostTensor } from '../engine/engine.js';
import { InputError } from '../errors.js';

/** A tensor as the container holds it: a host tensor, or bytes. */
export type StoredTensor =
  | HostTensor
  | { readonly dtype: 'uint8'; readonly shape: readonly number[]; readonly values: Uint8Array };

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Free text by key, kept in the header under `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Where one tensor lies; `begin` and `end` count bytes from the start of the data. */
interface Entry {
  readonly name: string;
  readonly dtype: StoredTensor['dtype'];
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const metadataKey = '__metadata__';
const lengthBytes = 8;
/** The reference implementation refuses longer headers. */
const maxHeaderBytes = 100_000_000;
const storedNames = { float32: 'F32', int32: 'I32', uint8: 'U8' } as const;
const elementBytes = { float32: 4, int32: 4, uint8: 1 } as const;

/**
 * The bytes of a safetensors file. Four-byte types come before single bytes and the header is
 * padded with spaces, so every tensor is aligned; otherwise the order of the map is kept.
 */
export function encodeSafetensors({ tensors, metadata }: Safetensors): Uint8Array {
  const ordered = [...tensors].sort(
    ([, a], [, b]) => elementBytes[b.dtype] - elementBytes[a.dtype],
  );
  const header: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) header.push([metadataKey, metadata]);
  let dataLength = 0;
  for (const [name, tensor] of ordered) {
    checkEncodable(name, tensor);
    const begin = dataLength;
    dataLength += tensor.values.byteLength;
    const { dtype, shape } = tensor;
    header.push([name, { dtype: storedNames[dtype], shape, data_offsets: [begin, dataLength] }]);
  }

  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(lengthBytes + headerLength + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, lengthBytes, lengthBytes + headerLength);
  bytes.set(json, lengthBytes);
  let position = lengthBytes + headerLength;
  for (const [, { values }] of ordered) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), position);
    position += values.byteLength;
  }
  return bytes;
}

/**
 * Reads a safetensors file that holds F32, I32 and U8 tensors; the values are copies.
 *
 * @param path the file's name, for the errors
 * @throws InputError that names the file, and the tensor where there is one, if anything in the
 *   file contradicts the format
 */
export function decodeSafetensors(bytes: Uint8Array, path: string): Safetensors {
  try {
    const { header, dataStart } = readHeader(bytes);
    const { [metadataKey]: metadata = {}, ...rest } = header;
    const entries = Object.entries(rest).map(([name, value]) => readEntry(name, value));
    const data = bytes.subarray(dataStart);
    checkCoverage(entries, data.length);
    return {
      tensors: new Map(entries.map((entry) => [entry.name, readTensor(entry, data)])),
      metadata: readMetadata(metadata),
    };
  } catch (thrown) {
    if (!(thrown instanceof FormatError)) throw thrown;
    throw new InputError(`${path} is damaged, or not a safetensors file: ${thrown.message}`);
  }
}

/** What contradicts the format; `decodeSafetensors` adds the file's name. */
class FormatError extends Error {}

function checkEncodable(name: string, { shape, values }: StoredTensor): void {
  if (name === metadataKey) throw new RangeError(`a tensor cannot be named ${metadataKey}`);
  if (values.length === elementCount(shape)) return;
  throw new RangeError(`tensor ${name} of shape [${shape}] has ${values.length} values`);
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < lengthBytes) {
    throw new FormatError(`it is ${bytes.length} bytes long, less than the shortest header`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  const limit = Math.min(maxHeaderBytes, bytes.length - lengthBytes);
  if (length > BigInt(limit)) {
    throw new FormatError(`its header claims ${length} bytes, at most ${limit} are possible`);
  }
  const dataStart = lengthBytes + Number(length);
  const header = parseJson(bytes.subarray(lengthBytes, dataStart));
  if (!isRecord(header)) throw new FormatError('its header is not a JSON object');
  return { header, dataStart };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new FormatError('its header is not JSON');
  }
}

function readMetadata(value: unknown): Record<string, string> {
  if (isRecord(value) && Object.values(value).every((text) => typeof text === 'string')) {
    return value as Record<string, string>;
  }
  throw new FormatError(`${metadataKey} does not map text to text`);
}

function readEntry(name: string, value: unknown): Entry {
  const fail = (what: string) => new FormatError(`tensor ${JSON.stringify(name)} ${what}`);
  if (!isRecord(value)) throw fail('is not described by an object');
  const dtype = dtypeOf(value.dtype);
  if (dtype === undefined) {
    throw fail(`has dtype ${JSON.stringify(value.dtype)}, only F32, I32 and U8 are read`);
  }
  const { shape, data_offsets: offsets } = value;
  if (!isSizes(shape)) throw fail('has a shape that is not a list of sizes');
  if (!isSizes(offsets) || offsets.length !== 2) throw fail('has no pair of data_offsets');
  const [begin, end] = offsets as [number, number];
  const length = elementCount(shape) * elementBytes[dtype];
  if (end - begin !== length) {
    throw fail(`of shape [${shape}] needs ${length} bytes, its data_offsets are [${offsets}]`);
  }
  return { name, dtype, shape, begin, end };
}

/** Every byte of the data belongs to exactly one tensor. */
function checkCoverage(entries: readonly Entry[], dataLength: number): void {
  let covered = 0;
  for (const { name, begin, end } of entries.toSorted(
    (a, b) => a.begin - b.begin || a.end - b.end,
  )) {
    if (begin !== covered) {
      const what = begin < covered ? 'overlaps the tensor before it' : 'leaves a gap before it';
      throw new FormatError(`tensor ${JSON.stringify(name)} ${what}`);
    }
    covered = end;
    if (end > dataLength) {
      throw new FormatError(
        `tensor ${JSON.stringify(name)} ends at byte ${end} of ${dataLength}: the file is truncated`,
      );
    }
  }
  if (covered < dataLength) {
    throw new FormatError(`${dataLength - covered} bytes after the last tensor belong to none`);
  }
}

function readTensor({ dtype, shape, begin, end }: Entry, data: Uint8Array): StoredTensor {
  // A copy, because the tensor may start at any byte of `data` and typed arrays need alignment.
  const bytes = new Uint8Array(data.subarray(begin, end));
  if (dtype === 'uint8') return { dtype, shape, values: bytes };
  if (dtype === 'int32') return { dtype, shape, values: new Int32Array(bytes.buffer) };
  return { dtype, shape, values: new Float32Array(bytes.buffer) };
}

function dtypeOf(stored: unknown): StoredTensor['dtype'] | undefined {
  const dtypes = Object.keys(storedNames) as StoredTensor['dtype'][];
  return dtypes.find((dtype) => storedNames[dtype] === stored);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

const elementCount = (shape: readonly number[]): number =>
  shape.reduce((count, size) => count * size, 1);
