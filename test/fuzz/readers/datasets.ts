import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { ImageDataset } from '../../../src/data/dataset.js';
import { loadDataset } from '../../../src/data/load.js';
import { idx } from '../../data/idx-bytes.js';
import { png } from '../../image/png-bytes.js';
import { damaged } from '../bytes.js';
import { hostileTexts } from '../json.js';
import { digestOf, type Reader } from '../reader.js';

const images = idx(
  [10, 6, 5],
  Array.from({ length: 300 }, (_, i) => (i * 37) % 251),
);
const labels = idx(
  [10],
  Array.from({ length: 10 }, (_, i) => i),
);

const digestOfData = (sets: readonly ImageDataset[]): string =>
  digestOf(
    ...sets.flatMap((set) => [
      `${set.count}×${set.height}×${set.width}×${set.channels} ${set.classNames}`,
      set.images,
      set.labels ?? '',
    ]),
  );

/** Loads a folder with the file under its name, and its labels beside it. */
async function loadIdx(path: string, folder: string, suffix: string): Promise<string> {
  const bytes = await readFile(path);
  // A sample of labels is read as labels.
  const isLabels = bytes.length < 100 && suffix === '';
  await rename(
    path,
    join(folder, `train-${isLabels ? 'labels-idx1' : 'images-idx3'}-ubyte${suffix}`),
  );
  if (isLabels) await writeFile(join(folder, 'train-images-idx3-ubyte'), images);
  else await writeFile(join(folder, 'train-labels-idx1-ubyte'), labels);
  const { train, test } = await loadDataset(folder, { imageSize: 4 });
  return digestOfData([train, test]);
}

export const idxReader: Reader = {
  name: 'IDX',
  weight: 2,
  hasChecksum: false,
  samples: async () => [images, labels],
  read: (path, folder) => loadIdx(path, folder, ''),
};

export const gzipReader: Reader = {
  name: 'IDX in gzip',
  weight: 2,
  hasChecksum: true,
  samples: async () => [gzipSync(images), gzipSync(images, { level: 0 })],
  forge: (sample, random) => {
    const changed = gzipSync(damaged(gunzipSync(sample), random, [images, labels]));
    return random.integer(4) > 0 ? changed : Buffer.concat([changed, gzipSync(images)]);
  },
  bombs: () => [
    gzipSync(Buffer.concat([idx([64_000, 32, 32], []), Buffer.alloc(64_000 * 1024)])),
    gzipSync(Buffer.concat([idx([300_000, 32, 32], []), Buffer.alloc(300_000 * 1024)])),
    gzipSync(Buffer.concat([idx([10, 6, 5], []), Buffer.alloc(2 ** 28)])),
    gzipSync(Buffer.concat([idx([2 ** 21, 32, 32], []), Buffer.alloc(2 ** 20)])),
  ],
  read: (path, folder) => loadIdx(path, folder, '.gz'),
};

const record = (i: number): number[] => [
  i,
  ...Array.from({ length: 3072 }, (_, j) => (i * j) % 251),
];

export const cifarReader: Reader = {
  name: 'CIFAR',
  weight: 1,
  hasChecksum: false,
  samples: async () => [
    Buffer.from([record(0), record(1)].flat()),
    Buffer.from('airplane\nautomobile\nbird\n'),
  ],
  async read(path, folder) {
    const bytes = await readFile(path);
    const sound = Buffer.from([record(0), record(1)].flat());
    const isNames = bytes.length < 1000;
    const batch = isNames ? sound : bytes;
    for (const i of [1, 2, 3, 4, 5]) {
      await writeFile(join(folder, `data_batch_${i}.bin`), i === 3 ? batch : sound);
    }
    await writeFile(join(folder, 'test_batch.bin'), sound);
    await writeFile(join(folder, 'batches.meta.txt'), isNames ? bytes : 'airplane\nautomobile\n');
    const { train, test } = await loadDataset(folder);
    return digestOfData([train, test]);
  },
};

/** The file is the name of a class, of a picture in it, or of the whole source. */
export const namesReader: Reader = {
  name: 'folders of pictures',
  weight: 1,
  hasChecksum: false,
  samples: async () => ['zebra', 'a b', 'é', ...hostileTexts].map((text) => Buffer.from(text)),
  async read(path, folder) {
    const name = (await readFile(path)).toString('utf8');
    const picture = png({ width: 2, height: 2, values: [1, 2, 3, 4] });
    const isName = name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
    const fits = isName && Buffer.byteLength(name) < 200;
    for (const klass of fits ? ['cat', name] : ['cat']) {
      await mkdir(join(folder, 'x', klass), { recursive: true });
      for (const i of [1, 2]) await writeFile(join(folder, 'x', klass, `${i}.png`), picture);
    }
    if (fits) await writeFile(join(folder, 'x', 'cat', name), picture);
    const { train, test } = await loadDataset(join(folder, 'x'));
    if (!fits) await loadDataset(join(folder, name));
    return digestOfData([train, test]);
  },
};
