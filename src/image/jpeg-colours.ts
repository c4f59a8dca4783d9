/**
 * The colours of a JPEG put together as pixels.
 */
import { transformBlock } from './jpeg-blocks.js';
import { JpegError } from './jpeg-huffman.js';
import type { Frame, Plane } from './jpeg-segments.js';

export interface JpegPixels {
  /** Of the picture as it is stored. */
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** [H, W, C] row-major. */
  readonly pixels: Uint8Array;
}

/** Puts the colours together, a row of units at a time. */
export function pixelsOf(frame: Frame, isJfif: boolean, adobe: number | undefined): JpegPixels {
  const { width, height, progressive, planes, unitsDown, mostH, mostV } = frame;
  if (planes.some(({ factors }) => factors === undefined)) throw new JpegError('a colour missing');
  const channels = planes.length === 1 ? 1 : 3;
  const pixels = new Uint8ClampedArray(width * height * channels);
  const mix = mixer(planes, isJfif, adobe);
  // Colours that are stored coarser are repeated.
  const columns = planes.map(({ h }) =>
    Uint16Array.from({ length: width }, (_, x) => Math.floor((x * h) / mostH)),
  );
  const starts = new Uint32Array(planes.length);
  for (let unit = 0; unit < unitsDown; unit++) {
    if (progressive) for (const plane of planes) transformRow(plane, unit);
    const end = Math.min(height, (unit + 1) * 8 * mostV);
    for (let y = unit * 8 * mostV; y < end; y++) {
      for (const [i, { v, stride }] of planes.entries()) {
        const row = Math.floor(((progressive ? y - unit * 8 * mostV : y) * v) / mostV);
        starts[i] = row * 8 * stride;
      }
      mix(pixels, y * width * channels, width, starts, columns);
    }
  }
  return { width, height, channels, pixels: new Uint8Array(pixels.buffer) };
}

function transformRow({ coefficients, factors, pixels, stride, v }: Plane, unit: number): void {
  for (let y = 0; y < v; y++) {
    for (let x = 0; x < stride; x++) {
      const at = 64 * ((unit * v + y) * stride + x);
      transformBlock(coefficients, at, factors!, pixels, 8 * (8 * y * stride + x), 8 * stride);
    }
  }
}

/** Makes a line of pixels of lines of colours: each begins at `starts`, its pixels are at `columns`. */
type Mix = (
  out: Uint8ClampedArray,
  to: number,
  width: number,
  starts: Uint32Array,
  columns: readonly Uint16Array[],
) => void;

/**
 * Of three colours: luma and two of chroma (JFIF), unless Adobe's mark or their names say red, green
 * and blue. Of four: cyan, magenta, yellow and black as Adobe has them, inverted, the first three as
 * luma and chroma where its mark says so.
 */
function mixer(planes: readonly Plane[], isJfif: boolean, adobe: number | undefined): Mix {
  const [p0, p1, p2, p3] = planes.map((plane) => plane.pixels) as Four<Uint8ClampedArray>;
  if (planes.length === 1) {
    return (out, to, width, [s0 = 0]) => {
      for (let x = 0; x < width; x++) out[to + x] = p0[s0 + x]!;
    };
  }
  if (planes.length === 4 && adobe === undefined) throw new JpegError('four colours of no name');
  const isNamed = String(planes.map(({ id }) => id)) === '82,71,66';
  const isRgb = adobe === undefined ? !isJfif && isNamed : adobe === 0;
  const isInverted = planes.length === 4 && !isRgb;
  return (out, first, width, [s0 = 0, s1 = 0, s2 = 0, s3 = 0], columns) => {
    const [c0, c1, c2, c3] = columns as Four<Uint16Array>;
    for (let x = 0, to = first; x < width; x++, to += 3) {
      let [red, green, blue] = [p0[s0 + c0[x]!]!, p1[s1 + c1[x]!]!, p2[s2 + c2[x]!]!];
      if (!isRgb) {
        const [luma, cb, cr] = [red, green - 128, blue - 128];
        red = luma + 1.402 * cr;
        green = luma - 0.3441363 * cb - 0.71413636 * cr;
        blue = luma + 1.772 * cb;
      }
      if (p3 !== undefined) {
        const light = p3[s3 + c3[x]!]! / 255;
        red = light * (isInverted ? 255 - within(red) : red);
        green = light * (isInverted ? 255 - within(green) : green);
        blue = light * (isInverted ? 255 - within(blue) : blue);
      }
      out[to] = red;
      out[to + 1] = green;
      out[to + 2] = blue;
    }
  };
}

type Four<T> = [T, T, T, T];

const within = (value: number): number => Math.min(255, Math.max(0, value));
