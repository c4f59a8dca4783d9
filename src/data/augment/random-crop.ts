/**
 * Random crop of a padded image, as the CIFAR recipes have it since He et al. 2015
 * (https://arxiv.org/abs/1512.03385): black pixels on all sides, then a window of the image's own
 * size anywhere in it. In other words, a shift by whole pixels.
 */
import type { RandomStream } from '../../random.js';
import { type BatchShape, imageSizeOf } from './batch-shape.js';

/**
 * @param images bytes [B, H, W, C]
 * @param padding pixels on each side, P; both shifts are uniform among −P … P
 * @returns a new array; `images` is left as it is
 * @throws RangeError where the shape is not that of the images, or the padding is no whole number
 *   below H and W, with which something of every image stays in sight
 */
export function randomCrop(
  images: Uint8Array,
  shape: BatchShape,
  random: RandomStream,
  padding: number,
): Uint8Array {
  const [, height, width, channels] = shape;
  const size = imageSizeOf(images, shape);
  if (!Number.isInteger(padding) || padding < 0 || padding >= Math.min(height, width)) {
    throw new RangeError(
      `the padding of a crop of ${height}×${width} images is a whole number below their sides, not ${padding}`,
    );
  }
  const out = new Uint8Array(images.length);
  const row = width * channels;
  for (let start = 0; start < images.length; start += size) {
    const down = random.integer(2 * padding + 1) - padding;
    const right = random.integer(2 * padding + 1) - padding;
    const length = (width - Math.abs(right)) * channels;
    const from = Math.max(0, -right) * channels;
    const to = Math.max(0, right) * channels;
    for (let y = Math.max(0, down); y < height + Math.min(0, down); y++) {
      const source = start + (y - down) * row + from;
      out.set(images.subarray(source, source + length), start + y * row + to);
    }
  }
  return out;
}
