/**
 * What a PNG file is made of (https://www.w3.org/TR/png/#5DataRep): chunks, each with its length, its
 * type, its bytes and a checksum.
 */
import crc32 from 'crc-32';

/** https://www.w3.org/TR/png/#11IHDR */
export interface PngLayout {
  readonly width: number;
  readonly height: number;
  /** Bits a value. */
  readonly depth: number;
  /** Bits: 1 palette, 2 colour, 4 alpha. */
  readonly colorType: number;
  readonly interlaced: boolean;
}

export interface PngChunks {
  readonly layout: PngLayout;
  /** [entries, 3]; empty where there is none. */
  readonly palette: Uint8Array;
  /** The alpha of a palette's entries, or the one value that is transparent. */
  readonly transparency: Uint8Array | undefined;
  /** The compressed pixels. */
  readonly data: Uint8Array;
}

/** What contradicts the format. */
export class PngError extends Error {}

/** Bytes of the signature that every PNG begins with. */
const signatureLength = 8;

/** The depths that each colour type may have. */
const depths: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/**
 * Takes a file apart, every chunk's checksum checked. Bytes after the last chunk are let be.
 *
 * @param file begins with the signature
 * @throws PngError
 */
export function readChunks(file: Buffer): PngChunks {
  let layout: PngLayout | undefined;
  let palette: Uint8Array | undefined;
  let transparency: Uint8Array | undefined;
  const data: Uint8Array[] = [];
  let before = '';
  for (const { type, bytes } of chunksOf(file)) {
    if ((type === 'IHDR') !== (layout === undefined)) throw new PngError('not one header, first');
    if (type === 'IHDR') layout = layoutOf(bytes);
    else if (type === 'PLTE') {
      if (palette !== undefined || data.length > 0) throw new PngError('a palette out of place');
      if (bytes.length === 0 || bytes.length % 3 !== 0 || bytes.length > 768) {
        throw new PngError(`a palette of ${bytes.length} bytes`);
      }
      palette = bytes;
    } else if (type === 'tRNS') {
      if (transparency !== undefined || data.length > 0) throw new PngError('tRNS out of place');
      transparency = bytes;
    } else if (type === 'IDAT') {
      if (data.length > 0 && before !== 'IDAT') throw new PngError('pixels in two places');
      data.push(bytes);
    } else if (type !== 'IEND' && isCritical(type)) {
      throw new PngError(`a chunk ${JSON.stringify(type)} that is not known`);
    }
    before = type;
  }
  if (layout === undefined || data.length === 0) throw new PngError('no pixels');
  return {
    layout,
    palette: palette ?? new Uint8Array(),
    transparency: checkedTransparency(layout, palette, transparency),
    // A picture in one chunk, however large, is not copied.
    data: data.length === 1 ? data[0]! : Buffer.concat(data),
  };
}

/** Without a chunk of this type the picture cannot be shown: its first letter is a capital. */
const isCritical = (type: string): boolean => (type.charCodeAt(0) & 0x20) === 0;

/** The chunks up to the last one, IEND, which has to be there. */
function* chunksOf(file: Buffer): Generator<{ type: string; bytes: Uint8Array }> {
  for (let at = signatureLength; at + 12 <= file.length; ) {
    const end = at + 8 + file.readUInt32BE(at);
    if (end + 4 > file.length) break;
    if (crc32.buf(file.subarray(at + 4, end)) !== file.readInt32BE(end)) {
      throw new PngError('a checksum that does not match');
    }
    const type = file.toString('latin1', at + 4, at + 8);
    yield { type, bytes: file.subarray(at + 8, end) };
    if (type === 'IEND') return;
    at = end + 4;
  }
  throw new PngError('no end');
}

function layoutOf(bytes: Uint8Array): PngLayout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [depth = 0, colorType = 1, compression, filter, interlace = 2] = bytes.subarray(8);
  const isKnown = bytes.length === 13 && compression === 0 && filter === 0 && interlace <= 1;
  if (!isKnown || depths[colorType]?.includes(depth) !== true) {
    throw new PngError('a header of no known kind');
  }
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    ...{ depth, colorType, interlaced: interlace === 1 },
  };
}

function checkedTransparency(
  { colorType }: PngLayout,
  palette: Uint8Array | undefined,
  bytes: Uint8Array | undefined,
): Uint8Array | undefined {
  if (colorType === 3 && palette === undefined) throw new PngError('no palette');
  // With alpha of its own a picture needs none.
  if (bytes === undefined || colorType >= 4) return undefined;
  const fits =
    colorType === 3 ? bytes.length <= palette!.length / 3 : bytes.length === 2 * (colorType + 1);
  if (!fits) throw new PngError(`tRNS of ${bytes.length} bytes`);
  return bytes;
}
