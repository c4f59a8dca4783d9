/** The value of black, which fills what comes in from outside an image. */
const background = 0;

/** One image of a batch: its values start at `start`. */
export interface SampledImage {
  readonly pixels: Uint8Array;
  readonly start: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * Writes the C values of an image at a place between its pixels, from the four around it, rounded.
 *
 * @param x from 0, the middle of the leftmost pixels, to W − 1
 * @param y from 0, the middle of the topmost pixels, to H − 1
 * @param to where they go in `out`
 */
export function sampleBilinear(
  { pixels, start, height, width, channels }: SampledImage,
  x: number,
  y: number,
  out: Uint8ClampedArray,
  to: number,
): void {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const toRight = x - left;
  const toBottom = y - top;
  const hasLeft = left >= 0 && left < width;
  const hasRight = left >= -1 && left < width - 1;
  const hasTop = top >= 0 && top < height;
  const hasBottom = top >= -1 && top < height - 1;
  const row = width * channels;
  const at = start + top * row + left * channels;
  for (let c = 0; c < channels; c++) {
    const topLeft = hasTop && hasLeft ? pixels[at + c]! : background;
    const topRight = hasTop && hasRight ? pixels[at + channels + c]! : background;
    const bottomLeft = hasBottom && hasLeft ? pixels[at + row + c]! : background;
    const bottomRight = hasBottom && hasRight ? pixels[at + row + channels + c]! : background;
    const above = topLeft + (topRight - topLeft) * toRight;
    const below = bottomLeft + (bottomRight - bottomLeft) * toRight;
    out[to + c] = above + (below - above) * toBottom;
  }
}
