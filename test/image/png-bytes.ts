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
  /** The filter of a line, 0 … 4, by its number within its pass; by default none. */
  filter?: (line: number) => number;
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
    pngChunk('IHDR', header),
    ...(parts.chunks ?? []).map(([type, bytes]) => pngChunk(type, Uint8Array.from(bytes))),
    pngChunk('IDAT', deflateSync(Uint8Array.from(scanlines))),
    pngChunk('IEND', new Uint8Array()),
  ]);
}

/** The chunks of a PNG, and the file of such chunks. */
export function pngChunks(file: Buffer): { type: string; bytes: Buffer }[] {
  const chunks: { type: string; bytes: Buffer }[] = [];
  for (let at = 8; at + 12 <= file.length; ) {
    const end = at + 8 + file.readUInt32BE(at);
    chunks.push({
      type: file.toString('latin1', at + 4, at + 8),
      bytes: file.subarray(at + 8, end),
    });
    at = end + 4;
  }
  return chunks;
}

export const pngOf = (chunks: readonly { type: string; bytes: Uint8Array }[]): Buffer =>
  Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    ...chunks.map(({ type, bytes }) => pngChunk(type, bytes)),
  ]);

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

/** The scanlines of the pixels of one pass, filtered. */
function scanlinesOf(parts: PngParts, [left, top, stepX, stepY]: Pass): number[] {
  const { width, height, depth = 8, colorType = ColorType.grey, values } = parts;
  const perPixel = valuesPerPixel[colorType]!;
  const lines: number[] = [];
  const step = Math.max(1, (perPixel * depth) / 8);
  let above: number[] = [];
  for (let y = top; y < height && left < width; y += stepY) {
    let bits = '';
    for (let x = left; x < width; x += stepX) {
      const at = (y * width + x) * perPixel;
      for (const value of values.slice(at, at + perPixel)) {
        bits += value.toString(2).padStart(depth, '0');
      }
    }
    const bytes = bits.match(/.{1,8}/g) ?? [];
    const line = bytes.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
    const kind = parts.filter?.((y - top) / stepY) ?? 0;
    lines.push(kind, ...filtered(kind, line, above, step));
    above = line;
  }
  return lines;
}

/** What is left of a line once the filter has taken away what it foresees. */
function filtered(kind: number, line: number[], above: number[], step: number): number[] {
  return line.map((value, i) => {
    const [a, b, c] = [line[i - step] ?? 0, above[i] ?? 0, above[i - step] ?? 0];
    // The nearest of the three, the first of several.
    const paeth = [a, b, c].reduce((best, one) =>
      Math.abs(a + b - c - one) < Math.abs(a + b - c - best) ? one : best,
    );
    return (value - [0, a, b, (a + b) >> 1, paeth][kind]!) & 255;
  });
}

/** A chunk with its length and its checksum. */
export function pngChunk(type: string, bytes: Uint8Array): Buffer {
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
