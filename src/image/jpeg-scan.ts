/**
 * A JPEG's scans, decoded to coefficients (ITU T.81, F.2.2 and G.1.2).
 */
import { BitReader, type HuffmanTable, JpegError } from './jpeg-huffman.js';

/** One of a picture's colours. */
export interface Component {
  readonly id: number;
  /** Blocks of it in a unit of all colours, across and down. */
  readonly h: number;
  readonly v: number;
  /** Blocks that are stored, whole units of them. */
  readonly stride: number;
  readonly rows: number;
  /** Blocks that the picture covers. */
  readonly blocksAcross: number;
  readonly blocksDown: number;
  /** [rows, stride, 64], row-major within a block; of one block where each is passed on at once. */
  readonly coefficients: Int16Array;
}

export interface Scan {
  readonly components: readonly {
    readonly component: Component;
    readonly dc: HuffmanTable | undefined;
    readonly ac: HuffmanTable | undefined;
  }[];
  /** The first and the last coefficient of the scan, in zigzag order. */
  readonly first: number;
  readonly last: number;
  /** The bit that was sent before, and the one that is sent now; 0 and 0 for whole numbers. */
  readonly high: number;
  readonly low: number;
  /** Units between restarts; 0 for none. */
  readonly restartInterval: number;
}

/** Where in a block, row-major, each coefficient of the zigzag order is. */
export const zigzag = Uint8Array.from([
  ...[0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48],
  ...[41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15],
  ...[23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63],
]);

/** Reads one block, whose coefficients begin at `at`. */
type ReadBlock = (coefficients: Int16Array, at: number, component: number) => void;

/**
 * Decodes the scan whose bits begin at `start`.
 *
 * @param whole where the scan has blocks entire, is called with each once it is in `coefficients`
 * @returns where the marker after it is
 * @throws JpegError
 */
export function decodeScan(
  data: Uint8Array,
  start: number,
  scan: Scan,
  unitsAcross: number,
  unitsDown: number,
  whole?: (component: Component, column: number, row: number) => void,
): number {
  const reader = new BitReader(data, start);
  const { components, restartInterval } = scan;
  const reading = whole === undefined ? progressive(reader, scan) : sequential(reader, scan);
  const block = (index: number, column: number, row: number): void => {
    const { component } = components[index]!;
    if (whole === undefined) {
      reading.block(component.coefficients, 64 * (row * component.stride + column), index);
    } else {
      component.coefficients.fill(0);
      reading.block(component.coefficients, 0, index);
      whole(component, column, row);
    }
  };
  // A scan of one colour has its blocks row by row, whatever its share in a unit.
  const only = components.length === 1 ? components[0]!.component : undefined;
  const across = only?.blocksAcross ?? unitsAcross;
  const units = across * (only?.blocksDown ?? unitsDown);
  for (let unit = 0, restarts = 0; unit < units; unit++) {
    if (restartInterval > 0 && unit > 0 && unit % restartInterval === 0) {
      reader.restart(restarts++);
      reading.reset();
    }
    const [column, row] = [unit % across, Math.floor(unit / across)];
    if (only !== undefined) block(0, column, row);
    else {
      for (let index = 0; index < components.length; index++) {
        const { h, v } = components[index]!.component;
        for (let y = 0; y < v; y++) {
          for (let x = 0; x < h; x++) block(index, column * h + x, row * v + y);
        }
      }
    }
    reader.requireEnough();
  }
  return reader.marker();
}

interface Reading {
  readonly block: ReadBlock;
  /** After a restart nothing is known of what came before. */
  readonly reset: () => void;
}

function tableOf(table: HuffmanTable | undefined): HuffmanTable {
  if (table === undefined) throw new JpegError('a scan without its table');
  return table;
}

