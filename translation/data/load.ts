/**
 * Two domains by what the user calls them.
 */
import { basename, join, resolve } from 'node:path';
import { type DatasetSplits, type ImageDataset, resizedDataset } from '../../src/data/dataset.js';
import { emojiSize } from '../../src/data/drawings/emoji.js';
import { loadDataset } from '../../src/data/load.js';
import { InputError } from '../../src/errors.js';
import { isThere } from '../../src/files.js';
import { asOneDataset, type Domains } from '../domains.js';
import { loadDigitStyles } from './digits.js';
import { loadEmojiPair } from './emoji.js';
import type { DomainSplits } from './splits.js';

export interface LoadDomainsOptions {
  /** Side in pixels to resize the middle square of every image to. */
  readonly imageSize?: number | undefined;
  /** Is told lines for the user on what takes long, or is held out. */
  readonly say?: ((line: string) => unknown) | undefined;
}

/** The folders of CycleGAN's own datasets. */
const cycleganFolders = ['trainA', 'trainB', 'testA', 'testB'] as const;

/**
 * Loads two domains: `emoji:VENDOR,VENDOR`; `digits:handwritten,printed`; a folder that holds one folder of pictures for each, alone or in `train` and
 * `test`; a folder as CycleGAN has it, with `trainA`, `trainB`, `testA` and `testB`; or `A,B`, a folder
 * of pictures each.
 *
 * @returns datasets of two classes, those of A first
 * @throws InputError where there is no such dataset, it is damaged, or is not of two domains
 */
export async function loadDomains(
  source: string,
  options: LoadDomainsOptions = {},
): Promise<DomainSplits> {
  const named = /^(emoji|digits):([^,]*),([^,]*)$/.exec(source);
  if (named !== null) {
    const [, kind, first, second] = named as unknown as [string, string, string, string];
    const { imageSize, say } = loading(options);
    if (kind === 'emoji') {
      return loadEmojiPair([first, second], { size: imageSize ?? emojiSize, say });
    }
    const splits = await loadDigitStyles([first, second], { say });
    if (imageSize === undefined) return splits;
    const resize = (dataset: ImageDataset) => resizedDataset(dataset, imageSize);
    return { ...splits, train: resize(splits.train), test: resize(splits.test) };
  }
  if (await hasCycleganFolders(source)) {
    const [trainA, trainB, testA, testB] = cycleganFolders.map((name) => join(source, name));
    // That each of them is divided once more is undone, and nobody needs to be told.
    const quiet = { ...options, say: undefined };
    const all = await loadFolders([trainA!, trainB!, testA!, testB!], quiet);
    const [a, b, c, d] = all.map(wholeOf) as [
      ImageDataset,
      ImageDataset,
      ImageDataset,
      ImageDataset,
    ];
    return splitsOf(basename(resolve(source)), { a, b }, { a: c, b: d }, ['A', 'B']);
  }
  const folders = source.split(',');
  if (folders.length !== 2) return loadDataset(source, loading(options));
  const [a, b] = (await loadFolders(folders, options)) as [DatasetSplits, DatasetSplits];
  const names = folders.map((folder) => basename(resolve(folder))) as [string, string];
  const classNames: [string, string] = names[0] === names[1] ? ['A', 'B'] : names;
  const name = names.join(' and ');
  return splitsOf(name, { a: a.train, b: b.train }, { a: a.test, b: b.test }, classNames);
}

const loading = ({ imageSize, say }: LoadDomainsOptions) => ({
  imageSize,
  say: say && ((line: string) => void say(line)),
});

async function loadFolders(
  folders: readonly string[],
  options: LoadDomainsOptions,
): Promise<DatasetSplits[]> {
  const loaded: DatasetSplits[] = [];
  for (const folder of folders) {
    const splits = await loadDataset(folder, loading(options));
    if (splits.train.classNames.length > 1) {
      throw new InputError(
        `${folder} is one domain of two, and holds folders of its own: ${splits.train.classNames.slice(0, 3).join(', ')}; give a folder that holds pictures`,
      );
    }
    loaded.push(splits);
  }
  return loaded;
}

async function hasCycleganFolders(source: string): Promise<boolean> {
  for (const name of cycleganFolders) {
    if (!(await isThere(join(source, name)))) return false;
  }
  return true;
}

/** Both parts of what was divided. */
function wholeOf({ train, test }: DatasetSplits): ImageDataset {
  const images = Buffer.concat([train.images, test.images]);
  return { ...train, images, count: train.count + test.count, labels: undefined, attributes: [] };
}

function splitsOf(
  name: string,
  train: Domains,
  test: Domains,
  classNames: readonly [string, string],
): DatasetSplits {
  // Grey where all pictures are.
  const channels = Math.max(train.a.channels, train.b.channels, test.a.channels, test.b.channels);
  const alike = ({ a, b }: Domains): Domains => ({
    a: withChannels(a, channels),
    b: withChannels(b, channels),
  });
  return {
    train: asOneDataset(`${name} train`, alike(train), classNames),
    test: asOneDataset(`${name} test`, alike(test), classNames),
  };
}

/** Grey images in colour, where others have colours. */
function withChannels(dataset: ImageDataset, channels: number): ImageDataset {
  if (dataset.channels === channels) return dataset;
  const images = new Uint8Array(dataset.images.length * channels);
  dataset.images.forEach((value, i) => {
    images.fill(value, i * channels, (i + 1) * channels);
  });
  return { ...dataset, images, channels };
}
