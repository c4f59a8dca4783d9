/**
 * Random small affine maps: rotation, translation, scale, shear.
 */
import type { RandomStream } from '../../random.js';
import { type BatchShape, imageSizeOf } from './batch-shape.js';
import { sampleBilinear } from './bilinear.js';

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

/**
 * Moves every image of a batch by an affine map of its own about its centre, sampled bilinearly.
 *
 * Five numbers are drawn for each image, whatever the ranges, so that one range does not change
 * what is drawn for another.
 *
 * @param pixels [B, H, W, C]
 * @param shape [B, H, W, C]
 * @returns a new array; `pixels` is left as it is
 * @throws RangeError where the shape is not that of `pixels`, or a range is impossible
 */
export function augmentAffine(
  pixels: Uint8Array,
  shape: BatchShape,
  random: RandomStream,
  ranges: AffineRanges,
): Uint8Array {
  const [, height, width, channels] = shape;
  const size = imageSizeOf(pixels, shape);
  checkRanges(ranges);
  const out = new Uint8ClampedArray(pixels.length);
  for (let start = 0; start < pixels.length; start += size) {
    const map = drawMap(random, ranges);
    warp(pixels, out, start, { height, width, channels }, map);
  }
  return new Uint8Array(out.buffer);
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
  pixels: Uint8Array,
  out: Uint8ClampedArray,
  start: number,
  shape: { height: number; width: number; channels: number },
  map: InverseMap,
): void {
  const { height, width, channels } = shape;
  const centreX = (width - 1) / 2;
  const centreY = (height - 1) / 2;
  const image = { pixels, start, height, width, channels };
  let to = start;
  for (let y = 0; y < height; y++) {
    const fromCentreY = y - centreY - map.dy;
    for (let x = 0; x < width; x++, to += channels) {
      const fromCentreX = x - centreX - map.dx;
      const sourceX = map.xx * fromCentreX + map.xy * fromCentreY + centreX;
      const sourceY = map.yx * fromCentreX + map.yy * fromCentreY + centreY;
      sampleBilinear(image, sourceX, sourceY, out, to);
    }
  }
}
