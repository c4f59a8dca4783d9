import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImageDataset } from '../../src/data/dataset.js';
import { readImage } from '../../src/data/image-file.js';
import { loadDataset } from '../../src/data/load.js';
import { InputError } from '../../src/errors.js';
import { encodePng } from '../../src/image/png.js';
import { exif, greyJpeg } from '../image/jpeg-bytes.js';
import { ColorType, png } from '../image/png-bytes.js';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'mixgan-images-')), 'zoo');
  await mkdir(folder);
});
afterEach(() => rm(dirname(folder), { recursive: true, force: true }));

const write = async (files: Readonly<Record<string, Uint8Array | string>>): Promise<void> => {
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
};

/** A PNG of one colour or grey. */
const flat = (colour: readonly number[], { width = 4, height = 4 } = {}): Uint8Array =>
  encodePng({
    ...{ width, height, channels: colour.length === 1 ? 1 : 3 },
    pixels: Uint8Array.from({ length: width * height * colour.length }, (_, i) => {
      return colour[i % colour.length]!;
    }),
  });

/** The first pixel of every image. */
const firstPixels = ({ images, count, channels }: ImageDataset): number[][] =>
  Array.from({ length: count }, (_, i) => {
    const at = (i * images.length) / count;
    return [...images.subarray(at, at + channels)];
  });

describe('folders of classes', () => {
  it('have a folder for training and one for testing, classes by name', async () => {
    await write({
      'train/cat/b.png': flat([2]),
      'train/cat/a.png': flat([1]),
      'train/ant/c.PNG': flat([3]),
      'train/ant/notes.txt': 'ants',
      'train/.hidden/d.png': 'no image',
      'test/cat/e.png': flat([5]),
      'val/dog/f.png': 'never looked at',
    });
    const said: string[] = [];
    const { train, test } = await loadDataset(folder, { say: (line) => said.push(line) });
    expect(said).toEqual([]);
    expect([train.name, test.name]).toEqual(['zoo train', 'zoo test']);
    expect(train.classNames).toEqual(['ant', 'cat']);
    expect([...train.labels!]).toEqual([0, 1, 1]);
    expect(firstPixels(train)).toEqual([[3], [1], [2]]);
    expect([...test.labels!]).toEqual([1]);
    expect(firstPixels(test)).toEqual([[5]]);
    expect([train.height, train.width, train.channels]).toEqual([4, 4, 1]);
    expect(train.images.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('test on val where there is no test', async () => {
    await write({ 'train/a/1.png': flat([1]), 'val/a/2.png': flat([2]) });
    expect(firstPixels((await loadDataset(folder)).test)).toEqual([[2]]);
  });

  it('hold out a fifth of every class, always the same, where there is neither', async () => {
    const files = [...'abcdefghij'].flatMap((name, i) => [
      [`x/${name}.png`, flat([i + 1])] as const,
      [`y/${name}.png`, flat([i + 101])] as const,
    ]);
    await write(Object.fromEntries(files));
    const said: string[] = [];
    const { train, test } = await loadDataset(folder, { say: (line) => said.push(line) });
    expect(said).toEqual([
      'zoo has no test images of its own: 4 of its 20, the same share of every class, are held out',
    ]);
    expect([...test.labels!].sort()).toEqual([0, 0, 1, 1]);
    expect(train.count).toBe(16);
    const all = [...firstPixels(train), ...firstPixels(test)].flat().sort((a, b) => a - b);
    expect(all).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].flatMap((i) => [i, i + 100]).sort((a, b) => a - b),
    );
    for (const { images, labels, count } of [train, test]) {
      for (let i = 0; i < count; i++) expect(images[i * 16]! > 100 ? 1 : 0).toBe(labels![i]);
    }
    expect(firstPixels((await loadDataset(folder)).test)).toEqual(firstPixels(test));
  });

  it('take `train` for a class among others', async () => {
    await write({
      'train/1.png': flat([1]),
      'train/2.png': flat([2]),
      'bus/3.png': flat([3]),
      'bus/4.png': flat([4]),
    });
    expect((await loadDataset(folder)).train.classNames).toEqual(['bus', 'train']);
  });

  it('may be links', async () => {
    await write({ 'elsewhere/a/1.png': flat([1]), 'elsewhere/a/2.png': flat([2]) });
    await symlink(join(folder, 'elsewhere'), join(dirname(folder), 'linked'));
    await symlink(join(folder, 'elsewhere', 'a'), join(folder, 'elsewhere', 'b'));
    const { train } = await loadDataset(join(dirname(folder), 'linked'));
    expect(train.classNames).toEqual(['a', 'b']);
  });
});

it('images without classes have no labels', async () => {
  await write({ '1.png': flat([1, 2, 3]), '2.png': flat([4, 5, 6]), 'about.txt': '' });
  const { train, test } = await loadDataset(folder);
  expect(train.labels).toBeUndefined();
  expect([...firstPixels(train), ...firstPixels(test)].toSorted()).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ]);
});

