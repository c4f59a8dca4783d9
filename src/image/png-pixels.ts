/**
 * The pixels of a PNG: inflated, unfiltered (https://www.w3.org/TR/png/#9Filters), put in their places
 * (https://www.w3.org/TR/png/#8Interlace) and made bytes.
 */
import { inflateSync } from 'node:zlib';
import { type PngChunks, PngError, type PngLayout } from './png-chunks.js';

export interface PngPixels {
  readonly channels: 1 | 2 | 3 | 4;
  /** [H, W, C] row-major. */
  readonly pixels: Uint8Array;
}

/** A part of the picture that is stored as a picture of its own: every so many pixels of it. */
interface Pass {
  readonly left: number;
  readonly top: number;
  readonly stepX: number;
  readonly stepY: number;
  /** Of the part, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Bytes of a line, but for the byte that tells its filter. */
  readonly lineBytes: number;
}

const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Values of a pixel as it is stored, by colour type. */
const samplesPerPixel: Readonly<Record<number, 1 | 2 | 3 | 4>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/**
 * The bytes that a picture takes once inflated.
 */
export const inflatedLength = (layout: PngLayout): number =>
  passesOf(layout).reduce((sum, { height, lineBytes }) => sum + height * (lineBytes + 1), 0);

/**
 * @throws PngError, or zlib's error, where the pixels are not exactly those that the header announces
 */
export function readPixels({ layout, palette, transparency, data }: PngChunks): PngPixels {
  const { width, height, depth, colorType, interlaced } = layout;
  const samples = samplesPerPixel[colorType]!;
  const lines = inflateExactly(data, inflatedLength(layout));
  const passes = passesOf(layout);
  let start = 0;
  for (const pass of passes) {
    unfilter(lines, start, pass, Math.max(1, (samples * depth) / 8));
    start += pass.height * (pass.lineBytes + 1);
  }
  if (!interlaced && depth === 8 && colorType !== 3 && transparency === undefined) {
    return { channels: samples, pixels: withoutFilters(lines, passes[0]!) };
  }
  const alpha = transparency === undefined ? 0 : 1;
  const channels = (colorType === 3 ? 3 + alpha : samples + alpha) as 1 | 2 | 3 | 4;
  const pixels = new Uint8Array(width * height * channels);
  const put =
    colorType === 3
      ? fromPalette(palette, transparency, pixels, channels)
      : fromSamples(layout, samples, transparency, pixels, channels);
  start = 0;
  for (const { left, top, stepX, stepY, ...part } of passes) {
    for (let y = 0; y < part.height; y++) {
      const to = (top + y * stepY) * width + left;
      put(lines, start + 1, depth, part.width, to * channels, stepX * channels);
      start += part.lineBytes + 1;
    }
  }
  return { channels, pixels };
}

function passesOf({ width, height, depth, colorType, interlaced }: PngLayout): Pass[] {
  return (interlaced ? adam7 : [[0, 0, 1, 1] as const]).flatMap(([left, top, stepX, stepY]) => {
    const part = {
      width: Math.ceil((width - left) / stepX),
      height: Math.ceil((height - top) / stepY),
    };
    if (part.width <= 0 || part.height <= 0) return [];
    const lineBytes = Math.ceil((part.width * samplesPerPixel[colorType]! * depth) / 8);
    return [{ left, top, stepX, stepY, ...part, lineBytes }];
  });
}

/** Inflates to a known length: never more, and never less, whatever the data says. */
function inflateExactly(data: Uint8Array, length: number): Uint8Array {
  // One byte more than needed is room enough: zlib fills a single buffer, and is not asked for a next.
  const lines = inflateSync(data, { chunkSize: Math.max(64, length + 1), maxOutputLength: length });
  if (lines.length !== length) throw new PngError(`${lines.length} of ${length} bytes of pixels`);
  return lines;
}

/**
 * Undoes the filters of a pass in place.
 * @param step how many bytes lie between a value and the same of the pixel to its left
 */
function unfilter(lines: Uint8Array, start: number, pass: Pass, step: number): void {
  const { height, lineBytes } = pass;
  for (let y = 0; y < height; y++) {
    const at = start + y * (lineBytes + 1) + 1;
    unfilterLine(lines, at, at + lineBytes, y === 0 ? 0 : lineBytes + 1, step);
  }
}

