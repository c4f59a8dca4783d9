/**
 * Pictures from files as a classifier was trained to see them.
 */
import { normaliseDigit } from '../src/data/digit.js';
import { readImage } from '../src/data/image-file.js';
import { digitNames } from '../src/data/mnist-package.js';
import { InputError } from '../src/errors.js';
import { readGreyPng } from '../src/image/grey.js';
import type { Task } from './model.js';

/** Whether a classifier knows the ten digits and nothing else; its images' shape alone says nothing. */
const isOfDigits = ({ classNames, imageShape }: Task): boolean =>
  imageShape[2] === 1 && classNames.join() === digitNames.join();

/**
 * A file as an image of bytes: digits found and centred as in MNIST, [28, 28, 1]; other pictures
 * resized to the classifier's images, [H, W, C].
 * @throws InputError when it cannot be read, or there is no way to prepare pictures for such images
 */
export async function readFor(task: Task, file: string): Promise<Uint8Array> {
  const [height, width, channels] = task.imageShape;
  if (isOfDigits(task)) return normaliseDigit(await readGreyPng(file), file);
  if (channels !== 1 && channels !== 3) {
    throw new InputError(
      `${file} cannot be shown to a classifier of images of ${channels} channels; pictures have 1 or 3`,
    );
  }
  return readImage(file, { height, width, channels });
}
