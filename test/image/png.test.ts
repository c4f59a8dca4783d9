import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError, OutputError } from '../../src/errors.js';
import { decodePng, encodePng, type Picture, readPng, writePng } from '../../src/image/png.js';
import { RandomStream } from '../../src/random.js';
import { ColorType, png, pngChunks, pngOf } from './png-bytes.js';

const count = (length: number) => Array.from({ length }, (_, i) => i);

describe('decodePng', () => {
  const palette = [10, 20, 30, 255, 0, 0, 0, 0, 255];
  it.each<[string, Buffer, number, number[]]>([
    [
      '8-bit grey',
      png({ width: 3, height: 2, values: [0, 1, 2, 3, 4, 255] }),
      1,
      [0, 1, 2, 3, 4, 255],
    ],
    [
      '1-bit grey',
      png({ width: 3, height: 2, depth: 1, values: [0, 1, 0, 1, 1, 0] }),
      1,
      [0, 255, 0, 255, 255, 0],
    ],
    [
      '2-bit grey',
      png({ width: 4, height: 1, depth: 2, values: [0, 1, 2, 3] }),
      1,
      [0, 85, 170, 255],
    ],
    ['4-bit grey', png({ width: 3, height: 1, depth: 4, values: [0, 5, 15] }), 1, [0, 85, 255]],
    [
      '16-bit grey, rounded',
      png({ width: 4, height: 1, depth: 16, values: [0, 257 * 100, 257 * 100 + 200, 65535] }),
      1,
      [0, 100, 101, 255],
    ],
    ['RGB', png({ width: 2, height: 1, colorType: ColorType.rgb, values: count(6) }), 3, count(6)],
    [
      'RGBA',
      png({ width: 2, height: 1, colorType: ColorType.rgba, values: count(8) }),
      4,
      count(8),
    ],
    [
      '16-bit RGBA',
      png({
        width: 1,
        height: 1,
        depth: 16,
        colorType: ColorType.rgba,
        values: [257, 514, 771, 65535],
      }),
      4,
      [1, 2, 3, 255],
    ],
    [
      'grey and alpha',
      png({ width: 2, height: 1, colorType: ColorType.greyAlpha, values: count(4) }),
      2,
      count(4),
    ],
    [
      'a palette of 2 bits',
      png({
        width: 3,
        height: 1,
        depth: 2,
        colorType: ColorType.palette,
        values: [2, 0, 1],
        chunks: [['PLTE', palette]],
      }),
      3,
      [0, 0, 255, 10, 20, 30, 255, 0, 0],
    ],
    [
      'a palette with alpha',
      png({
        width: 2,
        height: 1,
        colorType: ColorType.palette,
        values: [0, 1],
        chunks: [
          ['PLTE', palette],
          ['tRNS', [0, 128]],
        ],
      }),
      4,
      [10, 20, 30, 0, 255, 0, 0, 128],
    ],
    [
      'grey with a transparent value',
      png({ width: 2, height: 1, values: [7, 9], chunks: [['tRNS', [0, 9]]] }),
      2,
      [7, 255, 0, 0],
    ],
    [
      'chunks that are not needed',
      png({ width: 1, height: 1, values: [5], chunks: [['teXt', [1, 2, 3]]] }),
      1,
      [5],
    ],
    [
      'bytes after the end',
      Buffer.concat([png({ width: 1, height: 1, values: [5] }), Buffer.from('trailer')]),
      1,
      [5],
    ],
  ])('reads %s', (_, bytes, channels, pixels) => {
    const picture = decodePng(bytes);
    expect(picture.channels).toBe(channels);
    expect([...picture.pixels]).toEqual(pixels);
  });

  it.each([
    [1, 1],
    [5, 3],
    [8, 8],
    [13, 9],
    [2, 20],
  ])('reads interlaced %d×%d', (width, height) => {
    const values = count(width * height * 3).map((i) => (i * 37) % 256);
    const parts = { width, height, colorType: ColorType.rgb, values };
    expect(decodePng(png({ ...parts, interlaced: true }))).toEqual(decodePng(png(parts)));
    expect([...decodePng(png({ ...parts, interlaced: true })).pixels]).toEqual(values);
  });

  it.each([
    [ColorType.grey, 1],
    [ColorType.grey, 8],
    [ColorType.rgb, 8],
    [ColorType.rgb, 16],
    [ColorType.greyAlpha, 16],
    [ColorType.rgba, 8],
  ])('undoes every filter of colour type %d with %d bits', (colorType, depth) => {
    const [width, height] = [11, 13];
    const values = count(width * height * 4).map((i) => (i * i * 71) % 2 ** depth);
    const parts = { width, height, depth, colorType, values };
    for (const interlaced of [false, true]) {
      const plain = decodePng(png({ ...parts, interlaced }));
      for (const first of count(5)) {
        const filter = (line: number) => (first + line) % 5;
        expect(decodePng(png({ ...parts, interlaced, filter }))).toEqual(plain);
      }
    }
  });

  const sound = png({ width: 20, height: 20, values: count(400).map((i) => (i * 7) % 256) });
  const sized = (width: number, height: number) => {
    const bytes = Buffer.from(sound);
    bytes.writeUInt32BE(width, 16);
    bytes.writeUInt32BE(height, 20);
    return bytes;
  };
  it.each<[string, Uint8Array, string]>([
    ['text', Buffer.from('hello'), 'a.png is not a PNG image, whatever its name'],
    ['nothing', new Uint8Array(), 'a.png is not a PNG image, whatever its name'],
    [
      'a JPEG',
      Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70),
      'a.png is not a PNG image, whatever its name',
    ],
    ['a signature only', sound.subarray(0, 8), 'a.png is a damaged PNG image: it has no header'],
    ['no width', sized(0, 20), 'a.png is a damaged PNG image: its size is 0×20'],
    [
      'too many pixels',
      sized(10_000, 10_000),
      'a.png is too large: 10000×10000 pixels; the limit is 4096×4096 in all',
    ],
    [
      'absurdly many',
      sized(2 ** 32 - 1, 2 ** 32 - 1),
      'a.png is too large: 4294967295×4294967295 pixels; the limit is 4096×4096 in all',
    ],
    [
      'a line of all pixels',
      sized(1, 2 ** 24),
      'a.png is too large: 1×16777216 pixels; no side may have more than 65535',
    ],
    [
      'another size than its pixels',
      sized(20, 21),
      'a.png is a damaged PNG image; save or download it again',
    ],
    [
      'a palette that is missing',
      png({ width: 1, height: 1, colorType: ColorType.palette, values: [0] }),
      'a.png is a damaged PNG image; save or download it again',
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodePng(bytes, 'a.png')).toThrow(new InputError(message));
  });

  it('refuses a file cut anywhere', () => {
    for (let length = 0; length < sound.length; length++) {
      expect(() => decodePng(sound.subarray(0, length))).toThrow(InputError);
    }
    expect(() => decodePng(sound.subarray(0, -5), 'a.png')).toThrow(
      new InputError('a.png is a PNG image that is cut off; save or download it again'),
    );
  });

  it('reads or refuses a damaged file, and does nothing else', () => {
    const random = RandomStream.fromSeed(4);
    for (let trial = 0; trial < 1000; trial++) {
      const bytes = Buffer.from(sound);
      bytes[random.integer(bytes.length)] = random.integer(256);
      try {
        expect(decodePng(bytes).pixels).toHaveLength(400);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(InputError);
      }
    }
  });

  describe('with every checksum of its chunks right', () => {
    const chunks = pngChunks(sound);
    const [header, data, end] = chunks as [Chunk, Chunk, Chunk];
    type Chunk = (typeof chunks)[number];
    const half = data.bytes.length >> 1;
    const part = (from: number, to?: number): Chunk => ({
      type: 'IDAT',
      bytes: data.bytes.subarray(from, to),
    });
    const edited = ({ type, bytes }: Chunk, edit: (bytes: Buffer) => unknown): Chunk => {
      const copy = Buffer.from(bytes);
      edit(copy);
      return { type, bytes: copy };
    };
    const text = { type: 'tEXt', bytes: Buffer.from('a\0bc') };
    const palette = { type: 'PLTE', bytes: Buffer.alloc(9) };
    const wrongSum = { type: 'IDAT', bytes: Buffer.from([1, 2, 3, 4]) };
    const longer = { ...header, bytes: Buffer.concat([header.bytes, Buffer.alloc(4)]) };
    const larger = edited(header, (bytes) => bytes.writeUInt32BE(4096, 4));

    it('reads pixels in several chunks', () => {
      const split = pngOf([header, part(0, half), part(half, half), part(half), end]);
      expect(decodePng(split)).toEqual(decodePng(sound));
    });

    it.each<[string, readonly Chunk[]]>([
      ['half of its pixels', [header, part(0, half), end]],
      ['the other half', [header, part(half), end]],
      ['no pixels', [header, end]],
      ['fewer lines than it says', [edited(header, (b) => b.writeUInt32BE(21, 4)), data, end]],
      ['more lines than it says', [edited(header, (b) => b.writeUInt32BE(19, 4)), data, end]],
      ['a wrong checksum of its pixels', [header, part(0, -4), wrongSum, end]],
      ['two headers', [header, larger, data, end]],
      ['a header that is too long', [longer, data, end]],
      ['something before its header', [text, header, data, end]],
      ['pixels in two places', [header, part(0, half), text, part(half), end]],
      ['a palette after its pixels', [header, data, palette, end]],
      ['two palettes', [header, palette, palette, data, end]],
      ['a palette of no whole colours', [header, { type: 'PLTE', bytes: text.bytes }, data, end]],
      ['a transparent colour of no value', [header, { ...text, type: 'tRNS' }, data, end]],
      ['a chunk that nobody knows', [header, { ...text, type: 'QUUX' }, data, end]],
      ['3 bits a value', [edited(header, (b) => b.writeUInt8(3, 8)), data, end]],
      ['a palette of 16 bits', [edited(header, (b) => b.set([16, 3], 8)), palette, data, end]],
      ['another compression', [edited(header, (b) => b.writeUInt8(1, 10)), data, end]],
      ['another interlace', [edited(header, (b) => b.writeUInt8(2, 12)), data, end]],
    ])('refuses %s, every time', (_, wrong) => {
      const bytes = pngOf(wrong);
      for (let i = 0; i < 20; i++) expect(() => decodePng(bytes, 'a.png')).toThrow(InputError);
    });

    it('refuses checksums that do not match, of chunks that it does not need too', () => {
      const bytes = pngOf([header, text, data, end]);
      const at = bytes.indexOf('tEXt');
      bytes.write('tRNS', at, 'latin1');
      expect(() => decodePng(bytes, 'a.png')).toThrow('a.png is a damaged PNG image');
    });
  });

  it.each([
    ['interlaced', 1, 8, 2],
    ['of 16 bits', 0, 16, 0],
  ])('inflates no more than a picture has: a bomb %s', (_, interlace, depth, colorType) => {
    const header = Buffer.alloc(13);
    header.writeUInt32BE(16, 0);
    header.writeUInt32BE(16, 4);
    header.set([depth, colorType, 0, 0, interlace], 8);
    const data = deflateSync(Buffer.alloc(2 ** 28), { level: 1 });
    const bomb = pngOf([
      { type: 'IHDR', bytes: header },
      { type: 'IDAT', bytes: data },
      { type: 'IEND', bytes: Buffer.alloc(0) },
    ]);
    const before = process.memoryUsage.rss();
    expect(() => decodePng(bomb, 'a.png')).toThrow('a.png is a damaged PNG image');
    expect(process.memoryUsage.rss() - before).toBeLessThan(50e6);
  });

  it('refuses 16 bits where they take more memory than the largest picture of 8', () => {
    const header = Buffer.alloc(13);
    header.writeUInt32BE(4096, 0);
    header.writeUInt32BE(4096, 4);
    header.set([16, 6, 0, 0, 0], 8);
    const bytes = pngOf([
      { type: 'IHDR', bytes: header },
      { type: 'IDAT', bytes: deflateSync(Buffer.alloc(100)) },
      { type: 'IEND', bytes: Buffer.alloc(0) },
    ]);
    expect(() => decodePng(bytes, 'a.png')).toThrow(
      'a.png is too large: 4096×4096 pixels of 16 bits a value; save it with 8',
    );
  });

  it('takes the largest picture that it says it does', () => {
    const pixels = new Uint8Array(4096 * 4096);
    pixels[12345] = 9;
    const picture = decodePng(encodePng({ width: 4096, height: 4096, channels: 1, pixels }));
    expect(Buffer.from(picture.pixels).equals(pixels)).toBe(true);
  });
});

