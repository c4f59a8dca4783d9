/**
 * The dot products of all pairs of rows, tile by tile: the one expensive loop of the scores that
 * compare pairs. A tile's rows stay in the cache while they are used, and four of them meet two
 * others at a time in registers. Each sum runs over the features in order, in float64, so a pair
 * has the same product, to the last bit, whichever tile it is computed in.
 */
import type { Features } from './features.js';

const tileSize = 64;

export interface ProductTile {
  /** Index in the first set of the tile's first row. */
  readonly rowStart: number;
  readonly rows: number;
  /** Index in the second set of the tile's first column. */
  readonly columnStart: number;
  readonly columns: number;
  /** Row r and column c of the tile are at `values[r · stride + c]`; overwritten by the next tile. */
  readonly values: Float64Array;
  readonly stride: number;
}

export type TileVisitor = (tile: ProductTile) => void;

/** Visits xᵢ · yⱼ for every pair of a row of `a` and a row of `b`, each pair once. */
export function productsBetween(a: Features, b: Features, visit: TileVisitor): void {
  visitTiles(a, b, () => 0, visit);
}

/**
 * Visits xᵢ · xⱼ for the rows of one set, tiles on and above the diagonal only: a tile with
 * `rowStart` < `columnStart` stands for its mirror image too.
 */
export function productsWithin(features: Features, visit: TileVisitor): void {
  visitTiles(features, features, (rowStart) => rowStart, visit);
}

/** |xᵢ|² of every row, exactly as `productsWithin` computes xᵢ · xᵢ. */
export function squaredNorms({ values, count, dim }: Features): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    let sum = 0;
    for (let d = i * dim; d < (i + 1) * dim; d++) sum += values[d]! * values[d]!;
    return sum;
  });
}

function visitTiles(
  a: Features,
  b: Features,
  firstColumn: (rowStart: number) => number,
  visit: TileVisitor,
): void {
  const { dim } = a;
  const rowBlock = new Float64Array(tileSize * dim);
  const columnBlock = new Float64Array(tileSize * dim);
  const values = new Float64Array(tileSize * tileSize);
  for (let rowStart = 0; rowStart < a.count; rowStart += tileSize) {
    const rows = loadRows(a, rowStart, rowBlock);
    for (let start = firstColumn(rowStart); start < b.count; start += tileSize) {
      const columns = loadRows(b, start, columnBlock);
      multiply(rowBlock, rows, columnBlock, columns, dim, values);
      visit({ rowStart, rows, columnStart: start, columns, values, stride: tileSize });
    }
  }
}

/** Copies up to `tileSize` rows from `start` into `block`; tells how many there were. */
function loadRows({ values, count, dim }: Features, start: number, block: Float64Array): number {
  const rows = Math.min(tileSize, count - start);
  block.set(values.subarray(start * dim, (start + rows) * dim));
  return rows;
}

/**
 * The products of 4 × 2 rows at a time. The block sizes are rounded up to whole groups: what the
 * blocks hold beyond their rows is finite, and what it gives is not read.
 */
function multiply(
  a: Float64Array,
  rows: number,
  b: Float64Array,
  columns: number,
  dim: number,
  out: Float64Array,
): void {
  for (let r = 0; r < rows; r += 4) {
    const a0 = r * dim;
    const a1 = a0 + dim;
    const a2 = a1 + dim;
    const a3 = a2 + dim;
    for (let c = 0; c < columns; c += 2) {
      const b0 = c * dim;
      const b1 = b0 + dim;
      let s00 = 0;
      let s01 = 0;
      let s10 = 0;
      let s11 = 0;
      let s20 = 0;
      let s21 = 0;
      let s30 = 0;
      let s31 = 0;
      for (let d = 0; d < dim; d++) {
        const y0 = b[b0 + d]!;
        const y1 = b[b1 + d]!;
        const x0 = a[a0 + d]!;
        s00 += x0 * y0;
        s01 += x0 * y1;
        const x1 = a[a1 + d]!;
        s10 += x1 * y0;
        s11 += x1 * y1;
        const x2 = a[a2 + d]!;
        s20 += x2 * y0;
        s21 += x2 * y1;
        const x3 = a[a3 + d]!;
        s30 += x3 * y0;
        s31 += x3 * y1;
      }
      const o = r * tileSize + c;
      out[o] = s00;
      out[o + 1] = s01;
      out[o + tileSize] = s10;
      out[o + tileSize + 1] = s11;
      out[o + 2 * tileSize] = s20;
      out[o + 2 * tileSize + 1] = s21;
      out[o + 3 * tileSize] = s30;
      out[o + 3 * tileSize + 1] = s31;
    }
  }
}