function sequential(reader: BitReader, { components }: Scan): Reading {
  const tables = components.map(({ dc, ac }) => ({ dc: tableOf(dc), ac: tableOf(ac) }));
  const last = new Int32Array(components.length);
  const block: ReadBlock = (coefficients, at, index) => {
    const { dc, ac } = tables[index]!;
    last[index]! += reader.readSigned(reader.readSymbol(dc) & 15);
    coefficients[at] = last[index]!;
    for (let k = 1; k < 64; k++) {
      const symbol = reader.readSymbol(ac);
      const bits = symbol & 15;
      if (bits === 0 && symbol !== 0xf0) return;
      k += symbol >> 4;
      if (k > 63) throw new JpegError('more coefficients than a block has');
      if (bits > 0) coefficients[at + zigzag[k]!] = reader.readSigned(bits);
    }
  };
  return { block, reset: () => last.fill(0) };
}

function progressive(reader: BitReader, scan: Scan): Reading {
  const { components, first, last, high, low } = scan;
  if (first === 0) {
    return high === 0 ? firstBitsOfMeans(reader, scan) : oneBitOfMeans(reader, low);
  }
  const ac = tableOf(components[0]!.ac);
  /** How many blocks, this one included, have nothing more in this scan. */
  let run = 0;
  const startRun = (bits: number): number => (1 << bits) + (bits > 0 ? reader.read(bits) : 0);
  const reset = (): void => {
    run = 0;
  };

  const firstBits: ReadBlock = (coefficients, at) => {
    if (run > 0) {
      run--;
      return;
    }
    for (let k = first; k <= last; k++) {
      const symbol = reader.readSymbol(ac);
      const [skip, bits] = [symbol >> 4, symbol & 15];
      if (bits === 0 && skip < 15) {
        run = startRun(skip) - 1;
        return;
      }
      k += skip;
      if (k > last) throw new JpegError('more coefficients than a scan has');
      if (bits > 0) coefficients[at + zigzag[k]!] = reader.readSigned(bits) * (1 << low);
    }
  };

  const bit = 1 << low;
  const refine = (coefficients: Int16Array, place: number): void => {
    const value = coefficients[place]!;
    if (reader.readBit() === 1 && (value & bit) === 0) {
      coefficients[place] = value + (value > 0 ? bit : -bit);
    }
  };
  const oneBit: ReadBlock = (coefficients, at) => {
    let k = first;
    for (; run === 0 && k <= last; k++) {
      const symbol = reader.readSymbol(ac);
      let skip = symbol >> 4;
      let value = 0;
      if ((symbol & 15) === 1) value = reader.readBit() === 1 ? bit : -bit;
      else if ((symbol & 15) > 1) throw new JpegError('a refinement of more than one bit');
      else if (skip < 15) {
        run = startRun(skip);
        break;
      }
      // Passes over so many that are 0 so far; the others get their bit.
      for (; k <= last; k++) {
        const place = at + zigzag[k]!;
        if (coefficients[place] !== 0) refine(coefficients, place);
        else if (skip-- === 0) {
          coefficients[place] = value;
          break;
        }
      }
    }
    if (run === 0) return;
    for (; k <= last; k++) {
      const place = at + zigzag[k]!;
      if (coefficients[place] !== 0) refine(coefficients, place);
    }
    run--;
  };
  return { block: high === 0 ? firstBits : oneBit, reset };
}

function firstBitsOfMeans(reader: BitReader, { components, low }: Scan): Reading {
  const tables = components.map(({ dc }) => tableOf(dc));
  const last = new Int32Array(components.length);
  const block: ReadBlock = (coefficients, at, index) => {
    last[index]! += reader.readSigned(reader.readSymbol(tables[index]!) & 15);
    coefficients[at] = last[index]! * (1 << low);
  };
  return { block, reset: () => last.fill(0) };
}

const oneBitOfMeans = (reader: BitReader, low: number): Reading => ({
  block: (coefficients, at) => {
    if (reader.readBit() === 1) coefficients[at]! |= 1 << low;
  },
  reset: () => undefined,
});
