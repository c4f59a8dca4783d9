/**
 * Differentiable augmentation of what the discriminator sees, reals and fakes alike, in both
 * players' updates: Zhao et al. 2020, https://arxiv.org/abs/2006.10738. A discriminator that never
 * sees an image twice the same way cannot learn the images by heart, and a generator that is judged
 * through the same maps does not learn to draw their traces.
 *
 * The random maps are drawn outside the step and come in as tensors. Shift and zoom work on rows
 * and columns apart, so each is a matrix: x ← R x Cᵀ. Images are in −1 … 1; what comes in from
 * outside the picture, and what is cut out, is −1, the background.
 *
 * Axes: B batch, H × W image, C channels.
 */
import * as tf from '@tensorflow/tfjs-core';
import { float32, type HostTensor } from '../src/compile/step.js';
import type { RandomStream } from '../src/random.js';

export interface AugmentationConfig {
  /** Shift by up to so many whole pixels along each axis. */
  readonly translatePixels: number;
  /** Zoom by a factor of 1 − s to 1 + s, each axis on its own. */
  readonly scale: number;
  /** Side of a square that is blanked, in pixels; 0 cuts nothing out. */
  readonly cutoutPixels: number;
}

export const augmentationTensors = ['rows', 'columns', 'keep'] as const;

/** One map for each image: `rows` [B, H, H], `columns` [B, W, W], `keep` [B, H, W]. */
export type AugmentationOf<T> = Readonly<Record<(typeof augmentationTensors)[number], T>>;

export const augments = ({ translatePixels, scale, cutoutPixels }: AugmentationConfig): boolean =>
  translatePixels > 0 || scale > 0 || cutoutPixels > 0;

/** Draws a map for each of `count` images of `height` × `width` pixels. */
export function drawAugmentation(
  random: RandomStream,
  { count, height, width }: { count: number; height: number; width: number },
  { translatePixels, scale, cutoutPixels }: AugmentationConfig,
): AugmentationOf<HostTensor> {
  const rows = new Float32Array(count * height * height);
  const columns = new Float32Array(count * width * width);
  const keep = new Float32Array(count * height * width).fill(1);
  for (let i = 0; i < count; i++) {
    for (const [matrix, side] of [
      [rows, height],
      [columns, width],
    ] as const) {
      const shift = random.integer(2 * translatePixels + 1) - translatePixels;
      const zoom = scale === 0 ? 1 : random.uniform(1 - scale, 1 + scale);
      resample(matrix.subarray(i * side * side, (i + 1) * side * side), side, shift, zoom);
    }
    // The square's centre is anywhere in the picture, so that less than all of it may be inside.
    const top = random.integer(height) - Math.floor(cutoutPixels / 2);
    const left = random.integer(width) - Math.floor(cutoutPixels / 2);
    for (let y = Math.max(0, top); y < Math.min(height, top + cutoutPixels); y++) {
      const row = (i * height + y) * width;
      keep.fill(
        0,
        row + Math.max(0, left),
        row + Math.min(width, Math.max(0, left + cutoutPixels)),
      );
    }
  }
  return {
    rows: float32([count, height, height], rows),
    columns: float32([count, width, width], columns),
    keep: float32([count, height, width], keep),
  };
}

/** Row y of the matrix interpolates, between its two neighbours, the place that moves to y. */
function resample(matrix: Float32Array, side: number, shift: number, zoom: number): void {
  const centre = (side - 1) / 2;
  for (let y = 0; y < side; y++) {
    const from = (y - shift - centre) / zoom + centre;
    const first = Math.floor(from);
    const share = from - first;
    if (first >= 0 && first < side) matrix[y * side + first] = 1 - share;
    if (share > 0 && first + 1 >= 0 && first + 1 < side) matrix[y * side + first + 1] = share;
  }
}

/**
 * @param images [B, H, W, C] in −1 … 1
 * @returns the images under their maps, [B, H, W, C] in −1 … 1; differentiable
 */
export function augmentImages(
  images: tf.Tensor,
  { rows, columns, keep }: AugmentationOf<tf.Tensor>,
): tf.Tensor {
  const [batch, height, width, channels] = images.shape as [number, number, number, number];
  // 0 is the background here, so that nothing has to be filled in.
  const light = tf.add(images, 1);
  const moved = tf.matMul(rows, tf.reshape(light, [batch, height, width * channels]));
  const across = tf.transpose(tf.reshape(moved, [batch, height, width, channels]), [0, 2, 1, 3]);
  const movedAcross = tf.matMul(columns, tf.reshape(across, [batch, width, height * channels]));
  const upright = tf.transpose(
    tf.reshape(movedAcross, [batch, width, height, channels]),
    [0, 2, 1, 3],
  );
  return tf.sub(tf.mul(upright, tf.expandDims(keep, 3)), 1);
}
