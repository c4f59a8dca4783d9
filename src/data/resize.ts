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

/** The middle square of a picture, resized as `resizedMiddle` does. */
export const resizedSquare = (picture: Bytes, side: number): Uint8Array =>
  resizedMiddle(picture, { width: side, height: side });

/**
 * The middle part of a picture that has the form of `size`, as large as it can be, in that size.
 *
 * @returns [height, width, C]; the very pixels where the picture has that size
 */
export function resizedMiddle(
  picture: Bytes,
  size: { readonly width: number; readonly height: number },
): Uint8Array {
  const { width, height, channels, pixels } = picture;
  if (width === size.width && height === size.height) return pixels;
  const scale = Math.min(width / size.width, height / size.height);
  const part = (length: number): number => Math.max(1, Math.round(length * scale));
  const [partWidth, partHeight] = [part(size.width), part(size.height)];
  const left = (width - partWidth) >> 1;
  const top = (height - partHeight) >> 1;

  const row = size.width * channels;
  const columns = axisWeights(partWidth, size.width);
  /** Fills [width, C] with a row as it is, its columns resized. */
  const widen = (y: number, wide: Float32Array): void => {
    wide.fill(0);
    const source = ((top + y) * width + left) * channels;
    for (const { to, from, weight } of columns) {
      for (let c = 0; c < channels; c++) {
        wide[to * channels + c]! += weight * pixels[source + from * channels + c]!;
      }
    }
  };
  // Rows are wanted in order, the last two again: large pictures are not in memory as floats.
  const kept = [new Float32Array(row), new Float32Array(row)] as const;
  const keptRows = [-1, -1];
  const resized = new Uint8Array(size.height * row);
  const sum = new Float32Array(row);
  let target = 0;
  const finish = (): void => {
    for (let i = 0; i < row; i++) resized[target * row + i] = Math.round(sum[i]!);
    sum.fill(0);
  };
  for (const { to, from, weight } of axisWeights(partHeight, size.height)) {
    if (to !== target) {
      finish();
      target = to;
    }
    const place = from & 1;
    const wide = kept[place]!;
    if (keptRows[place] !== from) {
      widen(from, wide);
      keptRows[place] = from;
    }
    for (let i = 0; i < row; i++) sum[i]! += weight * wide[i]!;
  }
  finish();
  return resized;
}
