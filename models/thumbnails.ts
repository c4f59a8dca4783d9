/**
 * A judge that needs no training: images as thumbnails of 8 × 8 pixels. It sees where is which colour and
 * no details, which is enough to tell whether a generator still draws what it drew.
 */
import { elementCount } from '../src/arrays.js';
import type { ImageDataset } from '../src/data/dataset.js';
import { axisWeights } from '../src/data/resize.js';
import type { FeatureExtractor } from '../src/scores/index.js';

const side = 8;

/** For images of the shape and the classes of a dataset. Every class is as probable to it as the others. */
export function thumbnails({
  height,
  width,
  channels,
  classNames,
}: ImageDataset): FeatureExtractor {
  const imageShape = [height, width, channels] as const;
  const [rows, columns] = [axisWeights(height, side), axisWeights(width, side)];
  const dim = side * side * channels;
  const shrink = (image: Uint8Array | Float32Array, small: Float32Array): void => {
    for (const row of rows) {
      for (const column of columns) {
        const weight = row.weight * column.weight;
        const from = (row.from * width + column.from) * channels;
        const to = (row.to * side + column.to) * channels;
        for (let c = 0; c < channels; c++) small[to + c]! += weight * image[from + c]!;
      }
    }
  };
  return {
    name: 'thumbnails',
    task: { imageShape, classNames },
    async extract(images) {
      const size = elementCount(imageShape);
      const count = images.length / size;
      const values = new Float32Array(count * dim);
      for (let i = 0; i < count; i++) {
        const image = images.subarray(i * size, (i + 1) * size);
        shrink(image, values.subarray(i * dim, (i + 1) * dim));
      }
      const probabilities = new Float32Array(count * classNames.length).fill(1 / classNames.length);
      return { features: { values, count, dim }, probabilities };
    },
  };
}
