/**
 * A reader of GIF files, written after the specification alone, to check the writer against.
 */

export interface DecodedGif {
  readonly width: number;
  readonly height: number;
  /** How often the animation is repeated; 0 is for ever, undefined that the file does not say. */
  readonly repeat: number | undefined;
  readonly frames: readonly DecodedFrame[];
}

export interface DecodedFrame {
  readonly delayMs: number;
  /** [H, W, 3] */
  readonly rgb: readonly number[];
}

/** @throws Error where the bytes are not a whole GIF of frames that fill the screen */
export function decodeGif(bytes: Uint8Array): DecodedGif {
  const file = Buffer.from(bytes);
  let at = 0;
  const byte = (): number => file.readUInt8(at++);
  const word = (): number => byte() + 256 * byte();
  const take = (length: number): Buffer => {
    if (at + length > file.length) throw new Error('the GIF is cut off');
    at += length;
    return file.subarray(at - length, at);
  };
  /** A colour table, where the flags say that there is one. */
  const colours = (flags: number): Buffer | undefined =>
    (flags & 0x80) === 0 ? undefined : take(3 * 2 ** ((flags & 7) + 1));
  const subBlocks = (): Buffer => {
    const blocks: Buffer[] = [];
    for (let length = byte(); length > 0; length = byte()) blocks.push(take(length));
    return Buffer.concat(blocks);
  };

  if (take(6).toString('latin1') !== 'GIF89a') throw new Error('not a GIF');
  const [width, height, flags] = [word(), word(), byte()];
  take(2);
  const global = colours(flags);
  const frames: DecodedFrame[] = [];
  let repeat: number | undefined;
  let delayMs = 0;
  for (let block = byte(); block !== 0x3b; block = byte()) {
    if (block === 0x21) {
      const label = byte();
      const data = subBlocks();
      if (label === 0xf9) delayMs = 10 * data.readUInt16LE(1);
      if (label === 0xff && data.toString('latin1', 0, 11) === 'NETSCAPE2.0') {
        repeat = data.readUInt16LE(12);
      }
    } else if (block === 0x2c) {
      const place = [word(), word(), word(), word()];
      if (place.join() !== [0, 0, width, height].join()) throw new Error('not a whole frame');
      const table = colours(byte()) ?? global;
      const codeSize = byte();
      const indices = inflate(subBlocks(), codeSize);
      if (indices.length !== width * height) throw new Error(`${indices.length} pixels`);
      const rgb = indices.flatMap((index) => [...table!.subarray(3 * index, 3 * index + 3)]);
      frames.push({ delayMs, rgb });
    } else {
      throw new Error(`an unknown block ${block}`);
    }
  }
  if (at !== file.length) throw new Error('bytes after the end');
  return { width, height, repeat, frames };
}

/** LZW with codes of growing width, as appendix F of the specification has it. */
function inflate(data: Buffer, codeSize: number): number[] {
  const clear = 2 ** codeSize;
  const end = clear + 1;
  let strings: number[][] = [];
  let previous: number[] | undefined;
  const out: number[] = [];
  let bit = 0;
  for (;;) {
    // A code takes one bit more once the table has filled the present width; 12 at most.
    const width = Math.min(12, Math.max(codeSize + 1, Math.floor(Math.log2(strings.length)) + 1));
    let code = 0;
    for (let i = 0; i < width; i++, bit++) code |= ((data[bit >> 3]! >> (bit & 7)) & 1) << i;
    if (bit > 8 * data.length) throw new Error('the pixels have no end');
    if (code === end) return out;
    if (code === clear) {
      strings = Array.from({ length: clear + 2 }, (_, value) => [value]);
      previous = undefined;
      continue;
    }
    const string = strings[code] ?? (previous && [...previous, previous[0]!]);
    if (string === undefined || code > strings.length) throw new Error(`code ${code} is not known`);
    if (previous !== undefined && strings.length < 4096) strings.push([...previous, string[0]!]);
    for (const value of string) out.push(value);
    previous = string;
  }
}
