/**
 * A JPEG taken apart, segment by segment (ITU T.81, B.2), and put together as pixels.
 */
import { blockFactors, transformBlock } from './jpeg-blocks.js';
import { type HuffmanTable, huffmanTable, JpegError } from './jpeg-huffman.js';
import { type Component, decodeScan, type Scan, zigzag } from './jpeg-scan.js';

/** A colour while its picture is decoded. */
interface Plane extends Component {
  /** Which table of quantisation it asks for. */
  readonly quantisation: number;
  /** Once a scan has had it. */
  factors: Float64Array | undefined;
  /** Pixels, 8 × stride wide: all of them, or of a progressive picture those of a row of units. */
  readonly pixels: Uint8ClampedArray;
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly progressive: boolean;
  readonly planes: readonly Plane[];
  readonly unitsAcross: number;
  readonly unitsDown: number;
  readonly mostH: number;
  readonly mostV: number;
}

export interface JpegPixels {
  /** Of the picture as it is stored. */
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** [H, W, C] row-major. */
  readonly pixels: Uint8Array;
}

/** Pictures in more parts than these are made to keep a decoder busy; others have a dozen. */
const mostScans = 1000;
/** Of each coefficient; common pictures send one in at most four parts. */
const mostVisits = 8;
/** What the way to a block costs, in coefficients. */
const leastVisits = 16;
/** Fewer coefficients than these take no time worth a word, however often they are sent. */
const fewVisits = 2 ** 28;

/**
 * @param data begins as a JPEG; its sizes have been looked at
 * @throws JpegError
 */
export function decodeSegments(data: Uint8Array): JpegPixels {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const quantisations: (Uint16Array | undefined)[] = [];
  const codes = new Map<number, () => HuffmanTable>();
  let frame: Frame | undefined;
  let adobe: number | undefined;
  let isJfif = false;
  let restartInterval = 0;
  let [scans, visits] = [0, 0];
  for (let at = 2; ; ) {
    if (data[at] !== 0xff) throw new JpegError('no marker where one should be');
    const marker = data[at + 1];
    if (marker === 0xff) {
      at++; // A byte of filling.
      continue;
    }
    if (marker === 0xd9) break;
    if (at + 4 > data.length) throw new JpegError('no end');
    const length = view.getUint16(at + 2);
    const next = at + 2 + length;
    if (length < 2 || next > data.length) throw new JpegError('a segment that is cut off');
    const segment = data.subarray(at + 4, next);
    at = next;
    if (marker === 0xdb) readQuantisations(segment, quantisations);
    else if (marker === 0xc4) readCodes(segment, codes);
    else if (marker === 0xdd) restartInterval = ((segment[0] ?? 0) << 8) | (segment[1] ?? 0);
    else if (marker === 0xe0) isJfif ||= startsWith(segment, 'JFIF\0');
    else if (marker === 0xee && startsWith(segment, 'Adobe') && segment.length >= 12) {
      adobe = segment[11];
    } else if (marker === 0xc0 || marker === 0xc1 || marker === 0xc2) {
      if (frame !== undefined) throw new JpegError('two pictures');
      frame = readFrame(segment, marker === 0xc2);
    } else if (marker === 0xda) {
      if (frame === undefined) throw new JpegError('a scan before its frame');
      const scan = readScan(segment, frame, quantisations, codes, restartInterval);
      scans++;
      const perBlock = Math.max(leastVisits, scan.last - scan.first + 1);
      visits += scan.components.reduce(
        (sum, { component: { blocksAcross, blocksDown } }) =>
          sum + blocksAcross * blocksDown * perBlock,
        0,
      );
      if (scans > mostScans || visits > Math.max(fewVisits, mostVisits * coefficientsOf(frame))) {
        throw new JpegError('more parts than any picture has');
      }
      const { unitsAcross, unitsDown } = frame;
      at = decodeScan(
        ...([data, at, scan, unitsAcross, unitsDown] as const),
        frame.progressive ? undefined : transformWhole,
      );
    } else if (marker === undefined || marker < 0xe0) throw new JpegError(`marker ${marker}`);
  }
  if (frame === undefined) throw new JpegError('no picture');
  return pixelsOf(frame, isJfif, adobe);
}

const startsWith = (segment: Uint8Array, text: string): boolean =>
  Buffer.from(segment.subarray(0, text.length)).toString('latin1') === text;

const coefficientsOf = ({ planes }: Frame): number =>
  planes.reduce((sum, { stride, rows }) => sum + 64 * stride * rows, 0);

/** A block of a sequential picture becomes pixels as soon as it is there. */
function transformWhole(component: Component, column: number, row: number): void {
  const { coefficients, factors, pixels, stride } = component as Plane;
  transformBlock(coefficients, 0, factors!, pixels, 8 * (8 * row * stride + column), 8 * stride);
}

