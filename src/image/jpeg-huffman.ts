/**
 * The bits of a JPEG's scans, and the Huffman codes that they form (ITU T.81, F.2.2).
 */

/** What contradicts the format. */
export class JpegError extends Error {}

/** A picture that would take too long. */
export class JpegTooLong extends JpegError {}

/** Codes of up to so many bits are found in one look. */
const lookupBits = 9;

export interface HuffmanTable {
  /** By the next bits: length × 256 + symbol; 0 where the code is longer, or none. */
  readonly lookup: Uint16Array;
  /** By length: above all codes of at most so many bits, as if they had 16. */
  readonly limits: Int32Array;
  /** By length: what to add to a code to find its symbol. */
  readonly offsets: Int32Array;
  readonly symbols: Uint8Array;
}

/**
 * @param counts how many codes there are of 1 … 16 bits
 * @param symbols what they stand for, in order
 */
export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const lookup = new Uint16Array(1 << lookupBits);
  const limits = new Int32Array(17);
  const offsets = new Int32Array(17);
  let [code, next] = [0, 0];
  for (let length = 1; length <= 16; length++) {
    offsets[length] = next - code;
    for (let i = 0; i < counts[length - 1]!; i++, code++, next++) {
      if (code >= 1 << length) throw new JpegError('more codes than there are bits');
      if (length > lookupBits) continue;
      const rest = lookupBits - length;
      lookup.fill((length << 8) | symbols[next]!, code << rest, (code + 1) << rest);
    }
    limits[length] = code << (16 - length);
    code <<= 1;
  }
  return { lookup, limits, offsets, symbols };
}

/** Reads bits up to the next marker; a 0xFF among them is followed by a 0. */
export class BitReader {
  readonly #data: Uint8Array;
  #at: number;
  /** The next bits, the last of them lowest; what is above `#count` is over. */
  #bits = 0;
  #count = 0;
  /** How many of the bits were never there. */
  #padding = 0;

  constructor(data: Uint8Array, at: number) {
    this.#data = data;
    this.#at = at;
  }

  /** The next bits as a number; `count` is 1 … 16. */
  read(count: number): number {
    if (this.#count < count) this.#fill();
    this.#count -= count;
    return (this.#bits >>> this.#count) & ((1 << count) - 1);
  }

  /** The next bit, 0 or 1: most of a refinement is read so. */
  readBit(): number {
    if (this.#count === 0) this.#fill();
    this.#count--;
    return (this.#bits >>> this.#count) & 1;
  }

  /** A number of so many bits, negative where its first one is 0; 0 of no bits. */
  readSigned(count: number): number {
    if (count === 0) return 0;
    const value = this.read(count);
    return value < 1 << (count - 1) ? value - (1 << count) + 1 : value;
  }

  readSymbol({ lookup, limits, offsets, symbols }: HuffmanTable): number {
    if (this.#count < 16) this.#fill();
    const found = lookup[(this.#bits >>> (this.#count - lookupBits)) & ((1 << lookupBits) - 1)]!;
    if (found !== 0) {
      this.#count -= found >> 8;
      return found & 0xff;
    }
    const code = (this.#bits >>> (this.#count - 16)) & 0xffff;
    for (let length = lookupBits + 1; length <= 16; length++) {
      if (code >= limits[length]!) continue;
      this.#count -= length;
      return symbols[offsets[length]! + (code >> (16 - length))]!;
    }
    throw new JpegError('a code that no table has');
  }

  /** @throws JpegError where more was read than there is before the next marker */
  requireEnough(): void {
    if (this.#count < this.#padding) throw new JpegError('a scan that is cut off');
  }

  /** Goes on after the restart marker that is to be next, the n-th. */
  restart(n: number): void {
    this.requireEnough();
    const at = this.marker();
    if (this.#data[at + 1] !== 0xd0 + (n & 7)) throw new JpegError('a restart that is missing');
    this.#at = at + 2;
    this.#bits = this.#count = this.#padding = 0;
  }

  /** Where the next marker is. */
  marker(): number {
    const data = this.#data;
    let at = this.#at;
    while (at + 1 < data.length && !(data[at] === 0xff && data[at + 1]! > 0 && data[at + 1]! < 255))
      at++;
    return at;
  }

  #fill(): void {
    while (this.#count <= 24) {
      let byte = this.#data[this.#at] ?? 0xff;
      if (byte < 0xff) this.#at++;
      else if (this.#data[this.#at + 1] === 0) this.#at += 2;
      else {
        byte = 0;
        this.#padding += 8;
      }
      this.#bits = (this.#bits << 8) | byte;
      this.#count += 8;
    }
  }
}
