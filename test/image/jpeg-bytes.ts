/**
 * Tiny JPEGs, made by hand: grey blocks of 8×8 pixels, each of one value, without the library under
 * test.
 */

const segment = (marker: number, bytes: readonly number[]): number[] => [
  ...[0xff, marker, (bytes.length + 2) >> 8, (bytes.length + 2) & 0xff],
  ...bytes,
];

/** A Huffman table with the one symbol `symbol`, whose code is the bit 0. */
const oneSymbol = (id: number, symbol: number): number[] =>
  segment(0xc4, [id, 1, ...new Array<number>(15).fill(0), symbol]);

/** Bits, 8 to a byte, the last byte filled up with ones; 0xFF is followed by 0. */
function packed(bits: string): number[] {
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  const bytes = padded.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2));
  return bytes.flatMap((byte) => (byte === 0xff ? [0xff, 0] : [byte]));
}

/**
 * @param steps how many times 2 levels each block is lighter than the one before it, the first than
 *   middle grey (128); each 32 … 63, or negative
 * @param parts.segments to put before all others
 */
export function greyJpeg(
  steps: readonly number[],
  parts: { progressive?: boolean; segments?: readonly number[] } = {},
): Uint8Array {
  const { progressive = false, segments = [] } = parts;
  const width = 8 * steps.length;
  // A difference of 6 bits, negative ones as their complement; then, but for a scan of the first
  // coefficients alone, the end of the block.
  const bits = steps.map((step) => {
    const value = step < 0 ? step + 63 : step;
    return `0${value.toString(2).padStart(6, '0')}${progressive ? '' : '0'}`;
  });
  return Uint8Array.from([
    ...[0xff, 0xd8, ...segments],
    ...segment(0xdb, [0, ...new Array<number>(64).fill(16)]),
    ...segment(progressive ? 0xc2 : 0xc0, [8, 0, 8, width >> 8, width & 0xff, 1, 1, 0x11, 0]),
    ...oneSymbol(0x00, 6),
    ...oneSymbol(0x10, 0),
    ...segment(0xda, [1, 1, 0, 0, progressive ? 0 : 63, 0]),
    ...packed(bits.join('')),
    ...[0xff, 0xd9],
  ]);
}

/** An APP1 segment of EXIF that says how the picture is to be turned, and something else before. */
export function exif(orientation: number, littleEndian = true): number[] {
  const u16 = (value: number) =>
    littleEndian ? [value & 0xff, value >> 8] : [value >> 8, value & 0xff];
  const u32 = (value: number) => (littleEndian ? [...u16(value), 0, 0] : [0, 0, ...u16(value)]);
  const entry = (tag: number, value: number) => [
    ...u16(tag),
    ...u16(3),
    ...u32(1),
    ...u16(value),
    0,
    0,
  ];
  return segment(0xe1, [
    ...Buffer.from('Exif\0\0', 'latin1'),
    ...Buffer.from(littleEndian ? 'II' : 'MM'),
    ...[...u16(42), ...u32(8), ...u16(2), ...entry(0x0106, 6), ...entry(0x0112, orientation)],
    ...u32(0),
  ]);
}
