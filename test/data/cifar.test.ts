import { mkdtemp, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImageDataset } from '../../src/data/dataset.js';
import { loadDataset } from '../../src/data/load.js';
import { InputError } from '../../src/errors.js';
import { cifarPixel, cifarRecords, writeCifar10, writeCifar100 } from './cifar-files.js';

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mixgan-cifar-'));
  folder = join(root, 'cifar');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const value = ({ images }: ImageDataset, image: number, y: number, x: number, c: number) =>
  images[((image * 32 + y) * 32 + x) * 3 + c];

describe('CIFAR-10', () => {
  beforeEach(() => writeCifar10(folder));

  it('is the five batches in order, planes turned into pixels', async () => {
    const { train, test } = await loadDataset(folder);
    expect([train.name, test.name]).toEqual(['cifar train', 'cifar test']);
    expect([train.count, train.height, train.width, train.channels]).toEqual([10, 32, 32, 3]);
    expect([...train.labels!]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([test.count, ...test.labels!]).toEqual([2, 0, 1]);
    expect(train.classNames[9]).toBe('truck');
    expect(train.classNames.length).toBe(10);
    for (const [image, y, x, c] of [
      [0, 0, 0, 0],
      [3, 5, 31, 1],
      [9, 31, 2, 2],
    ] as const) {
      expect(value(train, image, y, x, c)).toBe(cifarPixel(image, y, x, c));
    }
    expect(value(test, 1, 4, 4, 2)).toBe(cifarPixel(11, 4, 4, 2));
    expect(train.images.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('can be resized', async () => {
    const { train } = await loadDataset(folder, { imageSize: 16 });
    expect([train.height, train.width, train.images.length]).toEqual([16, 16, 10 * 16 * 16 * 3]);
    const four = [0, 1].flatMap((y) => [0, 1].map((x) => cifarPixel(2, y, x, 0)));
    const mean = Math.round(four.reduce((a, b) => a + b) / 4);
    expect(train.images[2 * 16 * 16 * 3]).toBe(mean);
  });

  it.each([
    ['a batch that is cut off', () => truncate(join(folder, 'data_batch_3.bin'), 3073 * 2 - 1)],
    ['an empty batch', () => truncate(join(folder, 'data_batch_3.bin'), 0)],
  ])('refuses %s', async (_, damage) => {
    await damage();
    await expect(loadDataset(folder)).rejects.toThrow(
      /data_batch_3\.bin is damaged or cut off: .*not whole records of 3073/,
    );
    await expect(loadDataset(folder)).rejects.toThrow(InputError);
  });

  it.each(['data_batch_2.bin', 'test_batch.bin', 'batches.meta.txt'])(
    'names %s where it is missing',
    async (name) => {
      await unlink(join(folder, name));
      await expect(loadDataset(folder)).rejects.toThrow(
        `cannot read ${join(folder, name)}: there is no such file`,
      );
    },
  );

  it('refuses a label of no class, and a file of names without any', async () => {
    await writeFile(join(folder, 'test_batch.bin'), cifarRecords([[3], [10]]));
    await expect(loadDataset(folder)).rejects.toThrow(
      /test_batch\.bin: the label of image 1 is 10, but there are 10 classes/,
    );
    await writeFile(join(folder, 'batches.meta.txt'), '\n');
    await expect(loadDataset(folder)).rejects.toThrow(/batches\.meta\.txt names no classes/);
  });

  it('has no splits', async () => {
    await expect(loadDataset(`${folder}#coarse`)).rejects.toThrow(/no split coarse; leave out/);
  });
});

describe('CIFAR-100', () => {
  beforeEach(() => writeCifar100(folder));

  it('has fine labels, unless asked for the coarse ones', async () => {
    for (const source of [folder, `${folder}#fine`]) {
      const { train, test } = await loadDataset(source);
      expect([...train.labels!, ...test.labels!]).toEqual([4, 2, 3, 1]);
      expect(train.classNames).toEqual(['apple', 'bear', 'can', 'dog', 'elm']);
      expect(value(train, 2, 7, 8, 1)).toBe(cifarPixel(2, 7, 8, 1));
    }
    const { train, test } = await loadDataset(`${folder}#coarse`);
    expect([...train.labels!, ...test.labels!]).toEqual([1, 0, 1, 0]);
    expect(train.classNames).toEqual(['living', 'things']);
    expect(value(test, 0, 1, 2, 0)).toBe(cifarPixel(3, 1, 2, 0));
  });

  it('knows no other labels', async () => {
    await expect(loadDataset(`${folder}#rough`)).rejects.toThrow(/#fine and #coarse, not #rough/);
  });
});

it('tells that pickles cannot be read', async () => {
  await writeCifar10(folder);
  for (const name of ['data_batch_1.bin', 'test_batch.bin']) await unlink(join(folder, name));
  for (const name of [2, 3, 4, 5]) await unlink(join(folder, `data_batch_${name}.bin`));
  await writeFile(join(folder, 'data_batch_1'), '\x80\x02}');
  await expect(loadDataset(folder)).rejects.toThrow(/Python pickles; download the binary version/);
});
