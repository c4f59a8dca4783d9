import { readFile } from 'node:fs/promises';
import { deflateSync, inflateSync } from 'node:zlib';
import { inspectImage, readImage } from '../../../src/data/image-file.js';
import { readGreyPng } from '../../../src/image/grey.js';
import { decodeJpeg } from '../../../src/image/jpeg.js';
import { type Picture, readPng } from '../../../src/image/png.js';
import golden from '../../golden/jpegs.json' with { type: 'json' };
import { exif, greyJpeg } from '../../image/jpeg-bytes.js';
import { ColorType, type PngParts, png, pngChunks, pngOf } from '../../image/png-bytes.js';
import { damaged } from '../bytes.js';
import { digestOf, type Reader } from '../reader.js';

const digestOfPicture = ({ width, height, channels, pixels }: Picture): string =>
  digestOf(`${width}×${height}×${channels}`, pixels);

const format = { width: 8, height: 8, channels: 3 } as const;

const values = (length: number, depth = 8): number[] =>
  Array.from({ length }, (_, i) => (i * i * 31 + (i >> 3)) % 2 ** depth);

const kinds: readonly Partial<PngParts>[] = [
  {},
  { colorType: ColorType.rgb, filter: (line) => line % 5 },
  { colorType: ColorType.rgba, interlaced: true },
  { colorType: ColorType.greyAlpha, depth: 16, filter: (line) => (line + 3) % 5 },
  { depth: 1, interlaced: true },
  { chunks: [['tRNS', [0, 31]]] },
  {
    colorType: ColorType.palette,
    depth: 4,
    chunks: [
      ['PLTE', values(48)],
      ['tRNS', values(9)],
    ],
  },
];

function header(
  width: number,
  height: number,
  depth: number,
  colorType: number,
  interlace: number,
) {
  const bytes = Buffer.alloc(13);
  bytes.writeUInt32BE(width, 0);
  bytes.writeUInt32BE(height, 4);
  bytes.set([depth, colorType, 0, 0, interlace], 8);
  return { type: 'IHDR', bytes };
}

const end = { type: 'IEND', bytes: Buffer.alloc(0) };
const zeros = (length: number): { type: string; bytes: Buffer } => ({
  type: 'IDAT',
  bytes: deflateSync(Buffer.alloc(length), { level: 1 }),
});

export const pngReader: Reader = {
  name: 'PNG',
  weight: 4,
  hasChecksum: true,
  samples: async () =>
    kinds.map((kind) => {
      const parts = { width: 13, height: 9, ...kind };
      return png({ ...parts, values: values(13 * 9 * 4, parts.depth) });
    }),
  forge(sample, random) {
    const chunks = pngChunks(sample);
    const place = random.integer(chunks.length);
    const { type, bytes } = chunks[place]!;
    const kind = random.integer(6);
    if (kind === 0) chunks.splice(place, 1);
    else if (kind === 1) chunks.splice(random.integer(chunks.length), 0, { type, bytes });
    else if (kind === 2 && type === 'IDAT') {
      const raw = damaged(inflateSync(bytes), random, [sample]);
      chunks[place] = { type, bytes: deflateSync(raw) };
    } else if (kind === 3) {
      const names = ['IHDR', 'PLTE', 'IDAT', 'tRNS', 'IEND', 'tEXt', 'QUUX', 'acTL'];
      chunks[place] = { type: names[random.integer(names.length)]!, bytes };
    } else if (kind === 4 && type === 'IDAT') {
      const cut = random.integer(bytes.length + 1);
      const parts = [bytes.subarray(0, cut), bytes.subarray(cut)];
      chunks.splice(place, 1, ...parts.map((part) => ({ type, bytes: part })));
    } else if (bytes.length > 0) chunks[place] = { type, bytes: damaged(bytes, random, [sample]) };
    return pngOf(chunks);
  },
  bombs: () => [
    pngOf([header(4096, 4096, 8, 6, 1), zeros(4096 * 4096 * 4 + 8000), end]),
    pngOf([header(4096, 4096, 8, 6, 0), zeros(4096 * 4097 * 4), end]),
    pngOf([header(4096, 4096, 16, 6, 0), zeros(2 ** 27), end]),
    pngOf([header(65_535, 256, 1, 0, 1), zeros(2 ** 22), end]),
    pngOf([header(1, 2 ** 24, 8, 0, 0), zeros(2 ** 25), end]),
    pngOf([header(2 ** 24, 1, 8, 0, 0), zeros(2 ** 24 + 1), end]),
    pngOf([header(8, 8, 8, 0, 1), zeros(2 ** 29), end]),
    pngOf([header(8, 8, 8, 0, 0), header(4096, 4096, 16, 6, 0), zeros(72), end]),
  ],
  async read(path) {
    const picture = await readPng(path);
    await readGreyPng(path);
    const { width, height } = await inspectImage(path);
    if (width !== picture.width || height !== picture.height) throw new Error('two sizes');
    return digestOfPicture(picture) + digestOf(await readImage(path, format));
  },
};

/** A progressive picture of 4096×4096 that takes a few bytes, its refinements sent again and again. */
function manyScans(times: number): Buffer {
  const side = [16, 0];
  const table = (id: number, symbols: number[]): number[] => [
    ...[0xff, 0xc4, 0, 19 + symbols.length, id, 0, symbols.length],
    ...[...new Array<number>(14).fill(0), ...symbols],
  ];
  const scan = (first: number, last: number, bits: number, data: number[]): number[] => [
    ...[0xff, 0xda, 0, 8, 1, 1, 0, first, last, bits],
    ...data,
  ];
  // Runs of 32,767 blocks without anything: a symbol of two bits, and 14 bits.
  const nothing = new Array<number>(20).fill(0x3f).flatMap(() => [0x3f, 0x7f]);
  return Buffer.from([
    ...[0xff, 0xd8, 0xff, 0xdb, 0, 67, 0, ...new Array<number>(64).fill(1)],
    ...[0xff, 0xc2, 0, 11, 8, ...side, ...side, 1, 1, 0x11, 0],
    ...table(0x00, [0, 1]),
    ...table(0x10, [0xe0, 0x01]),
    ...scan(0, 0, 0, new Array<number>(65_536).fill(0)),
    ...scan(1, 63, 0x01, nothing),
    ...Array.from({ length: times }, () => scan(1, 63, 0x10, nothing)).flat(),
    ...[0xff, 0xd9],
  ]);
}

export const jpegReader: Reader = {
  name: 'JPEG',
  weight: 3,
  hasChecksum: false,
  samples: async () => [
    ...golden.pictures.map(({ file }) => Buffer.from(file, 'base64')),
    Buffer.from(greyJpeg([40, -50, 33], { segments: exif(6) })),
  ],
  bombs: () => {
    const wide = Buffer.from(greyJpeg([40, -50, 33]));
    wide.set([0x10, 0, 0x10, 0], wide.indexOf(Buffer.of(0xff, 0xc0)) + 5);
    return [wide, manyScans(6), manyScans(900)];
  },
  async read(path) {
    const bytes = await readFile(path);
    const picture = decodeJpeg(bytes, path);
    await inspectImage(path);
    return digestOfPicture(picture) + digestOf(await readImage(path, format));
  },
};
