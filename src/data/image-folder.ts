/**
 * Folders of pictures: one folder a class, or pictures without classes.
 *
 * All are decoded once, by several threads, into memory as bytes of one size; after that a step
 * never waits for a file.
 */
import { readdir, stat } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { InputError, systemErrorCode } from '../errors.js';
import { asInputError } from '../files.js';
import { RandomStream } from '../random.js';
import { checkedDataset, type DatasetSplits, type ImageDataset } from './dataset.js';
import { type ImageFormat, type ImageHeader, type ImageJob, imageTask } from './image-file.js';
import { stratifiedSplit } from './split.js';
import { allThreads, ThreadPool } from './thread-pool.js';

/** What a folder of pictures looks like, in words. */
export const expectedImageFolder =
  'a folder of PNG or JPEG images for each class, directly or in train and test (or val)';

const testNames = ['test', 'val', 'valid', 'validation'];
const imagePattern = /\.(png|jpe?g)$/i;
const otherImagePattern = /\.(gif|webp|bmp|tiff?|avif|heic|jxl)$/i;

/** Whether a file is a picture by its name. */
export const isImageName = (name: string): boolean =>
  imagePattern.test(name) || otherImagePattern.test(name);

/** Belongs to what a folder without test images means: changing it changes the test set. */
const splitSeed = 1998;
const testShare = 0.2;

/** Threads take a moment to start, and pay from about so many files. */
const worthThreads = 256;

export interface ImageFolderOptions {
  /** Side in pixels to resize the middle square of every image to. */
  readonly imageSize?: number | undefined;
  /** Is told, in lines for the user, what takes long or is held out. */
  readonly say?: ((line: string) => void) | undefined;
}

/** Files with their classes. */
interface Listing {
  readonly paths: readonly string[];
  /** [N]; absent where there are no class folders. */
  readonly labels: Int32Array | undefined;
  /** Names of the class folders, sorted by their characters' codes. */
  readonly classNames: readonly string[];
}

/**
 * Loads a folder of pictures. With a folder `train`, and nothing beside it but test folders, it
 * has the training images, and `test`, or else `val`, the test images; otherwise a fixed fifth of the
 * images, the same share of every class, is held back. Images without class folders get no labels.
 *
 * Images are RGB, or grey where all of them are. Transparent ones are laid on white, JPEGs turned
 * as their EXIF orientation says.
 *
 * @param options.imageSize absent where all images are of one size
 * @throws InputError where a folder or file is missing, damaged or does not belong, the sizes
 *   differ, or the images are more than memory holds
 */
export async function loadImageFolder(
  folder: string,
  options: ImageFolderOptions = {},
): Promise<DatasetSplits> {
  const name = basename(resolve(folder));
  const { train, test } = await listSplits(folder, name, options.say);
  const paths = [...train.paths, ...test.paths];
  if (paths.length >= worthThreads) options.say?.(`decoding the ${paths.length} images of ${name}`);
  const pool =
    paths.length < worthThreads
      ? undefined
      : new ThreadPool<ImageJob, readonly ImageHeader[]>(allThreads(), {
          from: import.meta.url,
          module: './image-file.js',
          exportName: 'imageTask',
          data: undefined,
        });
  const inline = imageTask();
  const run: Runner = async (job) => pool?.run(job) ?? (await inline(job)).output;
  try {
    const format = chooseFormat(paths, await inspect(run, paths), options.imageSize);
    requireMemory(name, paths.length, format);
    return {
      train: await decode(run, train, format, `${name} train`),
      test: await decode(run, test, format, `${name} test`),
    };
  } finally {
    await pool?.close();
  }
}

type Runner = (job: ImageJob) => Promise<readonly ImageHeader[]>;

interface Splits {
  readonly train: Listing;
  readonly test: Listing;
}

async function listSplits(
  folder: string,
  name: string,
  say: ImageFolderOptions['say'],
): Promise<Splits> {
  const { folders } = await listFolder(folder);
  const others = folders.filter((entry) => entry !== 'train');
  const isSplit = others.length < folders.length && others.every((n) => testNames.includes(n));
  const all = await listImages(isSplit ? join(folder, 'train') : folder);
  const testName = testNames.find((n) => isSplit && others.includes(n));
  if (testName === undefined) {
    const splits = holdOut(folder, all);
    say?.(
      `${name} has no test images of its own: ${splits.test.paths.length} of its ${all.paths.length}, the same share of every class, are held out`,
    );
    return splits;
  }
  const test = await listImages(join(folder, testName), all);
  return { train: all, test };
}

function holdOut(folder: string, all: Listing): Splits {
  const { paths, labels } = all;
  if (paths.length < 2) {
    throw new InputError(`${folder} has 1 image; without a test folder it needs at least 2`);
  }
  const random = RandomStream.fromSeed(splitSeed);
  const split = stratifiedSplit(labels ?? new Uint8Array(paths.length), testShare, random);
  const subset = (indices: Uint32Array): Listing => ({
    ...all,
    paths: Array.from(indices, (i) => paths[i]!),
    labels: labels && Int32Array.from(indices, (i) => labels[i]!),
  });
  return { train: subset(split.train), test: subset(split.test) };
}

/**
 * The images below a folder.
 * @param like those whose classes these are
 */