function readQuantisations(segment: Uint8Array, tables: (Uint16Array | undefined)[]): void {
  for (let at = 0; at < segment.length; ) {
    const [bytes, id] = [(segment[at]! >> 4) + 1, segment[at]! & 15];
    if (bytes > 2 || id > 3 || at + 1 + 64 * bytes > segment.length) {
      throw new JpegError('a table of quantisation that is none');
    }
    const table = new Uint16Array(64);
    for (let i = 0; i < 64; i++) {
      const place = at + 1 + bytes * i;
      table[zigzag[i]!] =
        bytes === 1 ? segment[place]! : (segment[place]! << 8) | segment[place + 1]!;
    }
    tables[id] = table;
    at += 1 + 64 * bytes;
  }
}

/** By class and number; made when the first scan asks for them, once. */
function readCodes(segment: Uint8Array, codes: Map<number, () => HuffmanTable>): void {
  for (let at = 0; at < segment.length; ) {
    const counts = segment.subarray(at + 1, at + 17);
    const end = at + 17 + counts.reduce((sum, count) => sum + count, 0);
    if (counts.length < 16 || end > segment.length) throw new JpegError('a table of no codes');
    const symbols = segment.subarray(at + 17, end);
    let made: HuffmanTable | undefined;
    codes.set(segment[at]!, () => {
      made ??= huffmanTable(counts, symbols);
      return made;
    });
    at = end;
  }
}

function readFrame(segment: Uint8Array, progressive: boolean): Frame {
  const [precision, , , , , count = 0] = segment;
  if (precision !== 8) throw new JpegError(`${precision} bits a value`);
  if (![1, 3, 4].includes(count) || segment.length !== 6 + 3 * count) {
    throw new JpegError(`${count} colours`);
  }
  const height = (segment[1]! << 8) | segment[2]!;
  const width = (segment[3]! << 8) | segment[4]!;
  const described = Array.from({ length: count }, (_, i) => {
    const [id = 0, sampling = 0, quantisation = 0] = segment.subarray(6 + 3 * i, 9 + 3 * i);
    return { id, h: sampling >> 4, v: sampling & 15, quantisation };
  });
  if (described.some(({ h, v }) => h < 1 || h > 4 || v < 1 || v > 4)) {
    throw new JpegError('a sampling that there is not');
  }
  if (new Set(described.map(({ id }) => id)).size < count) throw new JpegError('a colour twice');
  const mostH = Math.max(...described.map(({ h }) => h));
  const mostV = Math.max(...described.map(({ v }) => v));
  const unitsAcross = Math.ceil(width / (8 * mostH));
  const unitsDown = Math.ceil(height / (8 * mostV));
  const planes = described.map((one): Plane => {
    const [stride, rows] = [unitsAcross * one.h, unitsDown * one.v];
    return {
      ...{ ...one, stride, rows, factors: undefined },
      blocksAcross: Math.ceil(Math.ceil((width * one.h) / mostH) / 8),
      blocksDown: Math.ceil(Math.ceil((height * one.v) / mostV) / 8),
      coefficients: new Int16Array(progressive ? 64 * stride * rows : 64),
      pixels: new Uint8ClampedArray(64 * stride * (progressive ? one.v : rows)),
    };
  });
  return { width, height, progressive, planes, unitsAcross, unitsDown, mostH, mostV };
}

function readScan(
  segment: Uint8Array,
  { planes, progressive }: Frame,
  quantisations: readonly (Uint16Array | undefined)[],
  codes: ReadonlyMap<number, () => HuffmanTable>,
  restartInterval: number,
): Scan {
  const count = segment[0] ?? 0;
  if (count < 1 || count > 4 || segment.length !== 4 + 2 * count) throw new JpegError('a scan');
  const components = Array.from({ length: count }, (_, i) => {
    const [id, tables = 0] = segment.subarray(1 + 2 * i, 3 + 2 * i);
    const component = planes.find((plane) => plane.id === id);
    if (component === undefined) throw new JpegError('a scan of no known colour');
    if (component.factors === undefined) {
      const table = quantisations[component.quantisation];
      if (table === undefined) throw new JpegError('no table of quantisation');
      component.factors = blockFactors(table);
    }
    return {
      component,
      dc: codes.get(tables >> 4)?.(),
      ac: codes.get(16 | (tables & 15))?.(),
    };
  });
  if (new Set(components.map(({ component }) => component)).size < count) {
    throw new JpegError('a colour twice in a scan');
  }
  if (!progressive) return { components, first: 0, last: 63, high: 0, low: 0, restartInterval };
  const [first = 0, last = 0, bits = 0] = segment.subarray(1 + 2 * count);
  const [high, low] = [bits >> 4, bits & 15];
  const isMeans = first === 0 && last === 0;
  const isRest = first > 0 && first <= last && last < 64 && count === 1;
  if (!(isMeans || isRest) || low > 13 || (high !== 0 && high !== low + 1)) {
    throw new JpegError('a scan of no known part');
  }
  return { components, first, last, high, low, restartInterval };
}

/** Puts the colours together, a row of units at a time. */
function pixelsOf(frame: Frame, isJfif: boolean, adobe: number | undefined): JpegPixels {
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
