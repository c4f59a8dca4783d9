/**
 * Token mixing at another resolution.
 *
 * A map over the tokens is bound to how many there are. To use one trained on a grid of h × w tokens
 * on h′ × w′, the new grid is resized to the old one, mixed there, and the result resized to the new
 * grid, as images are resized: bilinear to enlarge, the mean over an area to shrink. That is linear,
 * so the kernels take it over, and what they make of a constant, and their biases, stay the same.
 * Hidden widths stay, unlike in appendix C of the Mixer paper, whose larger grids have as many copies
 * of every hidden unit as they hold old grids.
 */
import { axisWeights } from '../../data/resize.js';

export interface Grid {
  readonly height: number;
  readonly width: number;
}

/** Rows sum to 1. */
export interface Resizing {
  readonly from: number;
  readonly to: number;
  /** [to, from] */
  readonly weights: Float64Array;
}

/** Resizes a function on a grid, its points in rows from the top. */
export function resizing(from: Grid, to: Grid): Resizing {
  const [sizeFrom, sizeTo] = [from.height * from.width, to.height * to.width];
  const weights = new Float64Array(sizeTo * sizeFrom);
  const columns = axisWeights(from.width, to.width);
  for (const row of axisWeights(from.height, to.height)) {
    for (const column of columns) {
      const target = row.to * to.width + column.to;
      const source = row.from * from.width + column.from;
      weights[target * sizeFrom + source] = row.weight * column.weight;
    }
  }
  return { from: sizeFrom, to: sizeTo, weights };
}

/**
 * A kernel whose inputs are resized first.
 * @param kernel [to, D] of the resizing
 * @returns [from, D]
 */
export function resizeInputs(kernel: Float64Array, { from, to, weights }: Resizing): Float64Array {
  const width = kernel.length / to;
  const result = new Float64Array(from * width);
  for (let i = 0; i < to; i++) {
    for (let j = 0; j < from; j++) {
      const weight = weights[i * from + j]!;
      if (weight === 0) continue;
      for (let d = 0; d < width; d++) result[j * width + d]! += weight * kernel[i * width + d]!;
    }
  }
  return result;
}

/**
 * A kernel, or a bias, whose outputs are resized.
 * @param kernel [D, from] of the resizing
 * @returns [D, to]
 */
export function resizeOutputs(kernel: Float64Array, { from, to, weights }: Resizing): Float64Array {
  const height = kernel.length / from;
  const result = new Float64Array(height * to);
  for (let i = 0; i < to; i++) {
    for (let j = 0; j < from; j++) {
      const weight = weights[i * from + j]!;
      if (weight === 0) continue;
      for (let d = 0; d < height; d++) result[d * to + i]! += weight * kernel[d * from + j]!;
    }
  }
  return result;
}
