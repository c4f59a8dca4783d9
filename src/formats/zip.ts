/**
 * Zip archives, read entry by entry through their central directory, ZIP64 included
 * (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT), and written uncompressed.
 */
import type { FileHandle } from 'node:fs/promises';
import { constants, inflateRawSync } from 'node:zlib';
import crc32 from 'crc-32';
import { InputError, OutputError } from '../errors.js';
import type { ByteSource } from './byte-source.js';

export interface ZipEntry {
  readonly name: string;
  readonly isDeflated: boolean;
  readonly crc: number;
  /** Bytes in the archive. */
  readonly storedLength: number;
  /** Bytes once inflated. */
  readonly length: number;
  /** Where its local header begins. */
  readonly offset: number;
}

export interface ZipDirectory {
  readonly entries: readonly ZipEntry[];
  readonly comment: string;
}

const localSignature = 0x04034b50;
const centralSignature = 0x02014b50;
const endSignature = 0x06054b50;
const end64Signature = 0x06064b50;
const locator64Signature = 0x07064b50;
const localLength = 30;
const centralLength = 46;
const endLength = 22;
const locator64Length = 20;
const end64Length = 56;
/** In the place of a number that stands in a ZIP64 record. */
const elsewhere = 0xffffffff;
const maxCommentLength = 0xffff;
/** Many times the arrays of any model; each is looked into when an archive is opened. */
const mostEntries = 4096;
const mostDirectoryBytes = 2 ** 22;
/** Trained weights hardly shrink. What claims to become much more, and is large, fills the memory. */
const mostInflation = 64;
const smallLength = 2 ** 26;

/** Whether a file begins as a zip archive does. */
export const isZip = (start: Uint8Array): boolean =>
  start[0] === 0x50 && start[1] === 0x4b && [3, 5].includes(start[2]!);

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

const damaged = (path: string, what: string): InputError =>
  new InputError(`${path} is damaged: ${what}`);

/**
 * Lists an archive.
 * @throws InputError where it has no directory, or a damaged one
 */
export async function readZipDirectory(file: ByteSource): Promise<ZipDirectory> {
  const tailStart = Math.max(0, file.length - endLength - maxCommentLength - locator64Length);
  const tail = await file.read(tailStart, file.length);
  const at = findEnd(tail);
  if (at === undefined) {
    throw damaged(file.path, 'it has no zip directory at its end; the file is probably cut off');
  }
  const view = viewOf(tail);
  const comment = Buffer.from(tail.subarray(at + endLength)).toString('utf8');
  const place = (await placeIn64(file, view, at)) ?? {
    count: view.getUint16(at + 10, true),
    length: view.getUint32(at + 12, true),
    offset: view.getUint32(at + 16, true),
    end: tailStart + at,
  };
  // An end record that was overwritten would else tell of no files, or of fewer.
  if (place.offset + place.length !== place.end) {
    throw damaged(file.path, 'its zip directory is not where the file says');
  }
  if (place.count > mostEntries || place.length > mostDirectoryBytes) {
    throw new InputError(
      `${file.path} lists ${place.count} files in ${place.length} bytes; archives of up to ${mostEntries} files are read`,
    );
  }
  const bytes = await file.read(place.offset, place.offset + place.length);
  const entries: ZipEntry[] = [];
  let position = 0;
  while (entries.length < place.count) {
    if (position + centralLength > bytes.length) {
      throw damaged(file.path, `its zip directory lists ${entries.length} of ${place.count} files`);
    }
    const { entry, next } = readCentral(bytes, position, file.path);
    entries.push(entry);
    position = next;
  }
  if (position < bytes.length) {
    throw damaged(file.path, `its zip directory goes on after ${place.count} files`);
  }
  return { entries, comment };
}

/** Where the end record begins: the last place whose comment reaches the end of the file. */
function findEnd(tail: Uint8Array): number | undefined {
  const view = viewOf(tail);
  for (let at = tail.length - endLength; at >= 0; at--) {
    if (view.getUint32(at, true) !== endSignature) continue;
    if (at + endLength + view.getUint16(at + 20, true) === tail.length) return at;
  }
  return undefined;
}

