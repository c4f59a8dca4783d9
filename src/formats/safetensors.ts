/**
 * The safetensors container (https://github.com/huggingface/safetensors#format): an 8-byte
 * little-endian header length, a JSON header that gives every tensor's dtype, shape and byte
 * range, then the values, row-major and little-endian, without gaps.
 */
import { elementCount } from '../arrays.js';
import { InputError } from '../errors.js';
import { shortened } from '../text.js';
import type { ByteSource } from './byte-source.js';
import { isDeeper, repeatedKey } from './json-keys.js';
import {
  type DType,
  decodeValues,
  elementBytes,
  type HalfTensor,
  type LazyTensor,
  type TensorFile,
} from './tensor-file.js';

/** Free text by key, kept in the header under `__metadata__`. */
export type Metadata = Readonly<Record<string, string>>;

/** Where one tensor lies; `begin` and `end` count bytes. */
interface Entry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const metadataKey = '__metadata__';
/** How many bytes at a file's start tell the length of its header. */
const lengthBytes = 8;
/** Room for 25,000 tensors; what is parsed takes many times the memory of its text. */
const maxHeaderBytes = 2 ** 22;
/** A list within a tensor's entry within the header. */
const mostDepth = 3;
/** No tensor of any model has more. */
const mostAxes = 32;
const storedNames = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  int32: 'I32',
} as const satisfies Record<DType, string>;
const dtypes = new Map(
  Object.entries(storedNames).map(([dtype, stored]) => [stored as string, dtype as DType]),
);

/**
 * The bytes of a file in pieces: the header, then one piece a tensor. Long types come before short
 * ones and the header is padded with spaces, so every tensor is aligned; otherwise the order of the
 * map is kept.
 */
export async function* encodeSafetensors(
  tensors: ReadonlyMap<string, LazyTensor | HalfTensor>,
  metadata: Metadata,
): AsyncGenerator<Uint8Array> {
  const ordered = [...tensors].sort(
    ([, a], [, b]) => elementBytes[b.dtype] - elementBytes[a.dtype],
  );
  yield encodeHeader(ordered, metadata);
  for (const [name, { shape, read }] of ordered) {
    const values = await read();
    if (values.length !== elementCount(shape)) {
      throw new RangeError(`tensor ${name} of shape [${shape}] has ${values.length} values`);
    }
    yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }
}

function encodeHeader(
  tensors: readonly (readonly [string, LazyTensor | HalfTensor])[],
  metadata: Metadata,
): Uint8Array {
  const fields: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) fields.push([metadataKey, metadata]);
  let end = 0;
  for (const [name, { dtype, shape }] of tensors) {
    if (name === metadataKey) throw new RangeError(`a tensor cannot be named ${metadataKey}`);
    const begin = end;
    end += elementCount(shape) * elementBytes[dtype];
    fields.push([name, { dtype: storedNames[dtype], shape, data_offsets: [begin, end] }]);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(fields)));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(lengthBytes + headerLength).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(headerLength), true);
  header.set(json, lengthBytes);
  return header;
}

/**
 * What a file of F64, F32, F16, BF16 and I32 tensors holds.
 *
 * @throws InputError that names the file, and the tensor where there is one, if anything in the
 *   header contradicts the format
 */
export async function readSafetensors(source: ByteSource): Promise<TensorFile> {
  const { path, length } = source;
  try {
    const start = await source.read(0, Math.min(lengthBytes, length));
    const dataStart = headerEnd(start, length);
    const header = await source.read(lengthBytes, dataStart);
    const { entries, metadata } = readHeader(header, length - dataStart);
    const byName = new Map(entries.map((entry) => [entry.name, entry]));
    return {
      path,
      shapes: new Map(entries.map(({ name, shape }) => [name, shape])),
      metadata,
      read: async (name) => {
        const { dtype, begin, end } = byName.get(name)!;
        return decodeValues(dtype, await source.read(dataStart + begin, dataStart + end));
      },
    };
  } catch (thrown) {
    if (!(thrown instanceof FormatError)) throw thrown;
    throw new InputError(`${path} is damaged, or not a safetensors file: ${thrown.message}`);
  }
}

/** What contradicts the format. */
class FormatError extends Error {}

/**
 * Where the header of a file ends and its values begin, in bytes from the start.
 * @param start the file's first `lengthBytes` bytes
 */
function headerEnd(start: Uint8Array, fileLength: number): number {
  if (fileLength < lengthBytes) {
    throw new FormatError(`it is ${fileLength} bytes long, less than the shortest header`);
  }
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  const limit = Math.min(maxHeaderBytes, fileLength - lengthBytes);
  if (length > BigInt(limit)) {
    throw new FormatError(`its header claims ${length} bytes, at most ${limit} are possible`);
  }
  return lengthBytes + Number(length);
}

/** The tensors in the order of the header, their places counted from the start of the data. */
function readHeader(
  bytes: Uint8Array,
  dataLength: number,
): { entries: readonly Entry[]; metadata: Metadata } {
  const header = parseJson(bytes);
  if (!isRecord(header)) throw new FormatError('its header is not a JSON object');
  const { [metadataKey]: metadata = {}, ...rest } = header;
  const entries = Object.entries(rest).map(([name, value]) => readEntry(name, value));
  checkCoverage(entries, dataLength);
  return { entries, metadata: readMetadata(metadata) };
}

function parseJson(bytes: Uint8Array): unknown {
  const [text, value] = decodedJson(bytes);
  const repeated = repeatedKey(text);
  if (repeated !== undefined) throw new FormatError(`its header has ${quoted(repeated)} twice`);
  return value;
}

function decodedJson(bytes: Uint8Array): [text: string, value: unknown] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (isDeeper(text, mostDepth)) throw new FormatError('its header has lists within lists');
    return [text, JSON.parse(text)];
  } catch (thrown) {
    if (thrown instanceof FormatError) throw thrown;
    throw new FormatError('its header is not JSON');
  }
}

const quoted = (text: string): string => JSON.stringify(shortened(text));

function readMetadata(value: unknown): Record<string, string> {
  if (isRecord(value) && Object.values(value).every((text) => typeof text === 'string')) {
    return value as Record<string, string>;
  }
  throw new FormatError(`${metadataKey} does not map text to text`);
}

function readEntry(name: string, value: unknown): Entry {
  const fail = (what: string) => new FormatError(`tensor ${quoted(name)} ${what}`);
  if (!isRecord(value)) throw fail('is not described by an object');
  const { dtype: stored, shape, data_offsets: offsets } = value;
  const dtype = dtypes.get(stored as string);
  if (dtype === undefined) {
    const known = [...dtypes.keys()];
    const readable = `${known.slice(0, -1).join(', ')} and ${known.at(-1)}`;
    const found = typeof stored === 'string' ? quoted(stored) : typeof stored;
    throw fail(`has dtype ${found}, only ${readable} are read`);
  }
  if (!isSizes(shape) || shape.length > mostAxes) {
    throw fail('has a shape that is not a list of sizes');
  }
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
      throw new FormatError(`tensor ${quoted(name)} ${what}`);
    }
    covered = end;
    if (end > dataLength) {
      throw new FormatError(
        `tensor ${quoted(name)} ends at byte ${end} of ${dataLength}: the file is truncated`,
      );
    }
  }
  if (covered < dataLength) {
    throw new FormatError(`${dataLength - covered} bytes after the last tensor belong to none`);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
