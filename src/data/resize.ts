/**
 * Images in another size, without aliasing: the mean over each pixel's area to shrink, bilinear to
 * enlarge, one axis after the other.
 */

/** `weight` of source pixel `from` goes into target pixel `to`; each target's weights sum to 1. */
export interface Weight {
  readonly to: number;
  readonly from: number;
  readonly weight: number;
}

/** How `source` pixels along an axis become `target` pixels. */
export function axisWeights(source: number, target: number): Weight[] {
  const weights: Weight[] = [];
  const step = source / target;
  for (let to = 0; to < target; to++) {
    if (step >= 1) {
      const end = (to + 1) * step;
      for (let from = Math.floor(to * step); from < Math.min(end, source); from++) {
        const covered = Math.min(end, from + 1) - Math.max(to * step, from);
        weights.push({ to, from, weight: covered / step });
      }
    } else {
      const at = Math.min(source - 1, Math.max(0, (to + 0.5) * step - 0.5));
      const from = Math.floor(at);
      weights.push({ to, from, weight: 1 - (at - from) });
      if (at > from) weights.push({ to, from: from + 1, weight: at - from });
    }
  }
  return weights;
}

/** A picture of bytes, whatever its channels mean. */
export interface Bytes {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** [H, W, C] row-major, 0 … 255. */
  readonly pixels: Uint8Array;
}

/**
 * The middle square of a picture, as large as it can be, with a side of `side` pixels.
 *
 * @returns [side, side, C]; the very pixels where the picture has that size
 */
export function resizedSquare(picture: Bytes, side: number): Uint8Array {
  const { width, height, channels, pixels } = picture;
  if (width === side && height === side) return pixels;
  const square = Math.min(width, height);
  const left = (width - square) >> 1;
  const top = (height - square) >> 1;
  const weights = axisWeights(square, side);

  // [square, side, C]: rows as they are, columns resized.
  const wide = new Float32Array(square * side * channels);
  for (let y = 0; y < square; y++) {
    const source = ((top + y) * width + left) * channels;
    const target = y * side * channels;
    for (const { to, from, weight } of weights) {
      for (let c = 0; c < channels; c++) {
        wide[target + to * channels + c]! += weight * pixels[source + from * channels + c]!;
      }
    }
  }
  const row = side * channels;
  const resized = new Float32Array(side * row);
  for (const { to, from, weight } of weights) {
    for (let i = 0; i < row; i++) resized[to * row + i]! += weight * wide[from * row + i]!;
  }
  return Uint8Array.from(resized, Math.round);
}
