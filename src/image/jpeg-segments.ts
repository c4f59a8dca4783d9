/**
 * What stands in a JPEG's segments before its bits: tables, the frame, the scans (ITU T.81, B.2).
 */
import { blockFactors } from './jpeg-blocks.js';
import { type HuffmanTable, huffmanTable, JpegError } from './jpeg-huffman.js';
import { type Component, type Scan, zigzag } from './jpeg-scan.js';

/** A colour while its picture is decoded. */
export interface Plane extends Component {
  /** Which table of quantisation it asks for. */
  readonly quantisation: number;
  /** Once a scan has had it. */
  factors: Float64Array | undefined;
  /** Pixels, 8 × stride wide: all of them, or of a progressive picture those of a row of units. */
  readonly pixels: Uint8ClampedArray;
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly progressive: boolean;
  readonly planes: readonly Plane[];
  readonly unitsAcross: number;
  readonly unitsDown: number;
  readonly mostH: number;
  readonly mostV: number;
}

export function readQuantisations(segment: Uint8Array, tables: (Uint16Array | undefined)[]): void {
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
export function readCodes(segment: Uint8Array, codes: Map<number, () => HuffmanTable>): void {
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

export function readFrame(segment: Uint8Array, progressive: boolean): Frame {
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

export function readScan(
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