/** What the ZIP64 end record says of the directory, if there is one. */
async function placeIn64(file: ByteSource, tail: DataView, end: number) {
  const locator = end - locator64Length;
  if (locator < 0 || tail.getUint32(locator, true) !== locator64Signature) return undefined;
  const offset = Number(tail.getBigUint64(locator + 8, true));
  if (offset + end64Length > file.length) {
    throw damaged(file.path, 'its zip directory lies outside of the file');
  }
  const view = viewOf(await file.read(offset, offset + end64Length));
  if (view.getUint32(0, true) !== end64Signature) {
    throw damaged(file.path, 'its zip directory is not where the file says');
  }
  return {
    count: Number(view.getBigUint64(32, true)),
    length: Number(view.getBigUint64(40, true)),
    offset: Number(view.getBigUint64(48, true)),
    end: offset,
  };
}

function readCentral(
  bytes: Uint8Array,
  at: number,
  path: string,
): { entry: ZipEntry; next: number } {
  const view = viewOf(bytes);
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
    view.getUint16(at + offset, true),
  ) as [number, number, number];
  const nameEnd = at + centralLength + nameLength;
  const next = nameEnd + extraLength + commentLength;
  if (view.getUint32(at, true) !== centralSignature || next > bytes.length) {
    throw damaged(path, 'its zip directory is not one');
  }
  const name = Buffer.from(bytes.subarray(at + centralLength, nameEnd)).toString('utf8');
  if ((view.getUint16(at + 8, true) & 1) !== 0) {
    throw new InputError(`${path}: ${name} is encrypted`);
  }
  const method = view.getUint16(at + 10, true);
  if (method !== 0 && method !== 8) {
    throw new InputError(`${path}: ${name} is compressed by method ${method}, not by deflate`);
  }
  const extra = bytes.subarray(nameEnd, nameEnd + extraLength);
  // A ZIP64 field holds, in this order, the numbers that were too large.
  const long = longNumbers(extra);
  const number = (offset: number): number => {
    const short = view.getUint32(at + offset, true);
    return short === elsewhere ? (long.shift() ?? short) : short;
  };
  const [length, storedLength, offset] = [number(24), number(20), number(42)];
  const crc = view.getUint32(at + 16, true);
  return { entry: { name, isDeflated: method === 8, crc, storedLength, length, offset }, next };
}

function longNumbers(extra: Uint8Array): number[] {
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length; ) {
    const end = Math.min(at + 4 + view.getUint16(at + 2, true), extra.length);
    if (view.getUint16(at, true) === 1) {
      const numbers: number[] = [];
      for (let i = at + 4; i + 8 <= end; i += 8) numbers.push(Number(view.getBigUint64(i, true)));
      return numbers;
    }
    at = end;
  }
  return [];
}

/**
 * The bytes of an entry, checked against its checksum.
 * @throws InputError where they are damaged
 */
export async function readZipEntry(file: ByteSource, entry: ZipEntry): Promise<Uint8Array> {
  const { name, storedLength, length, isDeflated } = entry;
  if (isDeflated && length > Math.max(smallLength, storedLength * mostInflation)) {
    throw new InputError(
      `${file.path}: ${name} would become ${length} bytes of ${storedLength}; no weights do`,
    );
  }
  if (!isDeflated && length !== storedLength) {
    throw damaged(file.path, `${name} has two lengths`);
  }
  const bytes = await readStored(file, entry, storedLength);
  const content = entry.isDeflated
    ? inflate(file.path, entry, bytes, { chunkSize: length + 64 })
    : bytes;
  if (content.length !== entry.length || checksum(content) !== entry.crc) {
    throw damaged(file.path, `the checksum of ${entry.name} does not match`);
  }
  return content;
}

/**
 * The first bytes of an entry, unchecked.
 * @param length how many bytes in the archive to look at; about as many come out, or more
 */
