/**
 * JPEG files (ITU T.81): baseline and progressive, grey, colour and CMYK.
 */
import { InputError } from '../errors.js';
import type { JpegPixels } from './jpeg-colours.js';
import { decodeSegments } from './jpeg-decode.js';
import { JpegError, JpegTooLong } from './jpeg-huffman.js';
import { type Picture, requirePictureSize } from './png.js';

export interface JpegHeader {
  /** Of the picture as it is to be seen, in pixels. */
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 colour. */
  readonly channels: 1 | 3;
  /** EXIF's: 1 as it is, 2 … 8 turned or mirrored. */
  readonly orientation: number;
}

export const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8;

/**
 * What a JPEG says about itself before its pixels.
 *
 * @param bytes the file, or its first part
 * @param name what the picture is called in messages: its path
 * @returns undefined where the part ends before the frame's header
 * @throws InputError where it is no JPEG that can be read, or has more than 4096×4096 pixels
 */
export function jpegHeader(bytes: Uint8Array, name = 'the image'): JpegHeader | undefined {
  if (!isJpeg(bytes)) throw new InputError(`${name} is not a JPEG image, whatever its name`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let orientation = 1;
  for (let at = 2; at + 10 <= bytes.length; ) {
    if (bytes[at] !== 0xff) throw damaged(name);
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++; // A byte of filling.
      continue;
    }
    const length = view.getUint16(at + 2);
    if (marker === 0xe1) orientation = exifOrientation(bytes.subarray(at + 4, at + 2 + length));
    if (isFrame(marker)) {
      const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
      if (width === 0 || height === 0) throw damaged(name);
      requirePictureSize(width, height, name);
      const turned = orientation > 4;
      return {
        width: turned ? height : width,
        height: turned ? width : height,
        channels: bytes[at + 9] === 1 ? 1 : 3,
        orientation,
      };
    }
    if (marker === scanStart || length < 2) throw damaged(name);
    at += 2 + length;
  }
  return undefined;
}

/**
 * Decodes a JPEG, turned as its EXIF orientation says.
 *
 * @param name what the picture is called in messages: its path
 * @returns grey, or RGB
 * @throws InputError where it is not a JPEG, too large as `jpegHeader` has it, cut off or damaged;
 *   JPEG has no checksums, so damage within the pixels can go unseen
 */
export function decodeJpeg(bytes: Uint8Array, name = 'the image'): Picture {
  const header = jpegHeader(bytes, name);
  if (header === undefined || !endsAfterScan(bytes)) {
    throw new InputError(`${name} is a JPEG image that is cut off; save or download it again`);
  }
  return oriented(decode(bytes, name), header.orientation);
}

const scanStart = 0xda;
const imageEnd = 0xd9;

const damaged = (name: string, cause?: unknown): InputError =>
  new InputError(`${name} is a damaged JPEG image; save or download it again`, { cause });

/** Whether a marker starts a frame: all of C0 … CF but the tables DHT, JPG and DAC. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** What is cut off may still hold an end: thumbnails in headers have ends of their own. */
function endsAfterScan(bytes: Uint8Array): boolean {
  for (let at = bytes.length - 2; at > 2; at--) {
    if (bytes[at] !== 0xff) continue;
    if (bytes[at + 1] === imageEnd) return true;
    if (bytes[at + 1] === scanStart) return false;
  }
  return false;
}

function decode(bytes: Uint8Array, name: string): JpegPixels {
  try {
    return decodeSegments(bytes);
  } catch (cause) {
    if (cause instanceof JpegTooLong) {
      throw new InputError(
        `${name} is too large: a progressive JPEG image of more than 24 MiB; save it as a baseline one`,
        { cause },
      );
    }
    if (cause instanceof JpegError) throw damaged(name, cause);
    throw cause;
  }
}

/** The tag Orientation of an APP1 segment; 1 where it is not said, or not EXIF. */
function exifOrientation(segment: Uint8Array): number {
  const tiff = 6;
  const bytes = Buffer.from(segment.buffer, segment.byteOffset, segment.byteLength);
  if (bytes.toString('latin1', 0, tiff) !== 'Exif\0\0' || bytes.length < tiff + 10) return 1;
  const little = bytes.toString('latin1', tiff, tiff + 2) === 'II';
  const uint16 = (at: number) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const directory = tiff + (little ? bytes.readUInt32LE(tiff + 4) : bytes.readUInt32BE(tiff + 4));
  if (directory + 2 > bytes.length) return 1;
  const end = Math.min(directory + 2 + 12 * uint16(directory), bytes.length - 11);
  for (let entry = directory + 2; entry < end; entry += 12) {
    if (uint16(entry) !== 0x0112) continue;
    const orientation = uint16(entry + 8);
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
  }
  return 1;
}

/** For each orientation, whether rows and columns change places, and which of them run backwards. */
const turns: Readonly<Record<number, { swap: boolean; flipX: boolean; flipY: boolean }>> = {
  1: { swap: false, flipX: false, flipY: false },
  2: { swap: false, flipX: true, flipY: false },
  3: { swap: false, flipX: true, flipY: true },
  4: { swap: false, flipX: false, flipY: true },
  5: { swap: true, flipX: false, flipY: false },
  6: { swap: true, flipX: false, flipY: true },
  7: { swap: true, flipX: true, flipY: true },
  8: { swap: true, flipX: true, flipY: false },
};

/** The picture as it is to be seen; of the result's pixel (x, y), the source is found. */
function oriented(picture: Picture, orientation: number): Picture {
  if (orientation === 1) return picture;
  const { channels, pixels } = picture;
  const { swap, flipX, flipY } = turns[orientation]!;
  const width = swap ? picture.height : picture.width;
  const height = swap ? picture.width : picture.height;
  const out = new Uint8Array(pixels.length);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [column, row] = swap ? [y, x] : [x, y];
      const sourceX = flipX ? picture.width - 1 - column : column;
      const sourceY = flipY ? picture.height - 1 - row : row;
      const from = (sourceY * picture.width + sourceX) * channels;
      for (let c = 0; c < channels; c++) out[to++] = pixels[from + c]!;
    }
  }
  return { width, height, channels, pixels: out };
}
