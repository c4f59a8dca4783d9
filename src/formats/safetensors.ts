/**
 * The safetensors container (https://github.com/huggingface/safetensors#format): an 8-byte
 * little-endian header length, a JSON header that gives every tensor's dtype, shape and byte
 * range, then the values, row-major and little-endian, without gaps.
 */
import type { HostTensor } from '../compile/step.js';
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

/** Where one tensor lies; `begin` and `end` count bytes from the start of the file. */
export interface SafetensorsEntry {
  readonly name: string;
  /** As the file says it: `F32`, `BF16`, … */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** What a file says about itself before the first value. */
export interface SafetensorsLayout {
  /** In the order of the header. */
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

const metadataKey = '__metadata__';
/** How many bytes at a file's start tell the length of its header. */
export const lengthBytes = 8;
/** The reference implementation refuses longer headers. */
const maxHeaderBytes = 100_000_000;
const storedNames = { float64: 'F64', float32: 'F32', int32: 'I32', uint8: 'U8' } as const;
const elementBytes = { float64: 8, float32: 4, int32: 4, uint8: 1 } as const;

/** What a header tells of a tensor. */
export interface TensorSpec {
  readonly dtype: keyof typeof storedNames;
  readonly shape: readonly number[];
}

/** A tensor whose values are made when its turn comes: not all are in memory at once. */
export interface LazyTensor extends TensorSpec {
  readonly dtype: 'float32' | 'float64';
  readonly read: () => Promise<Float32Array | Float64Array>;
}

/**
 * The bytes of a safetensors file. Its tensors are in the order of `encodeHeader`.
 */
export function encodeSafetensors({ tensors, metadata }: Safetensors): Uint8Array {
  for (const [name, tensor] of tensors) checkEncodable(name, tensor);
  const { header, names, dataLength } = encodeHeader(tensors, metadata);
  const bytes = new Uint8Array(header.length + dataLength);
  bytes.set(header);
  let position = header.length;
  for (const name of names) {
    const { values } = tensors.get(name)!;
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), position);
    position += values.byteLength;
  }
  return bytes;
}

/**
 * The bytes of a safetensors file up to the first value. Long types come before short ones and the
 * header is padded with spaces, so every tensor is aligned; otherwise the order of the map is kept.
 *
 * @returns also the names of the tensors in the order in which their values follow, and how many
 *   bytes these are
 */
export function encodeHeader(
  specs: ReadonlyMap<string, TensorSpec>,
  metadata: Safetensors['metadata'],
): { header: Uint8Array; names: readonly string[]; dataLength: number } {
  const ordered = [...specs].sort(([, a], [, b]) => elementBytes[b.dtype] - elementBytes[a.dtype]);
  const fields: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) fields.push([metadataKey, metadata]);
  let dataLength = 0;
  for (const [name, { dtype, shape }] of ordered) {
    if (name === metadataKey) throw new RangeError(`a tensor cannot be named ${metadataKey}`);
    const begin = dataLength;
    dataLength += elementCount(shape) * elementBytes[dtype];
    fields.push([name, { dtype: storedNames[dtype], shape, data_offsets: [begin, dataLength] }]);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(fields)));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(lengthBytes + headerLength).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(headerLength), true);
  header.set(json, lengthBytes);
  return { header, names: ordered.map(([name]) => name), dataLength };
}

/**
 * Reads a safetensors file that holds F32, I32 and U8 tensors; the values are copies.
 *
 * @param path the file's name, for the errors
 * @throws InputError that names the file, and the tensor where there is one, if anything in the
 *   file contradicts the format
 */
export function decodeSafetensors(bytes: Uint8Array, path: string): Safetensors {
  const end = headerEnd(bytes, bytes.length, path);
  const sizes = { F32: 4, I32: 4, U8: 1 };
  const { entries, metadata } = readLayout(bytes.subarray(0, end), bytes.length, sizes, path);
  return {
    tensors: new Map(entries.map((entry) => [entry.name, readTensor(entry, bytes)])),
    metadata,
  };
}