export async function peekZipEntry(
  file: ByteSource,
  entry: ZipEntry,
  length: number,
): Promise<Uint8Array> {
  const bytes = await readStored(file, entry, Math.min(length, entry.storedLength));
  if (!entry.isDeflated) return bytes;
  return inflate(file.path, entry, bytes, { finishFlush: constants.Z_SYNC_FLUSH });
}

async function readStored(
  file: ByteSource,
  { name, offset, storedLength }: ZipEntry,
  length: number,
): Promise<Uint8Array> {
  const outside = (): InputError => damaged(file.path, `${name} lies outside of the file`);
  if (offset + localLength > file.length) throw outside();
  const header = viewOf(await file.read(offset, offset + localLength));
  if (header.getUint32(0, true) !== localSignature) {
    throw damaged(file.path, `${name} is not where the zip directory says`);
  }
  // The extra field here need not be that of the directory.
  const nameEnd = offset + localLength + header.getUint16(26, true);
  const start = nameEnd + header.getUint16(28, true);
  const ownName = await file.read(offset + localLength, Math.min(nameEnd, file.length));
  if (Buffer.from(ownName).toString('utf8') !== name) {
    throw damaged(file.path, `${name} has another name where it is`);
  }
  if (start + storedLength > file.length) throw outside();
  return file.read(start, start + length);
}

function inflate(
  path: string,
  { name, length }: ZipEntry,
  bytes: Uint8Array,
  options: { readonly finishFlush?: number; readonly chunkSize?: number },
): Uint8Array {
  try {
    return inflateRawSync(bytes, { ...options, maxOutputLength: Math.max(1, length) });
  } catch (thrown) {
    throw new InputError(`${path} is damaged: ${name} cannot be inflated`, { cause: thrown });
  }
}

/** A file to put into an archive. */
export interface ZipSource {
  readonly name: string;
  readonly bytes: () => Promise<Uint8Array>;
}

/** What FAT calls the first of January 1980: the same models make the same bytes. */
const dosDate = 0x0021;
/** The names are UTF-8. */
const utf8Flag = 0x0800;

/**
 * Writes an archive of uncompressed files, each made when its turn comes.
 * @param path for the errors
 * @throws OutputError when it grows beyond 4 GiB
 */
export async function writeZip(
  file: FileHandle,
  sources: readonly ZipSource[],
  comment: string,
  path: string,
): Promise<void> {
  const central: Uint8Array[] = [];
  let offset = 0;
  for (const source of sources) {
    const bytes = await source.bytes();
    const name = Buffer.from(source.name);
    const described = entryFields(checksum(bytes), bytes.length, name.length);
    const local = Buffer.concat([uint32s(localSignature), described, name]);
    // made by, and its attributes: none; then where the local header is
    central.push(
      Buffer.concat([
        ...[uint32s(centralSignature), uint16s(20), described],
        ...[uint16s(0, 0, 0), uint32s(0, offset), name],
      ]),
    );
    await file.writeFile(local);
    await file.writeFile(bytes);
    offset += local.length + bytes.length;
    if (offset >= elsewhere) {
      throw new OutputError(`${path} grows beyond 4 GiB, which .npz cannot hold; use safetensors`);
    }
  }
  const directory = Buffer.concat(central);
  const note = Buffer.from(comment);
  if (note.length > maxCommentLength) throw new RangeError('the comment is longer than 64 KiB');
  const count = sources.length;
  const end = [
    uint16s(0, 0, count, count),
    uint32s(directory.length, offset),
    uint16s(note.length),
  ];
  await file.writeFile(Buffer.concat([directory, uint32s(endSignature), ...end, note]));
}

/** The fields that both headers of an entry have in common. */
const entryFields = (crc: number, length: number, nameLength: number): Buffer =>
  Buffer.concat([
    uint16s(20, utf8Flag, 0, 0, dosDate),
    uint32s(crc, length, length),
    uint16s(nameLength, 0),
  ]);

function uint16s(...values: number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt16LE(value, 2 * i);
  return bytes;
}

function uint32s(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32LE(value, 4 * i);
  return bytes;
}

/** Node's own came with 20.15, and older ones are supported. */
const checksum = (bytes: Uint8Array): number => crc32.buf(bytes) >>> 0;
