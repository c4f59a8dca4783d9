/**
 * Elastic distortion (Simard, Steinkraus and Platt 2003, "Best Practices for Convolutional Neural
 * Networks Applied to Visual Document Analysis"): every pixel moves by a smooth random field. Here
 * the field is a cubic B-spline through random vectors on a coarse grid, which costs far less than
 * smoothing a vector for each pixel.
 */
import type { RandomStream } from '../../random.js';
import { type BatchShape, imageSizeOf } from './batch-shape.js';
import { sampleBilinear } from './bilinear.js';

export interface ElasticOptions {
  /** How far a pixel moves along each axis: the standard deviation, in pixels. */
  readonly pixels: number;
  /** Distance of the grid's points in pixels: the field changes over about so far. */
  readonly spacing: number;
}

/** The mean over a cell of Σ B_i², for the four basis functions B_i of a cubic B-spline. */
const meanSquaredBasis = 151 / 315;

/**
 * Distorts every image of a batch by a field of its own, sampled bilinearly.
 *
 * @param pixels [B, H, W, C]
 * @param shape [B, H, W, C]
 * @returns a new array; `pixels` is left as it is
 * @throws RangeError where the shape is not that of `pixels`, or an option is impossible
 */
export function elasticDistortion(
  pixels: Uint8Array,
  shape: BatchShape,
  random: RandomStream,
  { pixels: deviation, spacing }: ElasticOptions,
): Uint8Array {
  const [, height, width, channels] = shape;
  const size = imageSizeOf(pixels, shape);
  if (!(deviation >= 0 && Number.isFinite(deviation) && spacing > 0)) {
    throw new RangeError(`an elastic distortion cannot have ${deviation} pixels, ${spacing} apart`);
  }
  const rows = splineOf(height, spacing);
  const columns = splineOf(width, spacing);
  // Two axes, and so the smoothing twice.
  const scale = deviation / meanSquaredBasis;
  const field = (): Float64Array => {
    const grid = Float64Array.from(
      { length: rows.points * columns.points },
      () => scale * random.normal(),
    );
    return interpolate(grid, rows, columns);
  };
  const out = new Uint8ClampedArray(pixels.length);
  for (let start = 0; start < pixels.length; start += size) {
    const [dx, dy] = [field(), field()];
    const image = { pixels, start, height, width, channels };
    for (let i = 0; i < height * width; i++) {
      const [x, y] = [i % width, Math.floor(i / width)];
      sampleBilinear(image, x + dx[i]!, y + dy[i]!, out, start + i * channels);
    }
  }
  return new Uint8Array(out.buffer);
}

/** A cubic B-spline over the pixels of one axis. */
interface Spline {
  /** Points of the grid. */
  readonly points: number;
  /** For each pixel the first of the four points that it depends on. */
  readonly first: readonly number[];
  /** For each pixel the weights of these four. */
  readonly weights: readonly (readonly [number, number, number, number])[];
}

function splineOf(length: number, spacing: number): Spline {
  const places = Array.from({ length }, (_, i) => i / spacing);
  const first = places.map(Math.floor);
  return {
    points: first.at(-1)! + 4,
    first,
    weights: places.map((place, i) => basis(place - first[i]!)),
  };
}

/** The four basis functions at t in [0, 1) of a cell; their sum is 1. */
function basis(t: number): [number, number, number, number] {
  const u = 1 - t;
  return [
    u ** 3 / 6,
    (3 * t ** 3 - 6 * t ** 2 + 4) / 6,
    (3 * u ** 3 - 6 * u ** 2 + 4) / 6,
    t ** 3 / 6,
  ];
}

/** The field at every pixel [H, W] of a grid of points, first along columns, then along rows. */
function interpolate(grid: Float64Array, rows: Spline, columns: Spline): Float64Array {
  const [height, width] = [rows.first.length, columns.first.length];
  const field = new Float64Array(height * width);
  const line = new Float64Array(columns.points);
  for (let y = 0; y < height; y++) {
    for (let point = 0; point < columns.points; point++) {
      const at = rows.first[y]! * columns.points + point;
      line[point] = blend(grid, at, columns.points, rows.weights[y]!);
    }
    for (let x = 0; x < width; x++) {
      field[y * width + x] = blend(line, columns.first[x]!, 1, columns.weights[x]!);
    }
  }
  return field;
}

/** Four values, `stride` apart, by their weights. */
function blend(
  values: Float64Array,
  at: number,
  stride: number,
  [a, b, c, d]: readonly [number, number, number, number],
): number {
  return (
    a * values[at]! +
    b * values[at + stride]! +
    c * values[at + 2 * stride]! +
    d * values[at + 3 * stride]!
  );
}
