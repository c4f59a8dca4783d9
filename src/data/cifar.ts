/**
 * CIFAR-10 and CIFAR-100 (Krizhevsky 2009) in their binary version, as
 * https://www.cs.toronto.edu/~kriz/cifar.html describes it: records of one label, or of a coarse
 * and a fine one, then the red, the green and the blue plane of an image of 32×32 pixels.
 */
import { basename, join, resolve } from 'node:path';
import { InputError } from '../errors.js';
import { readRegularFile } from '../files.js';
import { checkedDataset, type DatasetSplits, type ImageDataset } from './dataset.js';

const side = 32;
const channels = 3;
const imageBytes = side * side * channels;

/** How one of the two datasets is laid out. */
interface Layout {
  readonly train: readonly string[];
  readonly test: string;
  /** The file with the names of the classes, a line each. */
  readonly names: string;
  readonly labelsPerRecord: number;
  /** Which of a record's labels is meant. */
  readonly label: number;
}

const cifar10: Layout = {
  train: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`),
  test: 'test_batch.bin',
  names: 'batches.meta.txt',
  labelsPerRecord: 1,
  label: 0,
};

const cifar100 = (kind: 'coarse' | 'fine'): Layout => ({
  train: ['train.bin'],
  test: 'test.bin',
  names: `${kind}_label_names.txt`,
  labelsPerRecord: 2,
  label: kind === 'coarse' ? 0 : 1,
});

/** The files of a folder that show what it is, in words. */
export const expectedCifarNames =
  'data_batch_1.bin … data_batch_5.bin and test_batch.bin (CIFAR-10), or train.bin, test.bin and fine_label_names.txt (CIFAR-100)';

/** Which CIFAR a folder with these files is, if any. */
export function cifarKind(files: readonly string[]): 'cifar-10' | 'cifar-100' | undefined {
  if (files.some((name) => /^(data_batch_\d|test_batch)\.bin$/.test(name))) return 'cifar-10';
  const isCifar100 = files.some((name) => /^(fine|coarse)_label_names\.txt$/.test(name));
  return isCifar100 ? 'cifar-100' : undefined;
}

/** Whether a folder has CIFAR as Python pickles, which cannot be read here. */
export const isPickledCifar = (files: readonly string[]): boolean =>
  files.includes('data_batch_1') || (files.includes('meta') && files.includes('train'));

/**
 * Loads a folder of CIFAR's binary version: images of 32×32×3.
 *
 * @param options.split of CIFAR-100, `fine` for its 100 classes, the default, or `coarse` for the 20
 *   groups that they form
 * @throws InputError where a file is missing or damaged, or there is no such split
 */
export async function loadCifar(
  folder: string,
  kind: 'cifar-10' | 'cifar-100',
  options: { split?: string | undefined } = {},
): Promise<DatasetSplits> {
  const layout = layoutOf(folder, kind, options.split);
  const classNames = await readNames(join(folder, layout.names));
  const name = basename(resolve(folder));
  const read = (subset: string, files: readonly string[]) =>
    readSubset(
      `${name} ${subset}`,
      files.map((file) => join(folder, file)),
      layout,
      classNames,
    );
  return { train: await read('train', layout.train), test: await read('test', [layout.test]) };
}

function layoutOf(
  folder: string,
  kind: 'cifar-10' | 'cifar-100',
  split: string | undefined,
): Layout {
  if (kind === 'cifar-10') {
    if (split === undefined) return cifar10;
    throw new InputError(`${folder} is CIFAR-10, which has no split ${split}; leave out #${split}`);
  }
  if (split === undefined || split === 'fine') return cifar100('fine');
  if (split === 'coarse') return cifar100('coarse');
  throw new InputError(`${folder} is CIFAR-100, with labels #fine and #coarse, not #${split}`);
}

async function readNames(path: string): Promise<string[]> {
  const text = (await readRegularFile(path)).toString('utf8');
  const names = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (names.length === 0) throw new InputError(`${path} names no classes; download it again`);
  return names;
}

async function readSubset(
  name: string,
  paths: readonly string[],
  layout: Layout,
  classNames: readonly string[],
): Promise<ImageDataset> {
  const recordBytes = layout.labelsPerRecord + imageBytes;
  const files: Buffer[] = [];
  for (const path of paths) {
    const bytes = await readRegularFile(path);
    if (bytes.length === 0 || bytes.length % recordBytes !== 0) {
      throw new InputError(
        `${path} is damaged or cut off: its ${bytes.length} bytes are not whole records of ${recordBytes}; download it again`,
      );
    }
    files.push(bytes);
  }
  const count = files.reduce((sum, { length }) => sum + length, 0) / recordBytes;
  const images = new Uint8Array(new SharedArrayBuffer(count * imageBytes));
  const labels = new Uint8Array(count);
  let image = 0;
  for (const [i, bytes] of files.entries()) {
    for (let at = 0; at < bytes.length; at += recordBytes, image++) {
      const label = bytes[at + layout.label]!;
      if (label >= classNames.length) {
        throw new InputError(
          `${paths[i]}: the label of image ${at / recordBytes} is ${label}, but there are ${classNames.length} classes; download it again`,
        );
      }
      labels[image] = label;
      const planes = bytes.subarray(at + layout.labelsPerRecord, at + recordBytes);
      interleave(planes, images.subarray(image * imageBytes, (image + 1) * imageBytes));
    }
  }
  return checkedDataset({
    ...{ name, images, labels, count, height: side, width: side, channels },
    classNames,
  });
}

/** [C, H, W] to [H, W, C]. */
function interleave(planes: Uint8Array, out: Uint8Array): void {
  const size = side * side;
  for (let i = 0; i < size; i++) {
    for (let c = 0; c < channels; c++) out[i * channels + c] = planes[c * size + i]!;
  }
}
