/**
 * Folders of IDX files as people download them: MNIST (LeCun et al. 1998), Fashion-MNIST (Xiao et
 * al. 2017), EMNIST (Cohen et al. 2017), and whatever else uses their file names.
 */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InputError } from '../errors.js';
import { asInputError } from '../files.js';
import { RandomStream } from '../random.js';
import { checkedDataset, type DatasetSplits, type ImageDataset, subset } from './dataset.js';
import { readIdxImages, readIdxLabels } from './idx.js';
import { stratifiedSplit } from './split.js';

/** The names that a folder's files may have, in words. */
export const expectedIdxNames =
  'train-images-idx3-ubyte and train-labels-idx1-ubyte, t10k-images-idx3-ubyte and ' +
  't10k-labels-idx1-ubyte, or emnist-<split>-train-images-idx3-ubyte and its kin, each also as .gz';

const namePattern =
  /^(?:emnist-(?<split>[a-z]+)-)?(?<subset>train|t10k|test)-(?<kind>images|labels)[-.]idx\d-ubyte(?<gzip>\.gz)?$/i;

/** Whether files of these names are IDX files. */
export const hasIdxFiles = (names: readonly string[]): boolean =>
  names.some((name) => namePattern.test(name));

type Subset = 'train' | 'test';
type Files = Partial<Record<`${Subset}-${'images' | 'labels'}`, string>>;

/** How a dataset's files are to be read. */
interface Flavour {
  readonly name: string;
  readonly classNames: readonly string[];
  /** What the first class is called in the files. */
  readonly firstLabel: number;
  /** EMNIST stores every image column by column. */
  readonly transposed: boolean;
}

/**
 * Loads a folder of IDX files. Where it has no test files, a fixed fifth of the training images,
 * the same share of every class, is the test set. Images without a labels file are loaded without
 * labels. Where a file is there both plain and as .gz, the plain one is read.
 *
 * @param options.split which EMNIST split (`letters`, `balanced`, …), where the folder has several
 * @throws InputError where the folder is missing, has no such files, or they are damaged or do not
 *   belong together
 */
export async function loadIdxFolder(
  folder: string,
  options: { split?: string | undefined } = {},
): Promise<DatasetSplits> {
  const groups = groupFiles(folder, await listFiles(folder));
  const [split, files] = chooseGroup(folder, groups, options.split);
  const flavour = flavourOf(folder, split);
  const train = await readPart(folder, files, 'train', flavour);
  if (files['test-images'] === undefined && files['test-labels'] === undefined) {
    return carveTest(folder, train, flavour.name);
  }
  const test = await readPart(folder, files, 'test', flavour);
  const kind = ({ height, width, channels, labels }: ImageDataset) =>
    `${height}×${width}×${channels} with${labels ? '' : 'out'} labels`;
  if (kind(train) !== kind(test)) {
    throw new InputError(
      `${folder}: the training images are ${kind(train)}, but the test images ${kind(test)}`,
    );
  }
  return { train, test };
}

async function listFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  } catch (thrown) {
    throw asInputError(thrown, folder);
  }
}

/** The files that are IDX by name, by EMNIST split; those of other datasets are under ''. */
function groupFiles(folder: string, names: readonly string[]): Map<string, Files> {
  const groups = new Map<string, Files>();
  const matches = names
    .map((name) => ({ name, named: namePattern.exec(name)?.groups }))
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
  for (const { name, named } of matches) {
    if (named === undefined) continue;
    const split = named.split?.toLowerCase() ?? '';
    const subset: Subset = named.subset?.toLowerCase() === 'train' ? 'train' : 'test';
    const kind = named.kind?.toLowerCase() === 'images' ? 'images' : 'labels';
    const files = groups.get(split) ?? {};
    if (files[`${subset}-${kind}`] === undefined || named.gzip === undefined) {
      files[`${subset}-${kind}`] = join(folder, name);
    }
    groups.set(split, files);
  }
  if (groups.size === 0) {
    throw new InputError(`${folder} has no IDX files; it should hold ${expectedIdxNames}`);
  }
  return groups;
}

function chooseGroup(
  folder: string,
  groups: ReadonlyMap<string, Files>,
  split: string | undefined,
): [split: string, files: Files] {
  const names = [...groups.keys()].map((name) => name || 'mnist (files without a split)');
  if (split === undefined) {
    if (groups.size === 1) return [...groups][0]!;
    throw new InputError(
      `${folder} holds several datasets: ${names.join(', ')}; choose one, as in ${folder}#${[...groups.keys()].find((name) => name !== '')}`,
    );
  }
  const files = groups.get(split.toLowerCase());
  if (files === undefined) {
    throw new InputError(`${folder} has no EMNIST split ${split}; it holds ${names.join(', ')}`);
  }
  return [split.toLowerCase(), files];
}