async function listImages(root: string, like?: Listing): Promise<Listing> {
  const { folders, files } = await listFolder(root);
  const loose = imagesAmong(root, files);
  if (folders.length === 0) {
    if (loose.length === 0) {
      throw new InputError(`${root} has no images; it should hold ${expectedImageFolder}`);
    }
    if (like?.labels !== undefined) {
      throw new InputError(`${root} has no class folders, but the training images have`);
    }
    return { paths: loose, labels: undefined, classNames: [] };
  }
  if (loose.length > 0) {
    throw new InputError(`${loose[0]} lies beside the class folders; move it into one, or away`);
  }
  if (like !== undefined && like.labels === undefined) {
    throw new InputError(`${root} has class folders, but the training images have none`);
  }
  const classNames = like?.classNames ?? folders;
  const paths: string[] = [];
  const labels: number[] = [];
  for (const name of folders) {
    const folder = join(root, name);
    const label = classNames.indexOf(name);
    if (label < 0) {
      throw new InputError(`${folder}: the training images have no class ${name}`);
    }
    const images = imagesAmong(folder, (await listFolder(folder)).files);
    if (images.length === 0) throw new InputError(`${folder} has no PNG or JPEG images`);
    for (const path of images) {
      paths.push(path);
      labels.push(label);
    }
  }
  return { paths, labels: Int32Array.from(labels), classNames };
}

function imagesAmong(folder: string, files: readonly string[]): string[] {
  const other = files.find((name) => otherImagePattern.test(name));
  if (other !== undefined) {
    throw new InputError(
      `${join(folder, other)} can not be read: convert it to PNG or JPEG, or move it away`,
    );
  }
  return files.filter((name) => imagePattern.test(name)).map((name) => join(folder, name));
}

/** What is in a folder, sorted, links followed; hidden files and folders are left out. */
async function listFolder(path: string): Promise<{ folders: string[]; files: string[] }> {
  const found = { folders: [] as string[], files: [] as string[] };
  const entries = await readdir(path, { withFileTypes: true }).catch((thrown: unknown) => {
    throw asInputError(thrown, path);
  });
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const target = entry.isSymbolicLink() ? await linked(join(path, entry.name)) : entry;
    (target.isDirectory() ? found.folders : found.files).push(entry.name);
  }
  return { folders: found.folders.sort(), files: found.files.sort() };
}

/** What a link leads to. */
async function linked(path: string) {
  try {
    return await stat(path);
  } catch (thrown) {
    if (systemErrorCode(thrown) !== 'ENOENT') throw asInputError(thrown, path);
    throw new InputError(`cannot read ${path}: it is a symbolic link that leads nowhere`, {
      cause: thrown,
    });
  }
}

/** Files that go to a thread at once. */
const filesPerJob = 32;

/** Runs a job for every few files; of several failures, the first file's is thrown. */
async function inSlices<Result>(
  paths: readonly string[],
  run: (paths: readonly string[], first: number) => Promise<Result>,
): Promise<Result[]> {
  const starts = Array.from({ length: Math.ceil(paths.length / filesPerJob) }, (_, i) => i);
  const results = await Promise.allSettled(
    starts.map((i) => run(paths.slice(i * filesPerJob, (i + 1) * filesPerJob), i * filesPerJob)),
  );
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

async function inspect(run: Runner, paths: readonly string[]): Promise<ImageHeader[]> {
  return (await inSlices(paths, (slice) => run({ kind: 'inspect', paths: slice }))).flat();
}

function chooseFormat(
  paths: readonly string[],
  headers: readonly ImageHeader[],
  imageSize: number | undefined,
): ImageFormat {
  const { width, height } = headers[0]!;
  const channels = headers.every((header) => header.channels === 1) ? 1 : 3;
  if (imageSize !== undefined) return { height: imageSize, width: imageSize, channels };
  const other = headers.findIndex((header) => header.width !== width || header.height !== height);
  if (other >= 0) {
    const { width: otherWidth, height: otherHeight } = headers[other]!;
    throw new InputError(
      `${paths[other]} is ${otherWidth}×${otherHeight}, but ${paths[0]} ${width}×${height}; train with --image-size N to make all images N×N`,
    );
  }
  return { height, width, channels };
}

/** The longest typed array that every Node 20 makes. */
const maxBytes = 2 ** 32 - 1;

function requireMemory(name: string, count: number, format: ImageFormat): void {
  const { height, width, channels } = format;
  const bytes = count * height * width * channels;
  const budget = Math.min(totalmem() / 2, maxBytes);
  if (bytes <= budget) return;
  const inGiB = (value: number): string => (value / 2 ** 30).toFixed(1);
  throw new InputError(
    `${name}: ${count} images of ${height}×${width}×${channels} take ${inGiB(bytes)} GiB, and ${inGiB(budget)} GiB is the most here; train with a smaller --image-size`,
  );
}

async function decode(
  run: Runner,
  { paths, labels, classNames }: Listing,
  format: ImageFormat,
  name: string,
): Promise<ImageDataset> {
  const size = format.height * format.width * format.channels;
  const images = new Uint8Array(new SharedArrayBuffer(paths.length * size));
  await inSlices(paths, (slice, first) =>
    run({
      kind: 'decode',
      paths: slice,
      format,
      into: images.subarray(first * size, (first + slice.length) * size),
    }),
  );
  return checkedDataset({ name, images, labels, count: paths.length, ...format, classNames });
}
