import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadIdxFolder } from '../../src/data/idx-folder.js';
import { loadDataset } from '../../src/data/load.js';
import { InputError } from '../../src/errors.js';
import { idx } from './idx-bytes.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mixgan-folder-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Writes files, gzipped where the name ends so, into a new folder. */
async function folderOf(name: string, files: Record<string, Buffer>): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder, { recursive: true });
  for (const [file, bytes] of Object.entries(files)) {
    await writeFile(join(folder, file), file.endsWith('.gz') ? gzipSync(bytes) : bytes);
  }
  return folder;
}

/** `count` images of 2×3 whose first pixel is their number. */
const images = (count: number) =>
  idx(
    [count, 2, 3],
    Array.from({ length: count * 6 }, (_, i) => (i % 6 === 0 ? i / 6 : i % 6)),
  );
const labels = (...values: number[]) => idx([values.length], values);
const firstPixels = (all: Uint8Array, size = 6) => [...all.filter((_, i) => i % size === 0)];

describe('MNIST and its kin', () => {
  it.each([
    ['plain', '-', ''],
    ['gzip', '-', '.gz'],
    ['with a dot, as some unpackers name them', '.', ''],
  ])('loads the four files, %s', async (_, separator, ending) => {
    const folder = await folderOf('digits', {
      [`train-images${separator}idx3-ubyte${ending}`]: images(3),
      [`train-labels${separator}idx1-ubyte${ending}`]: labels(7, 8, 9),
      [`t10k-images${separator}idx3-ubyte${ending}`]: images(2),
      [`t10k-labels${separator}idx1-ubyte${ending}`]: labels(0, 1),
      'README.txt': Buffer.from('not data'),
    });
    const { train, test } = await loadIdxFolder(folder);
    expect(train).toMatchObject({
      name: 'digits train',
      count: 3,
      height: 2,
      width: 3,
      channels: 1,
    });
    expect([...train.images]).toEqual([0, 1, 2, 3, 4, 5, 1, 1, 2, 3, 4, 5, 2, 1, 2, 3, 4, 5]);
    expect([...train.labels!]).toEqual([7, 8, 9]);
    expect(test).toMatchObject({ name: 'digits test', count: 2 });
    expect([...test.labels!]).toEqual([0, 1]);
    expect(train.classNames.join('')).toBe('0123456789');
  });

  it('prefers the plain file where both are there', async () => {
    const folder = await folderOf('both', {
      'train-images-idx3-ubyte.gz': Buffer.from('never opened'),
      'train-images-idx3-ubyte': images(5),
    });
    expect((await loadIdxFolder(folder)).train.count).toBe(4);
  });

  it('names the classes of Fashion-MNIST, also in a folder raw', async () => {
    const files = {
      'train-images-idx3-ubyte': images(5),
      'train-labels-idx1-ubyte': labels(0, 1, 2, 3, 9),
    };
    for (const name of ['fashion-mnist', 'FashionMNIST/raw']) {
      const { train } = await loadIdxFolder(await folderOf(name, files));
      expect(train.classNames).toHaveLength(10);
      expect([train.classNames[0], train.classNames[9]]).toEqual(['T-shirt/top', 'Ankle boot']);
      expect(train.name).toBe(`${name.split('/')[0]} train`);
    }
  });

  it('loads images of several channels', async () => {
    const folder = await folderOf('rgb', {
      'train-images-idx4-ubyte': idx([2, 1, 1, 3], [1, 2, 3, 4, 5, 6]),
      't10k-images-idx4-ubyte': idx([1, 1, 1, 3], [7, 8, 9]),
    });
    expect((await loadIdxFolder(folder)).train).toMatchObject({ height: 1, width: 1, channels: 3 });
  });

  it('sets a fixed fifth of every class aside where there are no test files', async () => {
    const folder = await folderOf('one-part', {
      'train-images-idx3-ubyte': images(100),
      'train-labels-idx1-ubyte': labels(...Array.from({ length: 100 }, (_, i) => i % 10)),
    });
    const { train, test } = await loadIdxFolder(folder);
    expect([train.count, test.count]).toEqual([80, 20]);
    expect([...test.labels!].sort()).toEqual([...'00112233445566778899'].map(Number));
    const trained = firstPixels(train.images);
    const tested = firstPixels(test.images);
    expect([...trained, ...tested].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    );
    expect(tested.map((image) => image % 10)).toEqual([...test.labels!]);
    expect(firstPixels((await loadIdxFolder(folder)).test.images)).toEqual(tested);
    expect(tested.slice(0, 5)).toEqual([97, 93, 54, 11, 73]);
  });

  it('loads images without labels', async () => {
    const folder = await folderOf('bare', { 'train-images-idx3-ubyte': images(10) });
    const { train, test } = await loadIdxFolder(folder);
    expect([train.count, test.count]).toEqual([8, 2]);
    expect(train.labels).toBeUndefined();
    expect(test.labels).toBeUndefined();
  });
});