const range = (first: string, last: string): string[] =>
  Array.from({ length: last.charCodeAt(0) - first.charCodeAt(0) + 1 }, (_, i) =>
    String.fromCharCode(first.charCodeAt(0) + i),
  );
const digits = range('0', '9');
const upper = range('A', 'Z');
const lower = range('a', 'z');
/** The lower-case letters that EMNIST keeps apart from their capitals when it merges the rest. */
const unmerged = [...'abdefghnqrt'];

const emnistClassNames: Readonly<Record<string, readonly string[]>> = {
  letters: upper,
  digits,
  mnist: digits,
  balanced: [...digits, ...upper, ...unmerged],
  bymerge: [...digits, ...upper, ...unmerged],
  byclass: [...digits, ...upper, ...lower],
};

const fashionNames =
  'T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot'.split(',');

function flavourOf(folder: string, split: string): Flavour {
  if (split !== '') {
    const classNames = emnistClassNames[split];
    if (classNames === undefined) {
      const known = Object.keys(emnistClassNames).join(', ');
      throw new InputError(`${folder}: EMNIST has no split ${split}, only ${known}`);
    }
    const firstLabel = split === 'letters' ? 1 : 0;
    return { name: `emnist-${split}`, classNames, firstLabel, transposed: true };
  }
  const path = resolve(folder);
  // torchvision keeps the files of FashionMNIST in FashionMNIST/raw.
  const name = basename(basename(path) === 'raw' ? dirname(path) : path);
  const classNames = /fashion/i.test(name) ? fashionNames : digits;
  return { name, classNames, firstLabel: 0, transposed: false };
}

async function readPart(
  folder: string,
  files: Files,
  subset: Subset,
  flavour: Flavour,
): Promise<ImageDataset> {
  const imagesPath = files[`${subset}-images`];
  if (imagesPath === undefined) {
    throw new InputError(
      `${folder} has no file of ${subset} images; it should hold ${expectedIdxNames}`,
    );
  }
  const { shape, values } = await readIdxImages(imagesPath);
  const [count = 0, height = 0, width = 0, channels = 1] = shape;
  if (flavour.transposed) transposeImages(values, { count, height, width, channels });

  const labelsPath = files[`${subset}-labels`];
  const labels = labelsPath === undefined ? undefined : await readLabels(labelsPath, flavour);
  if (labels !== undefined && labels.length !== count) {
    throw new InputError(
      `${imagesPath} has ${count} images, but ${labelsPath} has ${labels.length} labels`,
    );
  }
  return checkedDataset({
    name: `${flavour.name} ${subset}`,
    images: values,
    labels,
    count,
    height: flavour.transposed ? width : height,
    width: flavour.transposed ? height : width,
    channels,
    classNames: flavour.classNames,
  });
}

/** The labels of a file, counted from 0. */
async function readLabels(path: string, flavour: Flavour): Promise<Uint8Array> {
  const first = flavour.firstLabel;
  const last = first + flavour.classNames.length - 1;
  const labels = await readIdxLabels(path);
  const bad = labels.findIndex((label) => label < first || label > last);
  if (bad >= 0) {
    throw new InputError(
      `${path}: label ${bad} is ${labels[bad]}, but the labels of ${flavour.name} run from ` +
        `${first} to ${last}`,
    );
  }
  return first === 0 ? labels : labels.map((label) => label - first);
}

/** Swaps rows and columns in place: [N, H, W, C] becomes [N, W, H, C]. */
function transposeImages(
  values: Uint8Array,
  shape: { count: number; height: number; width: number; channels: number },
): void {
  const { count, height, width, channels } = shape;
  const size = height * width * channels;
  const image = new Uint8Array(size);
  for (let start = 0; start < count * size; start += size) {
    image.set(values.subarray(start, start + size));
    let to = start;
    for (let x = 0; x < width; x++) {
      for (let y = 0; y < height; y++) {
        const from = (y * width + x) * channels;
        for (let c = 0; c < channels; c++) values[to++] = image[from + c]!;
      }
    }
  }
}

/** Belongs to what a folder without test files means: changing it changes the test set. */
const splitSeed = 1998;

function carveTest(folder: string, all: ImageDataset, name: string): DatasetSplits {
  if (all.count < 2) {
    throw new InputError(`${folder} has 1 image; without test files it needs at least 2`);
  }
  const labels = all.labels ?? new Uint8Array(all.count);
  const split = stratifiedSplit(labels, 0.2, RandomStream.fromSeed(splitSeed));
  return {
    train: subset(all, split.train, `${name} train`),
    test: subset(all, split.test, `${name} test`),
  };
}
