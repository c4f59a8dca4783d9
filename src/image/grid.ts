/**
 * Many small images in one picture.
 */
import { UsageError } from '../errors.js';
import type { Picture } from './png.js';

/** Numbers in [−1, 1] as bytes: 127.5·(v + 1), rounded; values outside are clipped, NaN is 0. */
export function toBytes(pixels: Float32Array): Uint8Array {
  // A clamped array rounds and clips as it stores.
  const bytes = new Uint8ClampedArray(pixels.length);
  for (let i = 0; i < pixels.length; i++) bytes[i] = (pixels[i]! + 1) * 127.5;
  return new Uint8Array(bytes.buffer);
}

/**
 * Lays images out in rows, from left to right, with black between and around them; what is left of
 * the last row is black.
 *
 * @param pixels [N, H, W, C], floats in [−1, 1] or bytes
 * @param layout.count N
 * @param layout.channels C: 1 (grey) or 3 (RGB)
 * @param layout.columns images in a row; by default as many as make the picture about square
 * @param layout.padding width of the black lines, in pixels; 2 by default
 * @throws UsageError where there are other channels; RangeError where the sizes are not those of
 *   `pixels`
 */
export function imageGrid(
  pixels: Float32Array | Uint8Array,
  layout: {
    count: number;
    height: number;
    width: number;
    channels: number;
    columns?: number;
    padding?: number;
  },
): Picture {
  const { count, height, width, channels, padding = 2 } = layout;
  if (channels !== 1 && channels !== 3) {
    throw new UsageError(`a picture has 1 or 3 channels, and these images ${channels}`);
  }
  const columns = layout.columns ?? Math.ceil(Math.sqrt(count));
  if (!(count >= 1 && columns >= 1 && padding >= 0)) {
    throw new RangeError(`no grid has ${count} images, ${columns} columns, padding ${padding}`);
  }
  if (pixels.length !== count * height * width * channels) {
    throw new RangeError(
      `${pixels.length} values are not ${count} images of ${height}×${width}×${channels}`,
    );
  }
  const bytes = pixels instanceof Uint8Array ? pixels : toBytes(pixels);
  const pictureWidth = columns * (width + padding) + padding;
  const pictureHeight = Math.ceil(count / columns) * (height + padding) + padding;
  const picture = new Uint8Array(pictureHeight * pictureWidth * channels);
  const row = width * channels;
  for (let i = 0; i < count * height; i++) {
    const image = Math.floor(i / height);
    const x = padding + (image % columns) * (width + padding);
    const y = padding + Math.floor(image / columns) * (height + padding) + (i % height);
    picture.set(bytes.subarray(i * row, (i + 1) * row), (y * pictureWidth + x) * channels);
  }
  return { width: pictureWidth, height: pictureHeight, channels, pixels: picture };
}
