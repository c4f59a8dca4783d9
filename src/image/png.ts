/**
 * PNG files (https://www.w3.org/TR/png), written through pngjs.
 */
import { PNG } from 'pngjs';
import { InputError } from '../errors.js';
import { readRegularFile, writeFileAtomic } from '../files.js';
import { readChunks } from './png-chunks.js';
import { inflatedLength, readPixels } from './png-pixels.js';

/** A picture of bytes. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** C: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
  readonly channels: 1 | 2 | 3 | 4;
  /** [H, W, C] row-major, 0 … 255. */
  readonly pixels: Uint8Array;
}

/** More pixels than any input here has a use for; as RGBA they take 64 MiB. */
const maxPixels = 4096 * 4096;
/** What a JPEG's sides can have. Far longer ones would take lists as long to resize. */
const maxSide = 65_535;
/** All of `maxPixels` in RGBA, with the bytes of its filters: only pictures of 16 bits a value take more. */
const maxInflated = 4 * maxPixels + 2 * maxSide;

const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** What `decodePng` gives, but for alpha: 1 grey, 3 colour. */
  readonly channels: 1 | 3;
}

export const isPng = (bytes: Uint8Array): boolean =>
  signature.equals(bytes.subarray(0, signature.length));

/**
 * What a PNG says about itself before its pixels.
 *
 * @param bytes the file, or its first 33 bytes or more
 * @param name what the picture is called in messages: its path
 * @throws InputError where it is not a PNG, or has more than 4096×4096 pixels in all or 65,535 on a side
 */
export function pngHeader(bytes: Uint8Array, name = 'the image'): PngHeader {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkHeader(file, name);
  // Bit 1 of the colour type: RGB, with alpha or not, or a palette.
  const channels = (file[25]! & 2) === 0 ? 1 : 3;
  return { width: file.readUInt32BE(16), height: file.readUInt32BE(20), channels };
}

/**
 * Decodes a PNG of any kind: grey, RGB or palette, with or without alpha, 1 to 16 bits, interlaced
 * or not. 16-bit values are rounded to 8 bits; a palette gives RGB.
 *
 * @param name what the picture is called in messages: its path
 * @throws InputError where it is not a PNG, is too large as `pngHeader` has it or takes more than
 *   64 MiB as it is stored (16 bits a value), or is damaged: every checksum is checked
 */
export function decodePng(bytes: Uint8Array, name = 'the image'): Picture {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkHeader(file, name);
  requireEnd(file, name);
  return decode(file, name);
}

/** A little more than the largest picture takes where nothing in it can be compressed. */
const maxFileBytes = 80 * 2 ** 20;

/**
 * The bytes of a file that is to hold a picture.
 * @throws InputError where it cannot be read, is no regular file, or longer than any picture
 */
export const readPictureFile = (path: string): Promise<Buffer> =>
  readRegularFile(path, maxFileBytes);

/**
 * Reads a PNG.
 *
 * @throws InputError as `decodePng`, and where the file cannot be read
 */
export async function readPng(path: string): Promise<Picture> {
  return decodePng(await readPictureFile(path), path);
}

function checkHeader(file: Buffer, name: string): void {
  if (!file.subarray(0, signature.length).equals(signature)) {
    throw new InputError(`${name} is not a PNG image, whatever its name`);
  }
  if (file.length < 33 || file.toString('latin1', 12, 16) !== 'IHDR') {
    throw new InputError(`${name} is a damaged PNG image: it has no header`);
  }
  const width = file.readUInt32BE(16);
  const height = file.readUInt32BE(20);
  if (width === 0 || height === 0) {
    throw new InputError(`${name} is a damaged PNG image: its size is ${width}×${height}`);
  }
  requirePictureSize(width, height, name);
}

/**
 * @param width in pixels, as `height`
 * @throws InputError where pictures of this size are more than is read here
 */
export function requirePictureSize(width: number, height: number, name: string): void {
  if (width * height > maxPixels) {
    throw new InputError(
      `${name} is too large: ${width}×${height} pixels; the limit is 4096×4096 in all`,
    );
  }
  if (Math.max(width, height) > maxSide) {
    throw new InputError(
      `${name} is too large: ${width}×${height} pixels; no side may have more than ${maxSide}`,
    );
  }
}

function requireEnd(file: Buffer, name: string): void {
  for (let at = signature.length; at + 12 <= file.length; ) {
    const end = at + 12 + file.readUInt32BE(at);
    if (file.toString('latin1', at + 4, at + 8) === 'IEND' && end <= file.length) return;
    at = end;
  }
  throw new InputError(`${name} is a PNG image that is cut off; save or download it again`);
}

function decode(file: Buffer, name: string): Picture {
  try {
    const chunks = readChunks(file);
    const { width, height } = chunks.layout;
    if (inflatedLength(chunks.layout) > maxInflated) {
      throw new InputError(
        `${name} is too large: ${width}×${height} pixels of ${chunks.layout.depth} bits a value; save it with 8`,
      );
    }
    return { width, height, ...readPixels(chunks) };
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(`${name} is a damaged PNG image; save or download it again`, { cause });
  }
}

/**
 * The bytes of a PNG file, 8 bits a value; the same picture always gives the same bytes.
 *
 * @param picture grey (1 channel) or RGB (3)
 * @throws RangeError where the sizes are not those of the pixels, or there are other channels
 */
export function encodePng({ width, height, channels, pixels }: Picture): Uint8Array {
  if (channels !== 1 && channels !== 3) {
    throw new RangeError(`a picture to write has 1 or 3 channels, not ${channels}`);
  }
  if (width < 1 || height < 1 || pixels.length !== width * height * channels) {
    throw new RangeError(
      `${pixels.length} values are not a picture of ${width}×${height}×${channels}`,
    );
  }
  const colorType = channels === 1 ? 0 : 2;
  const data = Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  const png = Object.assign(new PNG(), { width, height, data });
  return PNG.sync.write(png, { colorType, inputColorType: colorType });
}

/**
 * Writes a PNG; a reader never sees a part of it.
 *
 * @throws OutputError where it cannot be written
 */
export async function writePng(path: string, picture: Picture): Promise<void> {
  await writeFileAtomic(path, encodePng(picture));
}
