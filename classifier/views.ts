/**
 * Test-time views: a classifier looks at every image several times, each time a little moved or
 * mirrored, and the mean of its probabilities decides. Which views there are is fixed.
 *
 * Axes: N images, H × W image, C channels, K classes.
 */
import type { ImageShape } from '../src/data/dataset.js';
import { UsageError } from '../src/errors.js';
import type { ClassifierConfig } from './config.js';
import type { Predictor } from './evaluate.js';

/** What an image is shown as: moved by whole pixels, mirrored before that or not. */
export interface View {
  readonly dx: number;
  readonly dy: number;
  readonly mirrored: boolean;
}

const offsets = [-1, 0, 1];

/** In pixels, to the right and down; the nearest first. */
const shifts = offsets
  .flatMap((dy) => offsets.map((dx) => ({ dx, dy })))
  .toSorted((a, b) => distance(a) - distance(b));

function distance({ dx, dy }: { dx: number; dy: number }): number {
  return Math.abs(dx) + Math.abs(dy);
}

/**
 * The first `count` of a classifier's views: the image as it is, then moved by one pixel, to the
 * sides before the diagonals. Where it was trained on mirrored images, each of these nine comes
 * twice, the second time mirrored.
 *
 * @throws UsageError where there are not so many
 */
export function trainedViews({ augmentation }: ClassifierConfig, count: number): readonly View[] {
  const sides = augmentation.flip > 0 ? [false, true] : [false];
  const all = shifts.flatMap((shift) => sides.map((mirrored) => ({ ...shift, mirrored })));
  if (count >= 1 && count <= all.length) return all.slice(0, count);
  throw new UsageError(`this classifier has 1 to ${all.length} views of an image, not ${count}`);
}

/** `as it is, 1 left, 1 right mirrored, 1 up 1 left` */
export function describeViews(views: readonly View[]): string {
  return views.map(describeView).join(', ');
}

function describeView({ dx, dy, mirrored }: View): string {
  const parts = [
    ...(dy === 0 ? [] : [dy < 0 ? '1 up' : '1 down']),
    ...(dx === 0 ? [] : [dx < 0 ? '1 left' : '1 right']),
    ...(mirrored ? ['mirrored'] : []),
  ];
  return parts.length === 0 ? 'as it is' : parts.join(' ');
}

/** A line of text about views, where an image has more than one. */
export const viewsNote = (views: readonly View[]): string =>
  views.length === 1 ? '' : `mean of ${views.length} views: ${describeViews(views)}\n`;

/**
 * A predictor that gives the mean of the probabilities over the views.
 * @param shape of an image, [H, W, C]
 */
export function withViews(
  predict: Predictor,
  views: readonly View[],
  shape: ImageShape,
): Predictor {
  return async (images) => {
    let sum: Float32Array | undefined;
    for (const view of views) {
      const probabilities = await predict(seen(images, view, shape));
      sum = sum?.map((value, i) => value + probabilities[i]!) ?? probabilities;
    }
    return sum!.map((value) => value / views.length);
  };
}

/** What comes in from beyond an image's edge. */
const background = 0;

/** Images [N, H, W, C] in a view. */
function seen(
  pixels: Uint8Array,
  { dx, dy, mirrored }: View,
  [height, width, channels]: ImageShape,
): Uint8Array {
  if (dx === 0 && dy === 0 && !mirrored) return pixels;
  const out = new Uint8Array(pixels.length).fill(background);
  const row = width * channels;
  for (let start = 0; start < pixels.length; start += height * row) {
    for (let y = Math.max(0, dy); y < Math.min(height, height + dy); y++) {
      for (let x = Math.max(0, dx); x < Math.min(width, width + dx); x++) {
        const fromX = mirrored ? width - 1 - (x - dx) : x - dx;
        const from = start + (y - dy) * row + fromX * channels;
        const to = start + y * row + x * channels;
        for (let c = 0; c < channels; c++) out[to + c] = pixels[from + c]!;
      }
    }
  }
  return out;
}
