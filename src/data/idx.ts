/**
 * The IDX format of MNIST's files (http://yann.lecun.com/exdb/mnist): two zero bytes, the type of
 * the values, the number of dimensions, each dimension as a big-endian 32-bit number, the values.
 */
import { promisify } from 'node:util';
import { constants, gunzip, gunzipSync } from 'node:zlib';
import { elementCount } from '../arrays.js';
import { InputError, systemErrorCode } from '../errors.js';
import { readRegularFile } from '../files.js';

export interface IdxArray {
  /** [N], [N, H, W] or [N, H, W, C], each at least 1. */
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: Uint8Array;
}

const dtypeNames: Readonly<Record<number, string>> = {
  8: 'uint8',
  9: 'int8',
  11: 'int16',
  12: 'int32',
  13: 'float32',
  14: 'float64',
};

/** Far more than any such dataset has (EMNIST's largest file is 0.55 GB), and safe to allocate. */
const maxValues = 2 ** 31;

/** Deflate cannot shrink data further than this (RFC 1951: 258 bytes from 2 bits). */
const maxDeflateRatio = 1032;

/**
 * Deflate makes no more than so much of images of anything: MNIST, mostly black, shrinks to a fifth.
 * What claims more, and is large, is made to fill the memory.
 */
const maxImageRatio = 200;
const smallLength = 2 ** 26;

/**
 * Reads an IDX file of bytes: labels (rank 1) or images (rank 3 or 4), plain or compressed with
 * gzip, whatever its name says.
 *
 * @throws InputError where it is missing, damaged, or not such a file
 */
export async function readIdx(path: string): Promise<IdxArray> {
  return parseIdx(await readRegularFile(path), path);
}

/**
 * Reads an IDX file of images, [N, H, W] or [N, H, W, C].
 *
 * @throws InputError as `readIdx`, and where it holds labels
 */
export async function readIdxImages(path: string): Promise<IdxArray> {
  const array = await readIdx(path);
  if (array.shape.length === 1) {
    throw new InputError(
      `${path} holds labels, not images: it has 1 dimension, images have 3 or 4`,
    );
  }
  return array;
}

/**
 * Reads an IDX file of labels, [N].
 *
 * @throws InputError as `readIdx`, and where it holds images
 */
export async function readIdxLabels(path: string): Promise<Uint8Array> {
  const { shape, values } = await readIdx(path);
  if (shape.length !== 1) {
    throw new InputError(`${path} holds images, not labels: it has ${shape.length} dimensions`);
  }
  return values;
}

/**
 * Takes the bytes of an IDX file apart; the values of a plain file are a view of `bytes`.
 *
 * @param path for messages
 * @throws InputError where the bytes are damaged, or not an IDX file of bytes
 */
export async function parseIdx(bytes: Uint8Array, path: string): Promise<IdxArray> {
  const compressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const { shape, start } = readHeader(compressed ? inflateStart(bytes, path) : bytes, path);
  const end = start + elementCount(shape);
  if (compressed && end > bytes.length * maxDeflateRatio) throw truncated(path, shape);
  if (compressed && end > Math.max(smallLength, bytes.length * maxImageRatio)) {
    throw new InputError(
      `${path} is no file of images: its ${bytes.length} bytes would become the ${shape.join('×')} of its header, ${Math.round(end / bytes.length)} times as many`,
    );
  }

  const whole = compressed ? await inflate(bytes, end, path, shape) : bytes;
  if (whole.length < end) throw truncated(path, shape);
  if (whole.length > end) throw overlong(path, shape);
  return { shape, values: whole.subarray(start, end) };
}

/** The shape in a header, and where the values start. */
function readHeader(bytes: Uint8Array, path: string): { shape: number[]; start: number } {
  const [zero0, zero1, dtype = 0, rank = 0] = bytes;
  if (zero0 !== 0 || zero1 !== 0 || !(dtype in dtypeNames) || rank === 0) {
    const found = Buffer.from(bytes.subarray(0, 4)).toString('hex');
    throw new InputError(
      `${path} is not an IDX file: it starts with ${found ? `the bytes ${found}` : 'nothing'}`,
    );
  }
  if (dtype !== 8) {
    throw new InputError(`${path} holds ${dtypeNames[dtype]} values; only uint8 is supported`);
  }
  if (rank !== 1 && rank !== 3 && rank !== 4) {
    throw new InputError(
      `${path} has ${rank} dimensions; labels have 1, images 3 (N, H, W) or 4 (N, H, W, C)`,
    );
  }
  const start = 4 + 4 * rank;
  if (bytes.length < start) throw new InputError(`${path} is cut off in its header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, start);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  if (shape[0] === 0) throw new InputError(`${path} is empty: its header says 0 items`);
  const size = elementCount(shape);
  if (size === 0 || size > maxValues) {
    throw new InputError(`${path} is damaged: its header says ${shape.join('×')} values`);
  }
  return { shape, start };
}

/** What the first few compressed bytes hold: enough for a header, at most some megabytes. */
function inflateStart(bytes: Uint8Array, path: string): Uint8Array {
  try {
    return gunzipSync(bytes.subarray(0, 4096), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (thrown) {
    throw damagedGzip(path, thrown);
  }
}

/** Everything that `bytes` holds, which is to be `expected` bytes at most. */
async function inflate(
  bytes: Uint8Array,
  expected: number,
  path: string,
  shape: readonly number[],
): Promise<Uint8Array> {
  try {
    // Into a single buffer: pieces would be in memory twice when they are put together.
    return await promisify(gunzip)(bytes, { maxOutputLength: expected, chunkSize: expected + 64 });
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ERR_BUFFER_TOO_LARGE') throw overlong(path, shape);
    throw damagedGzip(path, thrown);
  }
}

function damagedGzip(path: string, cause: unknown): InputError {
  return new InputError(`${path} is damaged or cut off (gzip); download it again`, { cause });
}

function truncated(path: string, shape: readonly number[]): InputError {
  return new InputError(
    `${path} is cut off: its header says ${shape.join('×')} values; download it again`,
  );
}

function overlong(path: string, shape: readonly number[]): InputError {
  return new InputError(
    `${path} goes on after the ${shape.join('×')} values of its header; download it again`,
  );
}
