/**
 * A JPEG taken apart, segment by segment (ITU T.81, B.2), and put together as pixels.
 */
import { transformBlock } from './jpeg-blocks.js';
import { type JpegPixels, pixelsOf } from './jpeg-colours.js';
import { type HuffmanTable, JpegError, JpegTooLong } from './jpeg-huffman.js';
import { type Component, decodeScan } from './jpeg-scan.js';
import {
  type Frame,
  type Plane,
  readCodes,
  readFrame,
  readQuantisations,
  readScan,
} from './jpeg-segments.js';

/** Pictures in more parts than these are made to keep a decoder busy; others have a dozen. */
const mostScans = 1000;
/** Photographs of 4096×4096 take half of it; only noise takes more, and several seconds. */
const mostProgressiveBytes = 24 * 2 ** 20;
/** Of each coefficient; common pictures send one in at most four parts. */
const mostVisits = 8;
/** What the way to a block costs, in coefficients. */
const leastVisits = 16;
/** Fewer coefficients than these take no time worth a word, however often they are sent. */
const fewVisits = 2 ** 27;

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
      if (marker === 0xc2 && data.length > mostProgressiveBytes) throw new JpegTooLong();
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
