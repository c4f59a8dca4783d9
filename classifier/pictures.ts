/**
 * Pictures from files as a classifier was trained to see them.
 */
import { normaliseDigit } from '../src/data/digit.js';
import { readImage } from '../src/data/image-file.js';
import { digitNames } from '../src/data/mnist-package.js';
import { InputError } from '../src/errors.js';
import { readGreyPng } from '../src/image/png.js';
import type { Task } from './model.js';

/** Whether a classifier knows the ten digits and nothing else; its images' shape alone says nothing. */
export const isOfDigits = ({ classNames, imageShape }: Task): boolean =>
  imageShape[2] === 1 && classNames.join() === digitNames.join();

/**
 * A file as an image [H, W, C] of bytes: digits found and centred as in MNIST, other pictures resized.
 * @throws InputError when it cannot be read, or the classifier's images have other than 1 or 3 channels
 */
export async function readFor(task: Task, file: string): Promise<Uint8Array> {
  if (isOfDigits(task)) return normaliseDigit(await readGreyPng(file), file);
  const [height, width, channels] = task.imageShape;
  if (channels !== 1 && channels !== 3) {
    throw new InputError(
      `${file} cannot be shown to a classifier of images of ${channels} channels; pictures have 1 or 3`,
    );
  }
  return readImage(file, { height, width, channels });
}
