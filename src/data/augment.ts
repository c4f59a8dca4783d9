/**
 * Random changes to a batch of images that leave their meaning as it is.
 */
import type { RandomStream } from '../random.js';

export interface AffineRanges {
  /** Rotation, uniform in ±this many degrees. */
  readonly rotateDegrees: number;
  /** Translation along each axis, uniform in ±this many pixels. */
  readonly translatePixels: number;
  /** Size, a factor uniform in 1 ± this; less than 1. */
  readonly scale: number;
  /** Horizontal shear, uniform in ±this many degrees; less than 90. Default 0. */
  readonly shearDegrees?: number;
}

/** The value of black, which fills what comes in from outside an image. */
const background = -1;

/**
 * Moves every image of a batch by an affine map of its own about its centre, sampled bilinearly.
 *
 * Five numbers are drawn for each image, whatever the ranges, so that one range does not change
 * what is drawn for another.
 *
 * @param pixels [B, H, W, C] in [−1, 1]
 * @param shape [B, H, W, C]
 * @returns a new array; `pixels` is left as it is
 * @throws RangeError where the shape is not that of `pixels`, or a range is impossible
 */
export function augmentAffine(
  pixels: Float32Array,
  shape: readonly [batch: number, height: number, width: number, channels: number],
  random: RandomStream,
  ranges: AffineRanges,
): Float32Array {
  const [batch, height, width, channels] = shape;
  const size = height * width * channels;
  if (pixels.length !== batch * size) {
    throw new RangeError(`${pixels.length} pixels do not have the shape ${shape.join('×')}`);
  }
  checkRanges(ranges);
  const out = new Float32Array(pixels.length);
  for (let start = 0; start < pixels.length; start += size) {
    const map = drawMap(random, ranges);
    warp(pixels, out, start, { height, width, channels }, map);
  }
  return out;
}

/**
 * Where a pixel of the result comes from, in pixels from the centre:
 * (x, y) ↦ (xx·(x − dx) + xy·(y − dy), yx·(x − dx) + yy·(y − dy)).
 */
interface InverseMap {
  readonly xx: number;
  readonly xy: number;
  readonly yx: number;
  readonly yy: number;
  readonly dx: number;
  readonly dy: number;
}

function checkRanges(ranges: AffineRanges): void {
  const { rotateDegrees, translatePixels, scale, shearDegrees = 0 } = ranges;
  if (!(scale < 1 && Math.abs(shearDegrees) < 90)) {
    throw new RangeError(
      `an augmentation has scale < 1 and shear < 90°, not ${scale}, ${shearDegrees}`,
    );
  }
  for (const range of [rotateDegrees, translatePixels, scale, shearDegrees]) {
    if (!(Number.isFinite(range) && range >= 0)) {
      throw new RangeError(`a range of augmentation is 0 or more, not ${range}`);
    }
  }
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** The inverse of translate ∘ rotate ∘ shear ∘ scale. */
function drawMap(random: RandomStream, ranges: AffineRanges): InverseMap {
  const within = (range: number): number => random.uniform(-range, range);
  const angle = radians(within(ranges.rotateDegrees));
  const dx = within(ranges.translatePixels);
  const dy = within(ranges.translatePixels);
  const factor = 1 + within(ranges.scale);
  const shear = Math.tan(radians(within(ranges.shearDegrees ?? 0)));

  const cos = Math.cos(angle) / factor;
  const sin = Math.sin(angle) / factor;
  return { xx: cos + shear * sin, xy: sin - shear * cos, yx: -sin, yy: cos, dx, dy };
}

/** Fills one image of `out`, whose values start at `start`, from the same image of `pixels`. */
function warp(
  pixels: Float32Array,
  out: Float32Array,
  start: number,
  shape: { height: number; width: number; channels: number },
  map: InverseMap,
): void {
  const { height, width, channels } = shape;
  const centreX = (width - 1) / 2;
  const centreY = (height - 1) / 2;
  const row = width * channels;
  let to = start;
  for (let y = 0; y < height; y++) {
    const fromCentreY = y - centreY - map.dy;
    for (let x = 0; x < width; x++, to += channels) {
      const fromCentreX = x - centreX - map.dx;
      const sourceX = map.xx * fromCentreX + map.xy * fromCentreY + centreX;
      const sourceY = map.yx * fromCentreX + map.yy * fromCentreY + centreY;
      const left = Math.floor(sourceX);
      const top = Math.floor(sourceY);
      const toRight = sourceX - left;
      const toBottom = sourceY - top;
      const hasLeft = left >= 0 && left < width;
      const hasRight = left >= -1 && left < width - 1;
      const hasTop = top >= 0 && top < height;
      const hasBottom = top >= -1 && top < height - 1;
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
  }
}

export interface Mixed {
  /** [B, H, W, C]. */
  readonly pixels: Float32Array;
  /** [B, classes]; each row sums to 1. */
  readonly labels: Float32Array;
  /** λ, the share of each image in its mixture with its partner. */
  readonly lambda: number;
}

/**
 * Mixup (Zhang et al. 2018): every example i becomes λ·xᵢ + (1 − λ)·xⱼ, labels alike, with one
 * λ ~ Beta(α, α) for the batch and j from a random permutation of it.
 *
 * @param pixels [B, H, W, C]
 * @param labels one-hot, [B, classes]
 * @param batch B
 * @param alpha α; 0 mixes nothing
 * @returns new arrays; the arguments are left as they are
 * @throws RangeError where α is negative, or B does not divide the arrays
 */
export function mixup(
  pixels: Float32Array,
  labels: Float32Array,
  batch: number,
  alpha: number,
  random: RandomStream,
): Mixed {
  const lambda = alpha === 0 ? 1 : random.beta(alpha, alpha);
  const partners = random.permutation(batch);
  return {
    pixels: mixRows(pixels, partners, lambda),
    labels: mixRows(labels, partners, lambda),
    lambda,
  };
}

function mixRows(values: Float32Array, partners: Uint32Array, lambda: number): Float32Array {
  const size = values.length / partners.length;
  if (!Number.isInteger(size)) {
    throw new RangeError(`${values.length} values are not a batch of ${partners.length}`);
  }
  const mixed = new Float32Array(values.length);
  for (let i = 0; i < mixed.length; i++) {
    const row = Math.floor(i / size);
    const partner = values[i + (partners[row]! - row) * size]!;
    mixed[i] = lambda * values[i]! + (1 - lambda) * partner;
  }
  return mixed;
}