/** @param up how many bytes before each value the one above it lies; 0 where there is no line above */
function unfilterLine(lines: Uint8Array, at: number, end: number, up: number, step: number): void {
  const filter = lines[at - 1]!;
  // Without a line above, whose values count as 0, the last filter is the first.
  const kind = filter === 4 && up === 0 ? 1 : filter;
  const second = Math.min(end, at + step);
  if (kind === 1) {
    for (let i = second; i < end; i++) lines[i]! += lines[i - step]!;
  } else if (kind === 2) {
    if (up > 0) for (let i = at; i < end; i++) lines[i]! += lines[i - up]!;
  } else if (kind === 3) {
    for (let i = at; i < second; i++) lines[i]! += up > 0 ? lines[i - up]! >> 1 : 0;
    for (let i = second; i < end; i++) {
      lines[i]! += (lines[i - step]! + (up > 0 ? lines[i - up]! : 0)) >> 1;
    }
  } else if (kind === 4) {
    for (let i = at; i < second; i++) lines[i]! += lines[i - up]!;
    for (let i = second; i < end; i++) {
      lines[i]! += paeth(lines[i - step]!, lines[i - up]!, lines[i - up - step]!);
    }
  } else if (kind !== 0) throw new PngError(`the filter ${kind}`);
}

/** Of the three the nearest to a + b − c. */
function paeth(a: number, b: number, c: number): number {
  const [toA, toB, toC] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  if (toA <= toB && toA <= toC) return a;
  return toB <= toC ? b : c;
}

/** Moves the lines together, over the bytes of their filters: the picture takes no memory of its own. */
function withoutFilters(lines: Uint8Array, { height, lineBytes }: Pass): Uint8Array {
  for (let y = 0; y < height; y++) {
    const from = y * (lineBytes + 1) + 1;
    lines.copyWithin(y * lineBytes, from, from + lineBytes);
  }
  return new Uint8Array(lines.buffer, lines.byteOffset, height * lineBytes);
}

/** Puts the `count` pixels of the line at `at` where they belong: the first at `to`, then every `step`. */
type PutLine = (
  lines: Uint8Array,
  at: number,
  depth: number,
  count: number,
  to: number,
  step: number,
) => void;

/** The value of a line that is the i-th, at its own depth. */
function sampleAt(lines: Uint8Array, at: number, depth: number, i: number): number {
  if (depth === 8) return lines[at + i]!;
  if (depth === 16) return (lines[at + 2 * i]! << 8) | lines[at + 2 * i + 1]!;
  const bit = i * depth;
  return (lines[at + (bit >> 3)]! >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
}

function fromPalette(
  palette: Uint8Array,
  transparency: Uint8Array | undefined,
  pixels: Uint8Array,
  channels: number,
): PutLine {
  const entries = palette.length / 3;
  return (lines, at, depth, count, first, step) => {
    for (let x = 0, to = first; x < count; x++, to += step) {
      const index = sampleAt(lines, at, depth, x);
      if (index >= entries) throw new PngError(`the palette has no entry ${index}`);
      for (let c = 0; c < 3; c++) pixels[to + c] = palette[3 * index + c]!;
      if (channels === 4) pixels[to + 3] = transparency![index] ?? 255;
    }
  };
}

function fromSamples(
  { depth }: PngLayout,
  samples: number,
  transparency: Uint8Array | undefined,
  pixels: Uint8Array,
  channels: number,
): PutLine {
  const most = 2 ** depth - 1;
  const clear = transparency === undefined ? [] : uint16s(transparency);
  return (lines, at, _, count, first, step) => {
    for (let x = 0, to = first; x < count; x++, to += step) {
      let isClear = clear.length > 0;
      for (let c = 0; c < samples; c++) {
        const value = sampleAt(lines, at, depth, x * samples + c);
        if (isClear && value !== clear[c]) isClear = false;
        pixels[to + c] = depth === 8 ? value : Math.floor((value * 255) / most + 0.5);
      }
      if (isClear) pixels.fill(0, to, to + channels);
      else if (channels > samples) pixels[to + samples] = 255;
    }
  };
}

const uint16s = (bytes: Uint8Array): number[] =>
  Array.from({ length: bytes.length / 2 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!);
