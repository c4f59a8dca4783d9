/**
 * Pictures beside pictures, by their bytes.
 *
 * Axes: N images, H × W image, C channels.
 */
import type { ImageDataset } from '../src/data/dataset.js';
import { structuralSimilarity } from '../src/scores/index.js';

/** @returns the mean distance of two pixels as a share of the range, 0 … 1 */
export function meanDistance(x: Uint8Array, y: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += Math.abs(x[i]! - y[i]!);
  return sum / x.length / 255;
}

/**
 * @param pictures [N, H, W, C]
 * @param others as many
 * @returns their mean structural similarity, −1 … 1
 */
export function pictureSimilarity(
  pictures: Uint8Array,
  { images, count, height, width, channels }: ImageDataset,
): number {
  const size = height * width * channels;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const [from, to] = [i * size, (i + 1) * size];
    const shape = [height, width, channels] as const;
    sum += structuralSimilarity(pictures.subarray(from, to), images.subarray(from, to), shape);
  }
  return sum / count;
}

/**
 * Of each image the nearest among others, by the squared distance of their pixels: what looking up can do.
 * @returns [N, H, W, C]
 */
export function nearestPictures(images: ImageDataset, others: ImageDataset): Uint8Array {
  const size = images.height * images.width * images.channels;
  const found = new Uint8Array(images.images.length);
  for (let i = 0; i < images.count; i++) {
    const image = images.images.subarray(i * size, (i + 1) * size);
    let [nearest, least] = [0, Number.POSITIVE_INFINITY];
    for (let j = 0; j < others.count; j++) {
      const distance = squaredDistance(image, others.images, j * size, least);
      if (distance < least) [nearest, least] = [j, distance];
    }
    found.set(others.images.subarray(nearest * size, (nearest + 1) * size), i * size);
  }
  return found;
}

/** Of an image to the one that begins at a place; whatever is above the limit is as good as that. */
function squaredDistance(
  image: Uint8Array,
  others: Uint8Array,
  from: number,
  limit: number,
): number {
  let sum = 0;
  for (let k = 0; k < image.length && sum < limit; k++) {
    sum += (image[k]! - others[from + k]!) ** 2;
  }
  return sum;
}
