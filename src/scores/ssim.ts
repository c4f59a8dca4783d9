/**
 * Structural similarity of two pictures (Wang et al. 2004, https://doi.org/10.1109/TIP.2003.819861): how
 * alike they are in brightness, contrast and structure, window by window.
 */

/** The windows of the paper: Gaussian, of 11 pixels, σ = 1.5. */
const windowSide = 11;
const sigma = 1.5;
/** (K · range)² with K₁ = 0.01, K₂ = 0.03 and a range of 255. */
const c1 = (0.01 * 255) ** 2;
const c2 = (0.03 * 255) ** 2;

/** [H, W, C] */
type Shape = readonly [height: number, width: number, channels: number];

/**
 * The mean over all windows that lie within the picture, and over the channels; pictures smaller than a
 * window are one window, as large as fits.
 *
 * @param x a picture [H, W, C], 0 … 255
 * @returns −1 … 1, 1 for the same picture
 * @throws RangeError where the pictures are not of that shape
 */
export function structuralSimilarity(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  [height, width, channels]: Shape,
): number {
  const size = height * width * channels;
  if (x.length !== size || y.length !== size) {
    throw new RangeError(
      `${x.length} and ${y.length} values are not two pictures of ${height}×${width}×${channels}`,
    );
  }
  const [rows, columns] = [
    weights(Math.min(windowSide, height)),
    weights(Math.min(windowSide, width)),
  ];
  let sum = 0;
  for (let c = 0; c < channels; c++) {
    const plane = (picture: ArrayLike<number>): Float64Array =>
      Float64Array.from({ length: height * width }, (_, i) => picture[i * channels + c]!);
    const [p, q] = [plane(x), plane(y)];
    const mean = (of: (i: number) => number): Float64Array =>
      weighted(
        Float64Array.from(p, (_, i) => of(i)),
        width,
        rows,
        columns,
      );
    const [mx, my] = [mean((i) => p[i]!), mean((i) => q[i]!)];
    const [xx, yy, xy] = [
      mean((i) => p[i]! ** 2),
      mean((i) => q[i]! ** 2),
      mean((i) => p[i]! * q[i]!),
    ];
    let inPlane = 0;
    for (let i = 0; i < mx.length; i++) {
      const [a, b] = [mx[i]!, my[i]!];
      const brightness = (2 * a * b + c1) / (a * a + b * b + c1);
      const structure = (2 * (xy[i]! - a * b) + c2) / (xx[i]! - a * a + yy[i]! - b * b + c2);
      inPlane += brightness * structure;
    }
    sum += inPlane / mx.length;
  }
  return sum / channels;
}

/** Of a Gaussian, they sum to 1. */
function weights(length: number): Float64Array {
  const values = Float64Array.from({ length }, (_, i) =>
    Math.exp(-((i - (length - 1) / 2) ** 2) / (2 * sigma ** 2)),
  );
  const sum = values.reduce((a, b) => a + b);
  return values.map((value) => value / sum);
}

/** The weighted mean of every window that lies within a plane [H, W]. */
function weighted(
  plane: Float64Array,
  width: number,
  rows: Float64Array,
  columns: Float64Array,
): Float64Array {
  const height = plane.length / width;
  const [outHeight, outWidth] = [height - rows.length + 1, width - columns.length + 1];
  const narrow = new Float64Array(height * outWidth);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < outWidth; x++) {
      let sum = 0;
      for (let k = 0; k < columns.length; k++) sum += columns[k]! * plane[y * width + x + k]!;
      narrow[y * outWidth + x] = sum;
    }
  }
  const out = new Float64Array(outHeight * outWidth);
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let k = 0; k < rows.length; k++) sum += rows[k]! * narrow[i + k * outWidth]!;
    out[i] = sum;
  }
  return out;
}