describe('encodePng', () => {
  it.each([1, 3] as const)('gives back a picture of %d channels', (channels) => {
    const pixels = Uint8Array.from(count(7 * 5 * channels), (i) => (i * 31) % 256);
    const picture: Picture = { width: 7, height: 5, channels, pixels };
    expect(decodePng(encodePng(picture))).toEqual(picture);
    expect(encodePng(picture)).toEqual(encodePng(picture));
  });

  it('encodes the part of a buffer that a view shows', () => {
    const pixels = Uint8Array.of(9, 1, 2, 9).subarray(1, 3);
    const encoded = encodePng({ width: 2, height: 1, channels: 1, pixels });
    expect([...decodePng(encoded).pixels]).toEqual([1, 2]);
  });

  it('refuses alpha and sizes that the pixels do not have', () => {
    const picture: Picture = { width: 1, height: 2, channels: 1, pixels: new Uint8Array(3) };
    expect(() => encodePng(picture)).toThrow('3 values are not a picture of 1×2×1');
    expect(() => encodePng({ ...picture, channels: 4 })).toThrow('has 1 or 3 channels, not 4');
    expect(() => encodePng({ ...picture, width: 0, pixels: new Uint8Array() })).toThrow(RangeError);
  });
});

describe('files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mixgan-png-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('writes and reads back', async () => {
    const path = join(folder, 'a.png');
    const picture: Picture = { width: 2, height: 1, channels: 1, pixels: Uint8Array.of(3, 200) };
    await writePng(path, picture);
    expect(await readPng(path)).toEqual(picture);
    expect((await readFile(path)).equals(encodePng(picture))).toBe(true);
    expect(await readdir(folder)).toEqual(['a.png']);
  });

  it('names the file in its errors', async () => {
    const path = join(folder, 'notes.png');
    await writeFile(path, 'not a picture');
    await expect(readPng(path)).rejects.toThrow(
      new InputError(`${path} is not a PNG image, whatever its name`),
    );
    await expect(readPng(join(folder, 'none.png'))).rejects.toThrow(InputError);
    const picture: Picture = { width: 1, height: 1, channels: 1, pixels: Uint8Array.of(0) };
    await expect(writePng(join(path, 'a.png'), picture)).rejects.toThrow(OutputError);
  });
});