it.each([
  ['nowhere', /^cannot read \S*a\/x\.png: it is a symbolic link that leads nowhere$/],
  ['x.png', /^cannot read \S*a\/x\.png: it is a symbolic link that leads in a circle$/],
])('names the link that leads to %s', async (target, message) => {
  await write({ 'a/1.png': flat([1]), 'a/2.png': flat([2]) });
  await symlink(target, join(folder, 'a', 'x.png'));
  await expect(loadDataset(folder)).rejects.toThrow(message);
});

it('does not wait for a pipe', async (context) => {
  await write({ 'a/1.png': flat([1]), 'a/2.png': flat([2]) });
  const { status } = spawnSync('mkfifo', [join(folder, 'a', 'z.png')]);
  if (status !== 0) context.skip('there is no mkfifo here');
  await expect(loadDataset(folder)).rejects.toThrow(
    /^cannot read \S*a\/z\.png: it is a pipe, a socket or a device, not a file$/,
  );
  await expect(readImage(join(folder, 'a', 'z.png'), format)).rejects.toThrow(/a pipe, a socket/);
});

const format = { height: 1, width: 1, channels: 1 } as const;

describe('images', () => {
  const load = async (files: Readonly<Record<string, Uint8Array>>, imageSize?: number) => {
    await write(
      Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`train/a/${name}`, bytes])),
    );
    await write({ 'test/a/t.png': flat([9]) });
    return (await loadDataset(folder, { imageSize })).train;
  };

  it('are RGB where any is, grey ones in all three channels', async () => {
    const train = await load({ '1.png': flat([7]), '2.png': flat([1, 2, 3]) });
    expect(train.channels).toBe(3);
    expect(firstPixels(train)).toEqual([
      [7, 7, 7],
      [1, 2, 3],
    ]);
  });

  it('lie on white where they are transparent', async () => {
    const grey = { width: 4, height: 4, colorType: ColorType.greyAlpha };
    const rgba = { ...grey, colorType: ColorType.rgba };
    const of = (values: number[]) => Array.from({ length: 16 }, () => values).flat();
    const train = await load({
      '1.png': png({ ...grey, values: of([0, 255]) }),
      '2.png': png({ ...grey, values: of([0, 51]) }),
      '3.png': png({ ...rgba, values: of([255, 0, 100, 0]) }),
      '4.png': png({ ...rgba, values: of([255, 0, 100, 128]) }),
    });
    expect(firstPixels(train)).toEqual([
      [0, 0, 0],
      [204, 204, 204],
      [255, 255, 255],
      [255, 127, 177],
    ]);
  });

  it('of 16 bits become bytes, palettes RGB', async () => {
    const train = await load({
      '1.png': png({ width: 4, height: 4, depth: 16, values: new Array<number>(16).fill(0x80ff) }),
      '2.png': png({
        ...{ width: 4, height: 4, colorType: ColorType.palette },
        values: new Array<number>(16).fill(1),
        chunks: [['PLTE', [0, 0, 0, 10, 20, 30]]],
      }),
    });
    expect(firstPixels(train)).toEqual([
      [128, 128, 128],
      [10, 20, 30],
    ]);
  });

  it('may be JPEGs, whatever their names, turned as they say', async () => {
    const train = await load(
      { '1.png': greyJpeg([40, -50], { segments: exif(2) }), '2.jpeg': greyJpeg([50]) },
      8,
    );
    // The middle of 16×8, mirrored: a dark half and a light one.
    expect([...train.images.subarray(0, 8)]).toEqual([108, 108, 108, 108, 208, 208, 208, 208]);
    expect(firstPixels(train)[1]).toEqual([228]);
    expect(train.channels).toBe(1);
  });

  it('are resized to one size', async () => {
    const train = await load(
      { '1.png': flat([50], { width: 9, height: 5 }), '2.png': flat([7]) },
      3,
    );
    expect([train.height, train.width, train.count]).toEqual([3, 3, 2]);
    expect(firstPixels(train)).toEqual([[50], [7]]);
  });

  it('are the same, however many threads decode them', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [
        `${String(i).padStart(3, '0')}.png`,
        flat([i % 256], { width: 3 + (i % 5), height: 6 }),
      ]),
    );
    const train = await load(many, 4);
    expect(firstPixels(train).map(([value]) => value)).toEqual(
      Array.from({ length: 300 }, (_, i) => i % 256),
    );
    await writeFile(join(folder, 'train/a/200.png'), flat([1]).subarray(0, 50));
    await writeFile(join(folder, 'train/a/290.png'), 'x');
    await expect(loadDataset(folder, { imageSize: 4 })).rejects.toThrow(
      // The headers of all are read before any is decoded.
      new InputError(`${join(folder, 'train/a/290.png')} is neither a PNG nor a JPEG image`),
    );
    await rm(join(folder, 'train/a/290.png'));
    await expect(loadDataset(folder, { imageSize: 4 })).rejects.toThrow(
      /200\.png is a PNG image that is cut off/,
    );
  });
});

