import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseIdx, readIdx, readIdxImages, readIdxLabels } from '../../src/data/idx.js';
import { InputError } from '../../src/errors.js';
import { idx } from './idx-bytes.js';

const values = (length: number) => Array.from({ length }, (_, i) => (i * 7) % 256);
const parse = (bytes: Uint8Array) => parseIdx(bytes, 'f');

describe('parseIdx', () => {
  it.each([[[5]], [[2, 3, 4]], [[2, 3, 4, 3]]])('reads bytes of shape %j', async (shape) => {
    const bytes = values(shape.reduce((a, b) => a * b));
    const array = await parse(idx(shape, bytes));
    expect(array.shape).toEqual(shape);
    expect([...array.values]).toEqual(bytes);
  });

  it('reads gzip, of one member or several, and a plain file of the same bytes alike', async () => {
    const plain = idx([2, 4, 4], values(32));
    const members = Buffer.concat([gzipSync(plain.subarray(0, 9)), gzipSync(plain.subarray(9))]);
    const expected = await parse(plain);
    for (const bytes of [gzipSync(plain), gzipSync(plain, { level: 0 }), members]) {
      const { shape, values: found } = await parse(bytes);
      expect(shape).toEqual(expected.shape);
      expect([...found]).toEqual([...expected.values]);
    }
  });

  it('reads gzip whose values are far more than its first block', async () => {
    const zeros = new Array<number>(3_000_000).fill(0);
    const array = await parse(gzipSync(idx([3000, 10, 100], zeros)));
    expect(array.values.length).toBe(3_000_000);
  });

  const plain = idx([2, 2, 2], values(8));
  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(), /^f is not an IDX file: it starts with nothing$/],
    ['text', Buffer.from('<!doctype'), /^f is not an IDX file: it starts with the bytes 3c21646f$/],
    ['an unknown type', idx([2], [1, 2], 7), /^f is not an IDX file/],
    ['float32', idx([1], [0, 0, 0, 0], 13), /^f holds float32 values; only uint8 is supported$/],
    ['int32', idx([1], [0, 0, 0, 0], 12), /^f holds int32 values/],
    ['rank 2', idx([2, 2], values(4)), /^f has 2 dimensions; labels have 1, images 3/],
    ['a cut header', plain.subarray(0, 11), /^f is cut off in its header$/],
    ['a cut file', plain.subarray(0, 23), /^f is cut off: its header says 2×2×2 values/],
    ['trailing bytes', Buffer.concat([plain, plain]), /^f goes on after the 2×2×2 values/],
    ['no images', idx([0, 28, 28], []), /^f is empty: its header says 0 items$/],
    ['images of no size', idx([3, 0, 28], []), /^f is damaged: its header says 3×0×28 values$/],
    [
      'an absurd size',
      idx([2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], []),
      /^f is damaged: its header says 4294967295×4294967295×4294967295 values$/,
    ],
    ['a size beyond the limit', idx([2 ** 31 + 1], []), /^f is damaged/],
    [
      'gzip that cannot hold what its header says',
      gzipSync(idx([2 ** 31], [])),
      /^f is cut off: its header says 2147483648 values/,
    ],
    ['a cut file in gzip', gzipSync(plain.subarray(0, 23)), /^f is cut off: its header/],
    ['trailing bytes in gzip', gzipSync(Buffer.concat([plain, plain])), /^f goes on after/],
    [
      'images that shrink as none do',
      gzipSync(Buffer.concat([idx([100_000, 28, 28], []), Buffer.alloc(78_400_000)])),
      /^f is no file of images: its \d+ bytes would become the 100000×28×28 of its header, \d+ times/,
    ],
    ['text in gzip', gzipSync('hello'), /^f is not an IDX file/],
    ['an empty gzip', gzipSync(''), /^f is not an IDX file/],
    ['cut gzip', gzipSync(plain).subarray(0, -9), /^f is damaged or cut off \(gzip\)/],
    ['gzip cut in its header', gzipSync(plain).subarray(0, 6), /^f is /],
    ['a gzip header only', Uint8Array.of(0x1f, 0x8b, 9, 9), /^f is damaged or cut off \(gzip\)/],
  ])('refuses %s', async (_, bytes, message) => {
    const failure = await parse(bytes).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(InputError);
    expect((failure as Error).message).toMatch(message);
  });

  it('finds a flipped bit in gzip by its checksum', async () => {
    const bytes = gzipSync(idx([1, 20, 20], values(400)), { level: 0 });
    bytes[200]! ^= 1;
    await expect(parse(bytes)).rejects.toThrow(/^f is damaged or cut off \(gzip\)/);
  });
});

describe('files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mixgan-idx-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('tells gzip by its content, not by its name', async () => {
    await writeFile(join(folder, 'a.gz'), idx([2], [3, 4]));
    await writeFile(join(folder, 'b'), gzipSync(idx([2], [3, 4])));
    for (const name of ['a.gz', 'b']) {
      expect([...(await readIdx(join(folder, name))).values]).toEqual([3, 4]);
    }
  });

  it('tells labels and images that were exchanged', async () => {
    const images = join(folder, 'images');
    const labels = join(folder, 'labels');
    await writeFile(images, idx([1, 2, 2], values(4)));
    await writeFile(labels, idx([1], [3]));
    expect((await readIdxImages(images)).shape).toEqual([1, 2, 2]);
    expect([...(await readIdxLabels(labels))]).toEqual([3]);
    await expect(readIdxImages(labels)).rejects.toThrow(
      new InputError(`${labels} holds labels, not images: it has 1 dimension, images have 3 or 4`),
    );
    await expect(readIdxLabels(images)).rejects.toThrow(
      new InputError(`${images} holds images, not labels: it has 3 dimensions`),
    );
  });
});
