import { deflateSync } from 'node:zlib';

/** A PNG's colour types, by their numbers in the format. */
export const ColorType = { grey: 0, rgb: 2, palette: 3, greyAlpha: 4, rgba: 6 } as const;

const valuesPerPixel: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

export interface PngParts {
  width: number;
  height: number;
  depth?: number;
  colorType?: number;
  interlaced?: boolean;
  /** One value a channel, at the image's depth. */
  values: readonly number[];
  /** Chunks between the header and the pixels. */
  chunks?: readonly [type: string, bytes: readonly number[]][];
}

/** A PNG of any kind, made without the library under test. */
export function png(parts: PngParts): Buffer {
  const { width, height, depth = 8, colorType = ColorType.grey, interlaced = false } = parts;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colorType, 0, 0, interlaced ? 1 : 0], 8);
  const passes = interlaced ? adam7 : [[0, 0, 1, 1] as const];
  const scanlines = passes.flatMap((pass) => scanlinesOf(parts, pass));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...(parts.chunks ?? []).map(([type, bytes]) => chunk(type, Uint8Array.from(bytes))),
    chunk('IDAT', deflateSync(Uint8Array.from(scanlines))),
    chunk('IEND', new Uint8Array()),
  ]);
}

type Pass = readonly [x: number, y: number, stepX: number, stepY: number];

const adam7: readonly Pass[] = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/** The unfiltered scanlines of the pixels of one pass. */
function scanlinesOf(parts: PngParts, [left, top, stepX, stepY]: Pass): number[] {
  const { width, height, depth = 8, colorType = ColorType.grey, values } = parts;
  const perPixel = valuesPerPixel[colorType]!;
  const lines: number[] = [];
  for (let y = top; y < height && left < width; y += stepY) {
    let bits = '';
    for (let x = left; x < width; x += stepX) {
      const at = (y * width + x) * perPixel;
      for (const value of values.slice(at, at + perPixel)) {
        bits += value.toString(2).padStart(depth, '0');
      }
    }
    const bytes = bits.match(/.{1,8}/g) ?? [];
    lines.push(0, ...bytes.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2)));
  }
  return lines;
}

function chunk(type: string, bytes: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), bytes]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(bytes.length, 0);
  whole.set(body, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