describe('folders that are refused', () => {
  const two = { 'train/a/1.png': flat([1]), 'train/a/2.png': flat([2]) };
  it.each<[string, Readonly<Record<string, Uint8Array | string>>, RegExp]>([
    [
      'other sizes',
      { ...two, 'test/a/3.png': flat([3], { width: 5, height: 4 }) },
      /test\/a\/3\.png is 5×4, but .*train\/a\/1\.png 4×4; train with --image-size N to make all images N×N$/,
    ],
    ['a damaged PNG', { ...two, 'train/a/1.png': flat([1]).fill(9, 45, 50) }, /a\/1\.png is a dam/],
    [
      'a PNG cut off',
      { ...two, 'train/a/1.png': flat([1]).subarray(0, -9) },
      /a\/1\.png .*cut off/,
    ],
    ['an empty file', { ...two, 'train/a/1.jpg': '' }, /a\/1\.jpg is neither a PNG nor a JPEG/],
    [
      'a JPEG cut off',
      { ...two, 'train/a/1.jpg': greyJpeg([40]).subarray(0, -1) },
      /a\/1\.jpg is 8×8, but/,
    ],
    ['other kinds of images', { ...two, 'train/a/3.webp': '' }, /3\.webp can not be read: convert/],
    ['an empty class', { ...two, 'train/b/x.txt': '' }, /train\/b has no PNG or JPEG images/],
    [
      'images beside classes',
      { ...two, 'train/3.png': '' },
      /3\.png lies beside the class folders/,
    ],
    [
      'an unknown class',
      { ...two, 'test/b/1.png': flat([1]) },
      /test\/b: the training images have no class b/,
    ],
    [
      'test images without classes',
      { ...two, 'test/1.png': flat([1]) },
      /test has no class folders/,
    ],
    [
      'test images with classes',
      { 'train/1.png': flat([1]), 'test/a/1.png': flat([1]) },
      /test has class folders, but the training images have none/,
    ],
    [
      'empty training',
      { 'train/x.txt': '' },
      /train has no images; it should hold a folder of PNG/,
    ],
    ['a single image', { 'a/1.png': flat([1]) }, /has 1 image; without a test folder it needs/],
  ])('%s', async (_, files, message) => {
    await write(files);
    const failure = await loadDataset(folder).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(InputError);
    expect((failure as Error).message).toMatch(message);
    expect((failure as Error).message).toContain(folder);
  });

  it('more than memory holds', async () => {
    await write(two);
    await expect(loadDataset(folder, { imageSize: 65_536 })).rejects.toThrow(
      /zoo: 2 images of 65536×65536×1 take 8\.0 GiB, and .* train with a smaller --image-size/,
    );
  });

  it('a split', async () => {
    await write(two);
    await expect(loadDataset(`${folder}#coarse`)).rejects.toThrow(/has no split coarse/);
  });
});
