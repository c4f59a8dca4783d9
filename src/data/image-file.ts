/**
 * Pictures in files, as datasets take them: PNG and JPEG, grey or RGB, told apart by what is in
 * them, not by their names.
 */
import { open } from 'node:fs/promises';
import { InputError } from '../errors.js';
import { asInputError, requireRegularFile } from '../files.js';
import { decodeJpeg, isJpeg, jpegHeader } from '../image/jpeg.js';
import { decodePng, isPng, type Picture, pngHeader, readPictureFile } from '../image/png.js';
import { resizedMiddle } from './resize.js';
import type { ThreadTask } from './thread.js';

export interface ImageHeader {
  /** In pixels, as the picture is to be seen. */
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 colour; palettes count as colour. */
  readonly channels: 1 | 3;
}

/** The size that every image of a dataset has in memory. */
export interface ImageFormat {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

/** What to do with some files, in a thread. */
export type ImageJob =
  | { readonly kind: 'inspect'; readonly paths: readonly string[] }
  | {
      readonly kind: 'decode';
      readonly paths: readonly string[];
      readonly format: ImageFormat;
      /** Where the first image goes, [paths.length, H, W, C]; shared memory. */
      readonly into: Uint8Array;
    };

/** Inspects or decodes files one after the other; answers with the headers, or with none. */
export const imageTask = (): ThreadTask<ImageJob, readonly ImageHeader[]> => async (job) => {
  const headers: ImageHeader[] = [];
  for (const [i, path] of job.paths.entries()) {
    if (job.kind === 'inspect') {
      headers.push(await inspectImage(path));
      continue;
    }
    const { height, width, channels } = job.format;
    job.into.set(await readImage(path, job.format), i * height * width * channels);
  }
  return { output: headers };
};

/** Most headers end within so many bytes; thumbnails and colour profiles may take more. */
const headerBytes = 2 ** 16;

/**
 * Size and colour of a picture, without decoding it.
 *
 * @throws InputError where it cannot be read, or is no PNG or JPEG
 */
export async function inspectImage(path: string): Promise<ImageHeader> {
  const start = await readStart(path, headerBytes);
  if (isPng(start)) return pngHeader(start, path);
  if (!isJpeg(start)) throw new InputError(`${path} is neither a PNG nor a JPEG image`);
  const header = jpegHeader(start, path) ?? jpegHeader(await readPictureFile(path), path);
  if (header === undefined) {
    throw new InputError(`${path} is a JPEG image that is cut off; save or download it again`);
  }
  return header;
}

/**
 * The pixels of a picture: turned as EXIF says, on white where it is transparent, the middle part
 * resized where it has another size, grey repeated where the dataset has colours, and colours as grey
 * where it has none.
 *
 * @returns [H, W, C]
 * @throws InputError where it cannot be read, or is damaged
 */
export async function readImage(path: string, format: ImageFormat): Promise<Uint8Array> {
  const bytes = await readPictureFile(path);
  const picture = withoutAlpha(isJpeg(bytes) ? decodeJpeg(bytes, path) : decodePng(bytes, path));
  return withChannels(resizedMiddle(picture, format), picture.channels, format.channels);
}

async function readStart(path: string, length: number): Promise<Uint8Array> {
  try {
    await requireRegularFile(path);
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw asInputError(thrown, path);
  }
}

function withoutAlpha(picture: Picture): Picture {
  const { width, height, channels, pixels } = picture;
  if (channels === 1 || channels === 3) return picture;
  const colours = channels === 2 ? 1 : 3;
  const out = new Uint8Array(width * height * colours);
  for (let i = 0; i < width * height; i++) {
    const alpha = pixels[i * channels + colours]! / 255;
    for (let c = 0; c < colours; c++) {
      out[i * colours + c] = Math.round(255 + (pixels[i * channels + c]! - 255) * alpha);
    }
  }
  return { width, height, channels: colours, pixels: out };
}

function withChannels(pixels: Uint8Array, from: number, to: number): Uint8Array {
  if (from === to) return pixels;
  const out = new Uint8Array((pixels.length / from) * to);
  for (let i = 0; i < out.length; i++) {
    const at = Math.floor(i / to) * from;
    out[i] =
      from === 1
        ? pixels[at]!
        : Math.round(0.299 * pixels[at]! + 0.587 * pixels[at + 1]! + 0.114 * pixels[at + 2]!);
  }
  return out;
}