/**
 * Where the header of a file ends and its values begin, in bytes from the start.
 *
 * @param start the file's first `lengthBytes` bytes, or more
 * @throws InputError when the file is too short for its header
 */
export function headerEnd(start: Uint8Array, fileLength: number, path: string): number {
  return naming(path, () => {
    if (fileLength < lengthBytes) {
      throw new FormatError(`it is ${fileLength} bytes long, less than the shortest header`);
    }
    const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
    const length = view.getBigUint64(0, true);
    const limit = Math.min(maxHeaderBytes, fileLength - lengthBytes);
    if (length > BigInt(limit)) {
      throw new FormatError(`its header claims ${length} bytes, at most ${limit} are possible`);
    }
    return lengthBytes + Number(length);
  });
}

/**
 * What a file holds, and where.
 *
 * @param start the file's bytes up to `headerEnd`
 * @param sizes bytes of an element of each dtype that can be read
 * @throws InputError that names the file, and the tensor where there is one, if anything in the
 *   header contradicts the format
 */
export function readLayout(
  start: Uint8Array,
  fileLength: number,
  sizes: Readonly<Record<string, number>>,
  path: string,
): SafetensorsLayout {
  return naming(path, () => {
    const header = parseJson(start.subarray(lengthBytes));
    if (!isRecord(header)) throw new FormatError('its header is not a JSON object');
    const { [metadataKey]: metadata = {}, ...rest } = header;
    const relative = Object.entries(rest).map(([name, value]) => readEntry(name, value, sizes));
    checkCoverage(relative, fileLength - start.length);
    const entries = relative.map(({ begin, end, ...entry }) => ({
      ...entry,
      begin: start.length + begin,
      end: start.length + end,
    }));
    return { entries, metadata: readMetadata(metadata) };
  });
}

/** What contradicts the format; `naming` adds the file's name. */
class FormatError extends Error {}

function naming<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof FormatError)) throw thrown;
    throw new InputError(`${path} is damaged, or not a safetensors file: ${thrown.message}`);
  }
}

function checkEncodable(name: string, { shape, values }: StoredTensor): void {
  if (values.length === elementCount(shape)) return;
  throw new RangeError(`tensor ${name} of shape [${shape}] has ${values.length} values`);
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

/** `begin` and `end` count from the start of the data. */
function readEntry(
  name: string,
  value: unknown,
  sizes: Readonly<Record<string, number>>,
): SafetensorsEntry {
  const fail = (what: string) => new FormatError(`tensor ${JSON.stringify(name)} ${what}`);
  if (!isRecord(value)) throw fail('is not described by an object');
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(sizes, dtype)) {
    const known = Object.keys(sizes);
    const readable = `${known.slice(0, -1).join(', ')} and ${known.at(-1)}`;
    throw fail(`has dtype ${JSON.stringify(dtype)}, only ${readable} are read`);
  }
  if (!isSizes(shape)) throw fail('has a shape that is not a list of sizes');
  if (!isSizes(offsets) || offsets.length !== 2) throw fail('has no pair of data_offsets');
  const [begin, end] = offsets as [number, number];
  const length = elementCount(shape) * sizes[dtype]!;
  if (end - begin !== length) {
    throw fail(`of shape [${shape}] needs ${length} bytes, its data_offsets are [${offsets}]`);
  }
  return { name, dtype, shape, begin, end };
}

/** Every byte of the data belongs to exactly one tensor. */
function checkCoverage(entries: readonly SafetensorsEntry[], dataLength: number): void {
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

function readTensor(
  { dtype, shape, begin, end }: SafetensorsEntry,
  file: Uint8Array,
): StoredTensor {
  // A copy, because the tensor may start at any byte and typed arrays need alignment.
  const bytes = new Uint8Array(file.subarray(begin, end));
  if (dtype === 'U8') return { dtype: 'uint8', shape, values: bytes };
  if (dtype === 'I32') return { dtype: 'int32', shape, values: new Int32Array(bytes.buffer) };
  return { dtype: 'float32', shape, values: new Float32Array(bytes.buffer) };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

const elementCount = (shape: readonly number[]): number =>
  shape.reduce((count, size) => count * size, 1);
