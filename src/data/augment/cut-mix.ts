/**
 * CutMix (Yun et al. 2019, https://arxiv.org/abs/1905.04899): a rectangle of every image comes
 * from another, and the labels are mixed by area.
 */
import type { RandomStream } from '../../random.js';
import { type BatchShape, imageSizeOf } from './batch-shape.js';
import { type Mixed, mixRows } from './mixup.js';

/**
 * One λ ~ Beta(α, α), one rectangle and one random permutation for the batch. The rectangle has
 * sides H·√(1 − λ) and W·√(1 − λ) and its centre anywhere in the image; what lies outside is cut
 * off, and the labels, and the λ that is returned, follow the area that is left.
 *
 * @param pixels [B, H, W, C]
 * @param labels [B, classes]; each row sums to 1
 * @param alpha α, greater than 0; 1 makes λ uniform, as in the paper
 * @returns new arrays; the arguments are left as they are
 * @throws RangeError where the shape is not that of the pixels, B does not divide the labels, or α
 *   is not greater than 0
 */
export function cutMix(
  pixels: Uint8Array,
  labels: Float32Array,
  shape: BatchShape,
  alpha: number,
  random: RandomStream,
): Mixed {
  const [batch, height, width, channels] = shape;
  const size = imageSizeOf(pixels, shape);
  const side = Math.sqrt(1 - random.beta(alpha, alpha));
  const [top, bottom] = drawSpan(random, height, side);
  const [left, right] = drawSpan(random, width, side);
  const partners = random.permutation(batch);

  const mixed = pixels.slice();
  for (const [i, partner] of partners.entries()) {
    for (let y = top; y < bottom; y++) {
      const from = (y * width + left) * channels;
      const to = (y * width + right) * channels;
      const source = pixels.subarray(partner * size + from, partner * size + to);
      mixed.set(source, i * size + from);
    }
  }
  const lambda = 1 - ((bottom - top) * (right - left)) / (height * width);
  return { pixels: mixed, labels: mixRows(labels, partners, lambda), lambda };
}

/** From and to where the rectangle reaches along an axis, in whole pixels of 0 … length. */
function drawSpan(random: RandomStream, length: number, share: number): [number, number] {
  const centre = random.integer(length);
  const extent = Math.round(length * share);
  const first = centre - (extent >> 1);
  return [Math.max(0, first), Math.min(length, first + extent)];
}
