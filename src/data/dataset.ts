/**
 * A set of labelled pictures in memory.
 */
import { InputError } from '../errors.js';
import { type Attribute, attributesAt, attributesNamed } from './attributes.js';
import { resizedSquare } from './resize.js';

export interface ImageDataset {
  /** Where the images come from, for logs and messages: `mnist train`. */
  readonly name: string;
  /** The pixels, [N, H, W, C] row-major, 0 … 255. */
  readonly images: Uint8Array;
  /** The class of each image, [N], each in 0 … classNames.length − 1; absent for bare images. */
  readonly labels: Uint8Array | Int32Array | undefined;
  /** N, at least 1. */
  readonly count: number;
  /** H. */
  readonly height: number;
  /** W. */
  readonly width: number;
  /** C. */
  readonly channels: number;
  /** What each label stands for. */
  readonly classNames: readonly string[];
  /** What else is known of each image, where anything is. */
  readonly attributes?: readonly Attribute[] | undefined;
}

/** [H, W, C] of an image, its sides in pixels. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** The images to learn from, and those held back to measure on. */
export interface DatasetSplits {
  readonly train: ImageDataset;
  readonly test: ImageDataset;
}

/**
 * The same images, one of their attributes being their class.
 * @throws InputError where they have no such attribute
 */
export function labelledBy(dataset: ImageDataset, attribute: string): ImageDataset {
  const [{ labels, values }] = attributesNamed(dataset, [attribute]) as [Attribute];
  return { ...dataset, labels, classNames: values };
}

/**
 * Checks that what a dataset is made of belongs together.
 *
 * @returns `fields` itself
 * @throws InputError where there are no images, a size is not what the shape says, or a label is
 *   not the number of a class
 */
export function checkedDataset(fields: ImageDataset): ImageDataset {
  const { name, images, labels, count, height, width, channels, classNames } = fields;
  for (const [what, size] of Object.entries({ count, height, width, channels })) {
    if (!Number.isInteger(size) || size < 1) {
      throw new InputError(`${name}: the ${what} of a dataset is at least 1, not ${size}`);
    }
  }
  const expected = count * height * width * channels;
  if (images.length !== expected) {
    throw new InputError(
      `${name}: ${count} images of ${height}×${width}×${channels} take ${expected} bytes, ` +
        `but there are ${images.length}`,
    );
  }
  if (labels === undefined) return fields;
  if (labels.length !== count) {
    throw new InputError(`${name}: there are ${count} images but ${labels.length} labels`);
  }
  const bad = labels.findIndex((label) => label < 0 || label >= classNames.length);
  if (bad >= 0) {
    throw new InputError(
      `${name}: the label of image ${bad} is ${labels[bad]}, ` +
        `but labels run from 0 to ${classNames.length - 1}`,
    );
  }
  return fields;
}

/**
 * The images at `indices`, copied, in that order.
 *
 * @throws RangeError where an index is not one of the dataset's
 */
export function subset(
  dataset: ImageDataset,
  indices: ArrayLike<number>,
  name: string = dataset.name,
): ImageDataset {
  const size = dataset.height * dataset.width * dataset.channels;
  const count = indices.length;
  const images = new Uint8Array(count * size);
  const labels =
    dataset.labels && new (dataset.labels instanceof Uint8Array ? Uint8Array : Int32Array)(count);
  for (let i = 0; i < count; i++) {
    const from = checkedIndex(dataset, indices[i]!);
    images.set(dataset.images.subarray(from * size, (from + 1) * size), i * size);
    if (labels !== undefined) labels[i] = dataset.labels![from]!;
  }
  const attributes = dataset.attributes && attributesAt(dataset.attributes, indices);
  return checkedDataset({
    ...dataset,
    name,
    images,
    labels,
    count,
    ...(attributes && { attributes }),
  });
}

/** The dataset with every image resized: the middle square of each, `side` pixels wide and high. */
export function resizedDataset(dataset: ImageDataset, side: number): ImageDataset {
  const { images, count, height, width, channels } = dataset;
  if (height === side && width === side) return dataset;
  const size = height * width * channels;
  const resized = new Uint8Array(count * side * side * channels);
  for (let i = 0; i < count; i++) {
    const pixels = images.subarray(i * size, (i + 1) * size);
    const image = resizedSquare({ width, height, channels, pixels }, side);
    resized.set(image, i * side * side * channels);
  }
  return checkedDataset({ ...dataset, images: resized, height: side, width: side });
}

/** The dataset with its images in memory that worker threads can share. */
export function inSharedMemory(dataset: ImageDataset): ImageDataset {
  if (dataset.images.buffer instanceof SharedArrayBuffer) return dataset;
  const images = new Uint8Array(new SharedArrayBuffer(dataset.images.length));
  images.set(dataset.images);
  return { ...dataset, images };
}

/** `index`, if it is the number of one of the dataset's images; a RangeError otherwise. */
export function checkedIndex(dataset: ImageDataset, index: number): number {
  if (Number.isInteger(index) && index >= 0 && index < dataset.count) return index;
  throw new RangeError(`${dataset.name} has images 0 to ${dataset.count - 1}, not ${index}`);
}