describe('EMNIST', () => {
  const letters = {
    'emnist-letters-train-images-idx3-ubyte.gz': images(2),
    'emnist-letters-train-labels-idx1-ubyte.gz': labels(1, 26),
    'emnist-letters-test-images-idx3-ubyte.gz': images(1),
    'emnist-letters-test-labels-idx1-ubyte.gz': labels(2),
  };
  const balanced = {
    'emnist-balanced-train-images-idx3-ubyte': images(2),
    'emnist-balanced-train-labels-idx1-ubyte': labels(0, 46),
    'emnist-balanced-test-images-idx3-ubyte': images(1),
    'emnist-balanced-test-labels-idx1-ubyte': labels(35),
  };

  it('turns the images upright, and counts the letters from 0', async () => {
    const { train, test } = await loadIdxFolder(await folderOf('emnist', letters));
    expect(train).toMatchObject({ name: 'emnist-letters train', height: 3, width: 2 });
    // Rows 0 1 2 and 3 4 5 become columns.
    expect([...train.images.subarray(0, 6)]).toEqual([0, 3, 1, 4, 2, 5]);
    expect([...train.images.subarray(6)]).toEqual([1, 3, 1, 4, 2, 5]);
    expect([...train.labels!, ...test.labels!]).toEqual([0, 25, 1]);
    expect(train.classNames.join('')).toBe('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
  });

  it('loads the split that is asked for, where there are several', async () => {
    const folder = await folderOf('emnist', { ...letters, ...balanced });
    await expect(loadIdxFolder(folder)).rejects.toThrow(
      new InputError(
        `${folder} holds several datasets: balanced, letters; choose one, as in ${folder}#balanced`,
      ),
    );
    const { train, test } = await loadDataset(`${folder}#balanced`);
    const names = [...train.labels!, ...test.labels!].map((label) => train.classNames[label]);
    expect(names).toEqual(['0', 't', 'Z']);
    expect(train.classNames).toHaveLength(47);
    await expect(loadIdxFolder(folder, { split: 'digits' })).rejects.toThrow(
      /has no EMNIST split digits; it holds balanced, letters$/,
    );
  });

  it('knows how many classes each split has', async () => {
    const counts = { byclass: 62, bymerge: 47, digits: 10, mnist: 10 };
    for (const [split, count] of Object.entries(counts)) {
      const folder = await folderOf(split, {
        [`emnist-${split}-train-images-idx3-ubyte`]: images(5),
      });
      expect((await loadIdxFolder(folder)).train.classNames).toHaveLength(count);
    }
    const folder = await folderOf('odd', { 'emnist-odd-train-images-idx3-ubyte': images(5) });
    await expect(loadIdxFolder(folder)).rejects.toThrow(/EMNIST has no split odd, only letters, /);
  });

  it('refuses a letter 0', async () => {
    const folder = await folderOf('emnist', {
      ...letters,
      'emnist-letters-train-labels-idx1-ubyte.gz': labels(5, 0),
    });
    const path = join(folder, 'emnist-letters-train-labels-idx1-ubyte.gz');
    await expect(loadIdxFolder(folder)).rejects.toThrow(
      new InputError(`${path}: label 1 is 0, but the labels of emnist-letters run from 1 to 26`),
    );
  });
});

describe('folders that cannot be loaded', () => {
  it('says what can be given, for a name that is nothing', async () => {
    await expect(loadDataset('cifar11')).rejects.toThrow(
      new InputError(
        'there is no dataset or folder called "cifar11"; give mnist for the digits that come ' +
          'with this package, or a folder: the IDX files of MNIST, Fashion-MNIST or EMNIST, the ' +
          'binary version of CIFAR-10 or CIFAR-100, or pictures',
      ),
    );
    await expect(loadIdxFolder(join(root, 'none'))).rejects.toThrow(InputError);
  });

  it('asks for the folder where a file is given', async () => {
    const folder = await folderOf('f', { 'train-images-idx3-ubyte': images(2) });
    await expect(loadDataset(join(folder, 'train-images-idx3-ubyte'))).rejects.toThrow(
      /train-images-idx3-ubyte is a file; give the folder that holds /,
    );
    await expect(loadDataset(join(folder, 'train-images-idx3-ubyte', 'x'))).rejects.toThrow(
      InputError,
    );
  });

  it.each<[string, Record<string, Buffer>, RegExp]>([
    [
      'no dataset',
      { 'cats.txt': Buffer.alloc(1) },
      /holds no dataset; it should hold IDX files \(train-images-idx3-ubyte and .*emnist-<split>-/,
    ],
    [
      'no training images',
      { 't10k-images-idx3-ubyte': images(2), 't10k-labels-idx1-ubyte': labels(1, 2) },
      /has no file of train images; it should hold /,
    ],
    [
      'other counts of images and labels',
      { 'train-images-idx3-ubyte': images(3), 'train-labels-idx1-ubyte': labels(1, 2) },
      /train-images-idx3-ubyte has 3 images, but .*train-labels-idx1-ubyte has 2 labels$/,
    ],
    [
      'labels where the images should be',
      { 'train-images-idx3-ubyte': labels(1, 2) },
      /train-images-idx3-ubyte holds labels, not images/,
    ],
    [
      'a label of no class',
      { 'train-images-idx3-ubyte': images(2), 'train-labels-idx1-ubyte': labels(3, 10) },
      /train-labels-idx1-ubyte: label 1 is 10, but the labels of \w+ run from 0 to 9$/,
    ],
    [
      'test images of another size',
      { 'train-images-idx3-ubyte': images(2), 't10k-images-idx3-ubyte': idx([1, 1, 1], [0]) },
      /the training images are 2×3×1 without labels, but the test images 1×1×1 without labels$/,
    ],
    [
      'labels of one part only',
      {
        'train-images-idx3-ubyte': images(2),
        't10k-images-idx3-ubyte': images(2),
        't10k-labels-idx1-ubyte': labels(1, 2),
      },
      /images are 2×3×1 without labels, but the test images 2×3×1 with labels$/,
    ],
    [
      'test labels without test images',
      { 'train-images-idx3-ubyte': images(2), 't10k-labels-idx1-ubyte': labels(1, 2) },
      /has no file of test images; it should hold /,
    ],
    ['one image in all', { 'train-images-idx3-ubyte': images(1) }, /needs at least 2$/],
    [
      'two datasets',
      { 'train-images-idx3-ubyte': images(2), 'emnist-mnist-train-images-idx3-ubyte': images(2) },
      /holds several datasets: mnist, mnist \(files without a split\); choose/,
    ],
  ])('refuses %s', async (_, files, message) => {
    const folder = await folderOf('f', files);
    const failure = await loadDataset(folder).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(InputError);
    expect((failure as Error).message).toMatch(message);
    expect((failure as Error).message).toContain(folder);
  });
});

it('loads mnist by its name', async () => {
  expect((await loadDataset('mnist')).test.count).toBe(2000);
});
