/**
 * Random shifts by whole pixels, with the image's own edge repeated where nothing of it is left: a
 * picture on a plain ground stays one, whatever the ground's colour.
 */
import type { RandomStream } from '../../random.js';
import { type BatchShape, imageSizeOf } from './batch-shape.js';

/**
 * @param images bytes [B, H, W, C]
 * @param most shifts down and right are uniform among −most … most pixels
 * @returns a new array; `images` is left as it is
 * @throws RangeError where the shape is not that of the images, or `most` is no whole number below
 *   H and W
 */
export function randomShift(
  images: Uint8Array,
  shape: BatchShape,
  random: RandomStream,
  most: number,
): Uint8Array {
  const [, height, width, channels] = shape;
  const size = imageSizeOf(images, shape);
  if (!Number.isInteger(most) || most < 0 || most >= Math.min(height, width)) {
    throw new RangeError(
      `${height}×${width} images are shifted by a whole number of pixels below their sides, not ${most}`,
    );
  }
  const out = new Uint8Array(images.length);
  const within = (place: number, length: number): number =>
    Math.min(length - 1, Math.max(0, place));
  for (let start = 0; start < images.length; start += size) {
    const down = random.integer(2 * most + 1) - most;
    const right = random.integer(2 * most + 1) - most;
    for (let y = 0; y < height; y++) {
      const row = start + within(y - down, height) * width * channels;
      for (let x = 0; x < width; x++) {
        const from = row + within(x - right, width) * channels;
        const to = start + (y * width + x) * channels;
        for (let c = 0; c < channels; c++) out[to + c] = images[from + c]!;
      }
    }
  }
  return out;
}
