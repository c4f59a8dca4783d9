/**
 * Random mirroring, left to right.
 */
import type { RandomStream } from '../../random.js';
import { type BatchShape, imageSizeOf, requireProbability } from './batch-shape.js';

/**
 * @param images bytes [B, H, W, C]
 * @param probability that an image is mirrored
 * @returns a new array; `images` is left as it is
 * @throws RangeError where the shape is not that of the images, or the probability is none
 */
export function randomFlip(
  images: Uint8Array,
  shape: BatchShape,
  random: RandomStream,
  probability: number,
): Uint8Array {
  const [, , width, channels] = shape;
  const size = imageSizeOf(images, shape);
  requireProbability(probability);
  const out = images.slice();
  for (let start = 0; start < images.length; start += size) {
    if (random.uniform() >= probability) continue;
    for (let row = start; row < start + size; row += width * channels) {
      for (let x = 0; x < width; x++) {
        const from = row + (width - 1 - x) * channels;
        for (let c = 0; c < channels; c++) out[row + x * channels + c] = images[from + c]!;
      }
    }
  }
  return out;
}
