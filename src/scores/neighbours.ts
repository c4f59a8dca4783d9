/**
 * Squared euclidean distances |x|² + |y|² − 2 x · y between the rows of feature sets, and the
 * nearest neighbours among them. Computed in float64, so a pair has exactly the same distance in
 * every function here, and copies are at distance 0.
 */
import { UsageError } from '../errors.js';
import { checkFeatures, checkSameDimension, type Features } from './features.js';
import { type ProductTile, productsBetween, productsWithin, squaredNorms } from './products.js';

/** Visits the squared distance of every row i of `a` to every row j of `b`. */
export function forEachDistance(
  a: Features,
  b: Features,
  visit: (i: number, j: number, squaredDistance: number) => void,
): void {
  const normsA = squaredNorms(a);
  const normsB = squaredNorms(b);
  productsBetween(a, b, (tile) => visitDistances(tile, normsA, normsB, visit));
}

/**
 * The squared distances of each row of `queries` to its k nearest rows of `references`.
 *
 * @returns [N, k], row after row, ascending in each row
 * @throws InputError when the sets do not fit together or hold NaN or infinity
 * @throws UsageError when k is not an integer from 1, or there are fewer than k references
 */
export function nearestBetween(queries: Features, references: Features, k: number): Float64Array {
  checkNeighbourCount(k);
  checkFeatures('the queries', queries, 0);
  checkFeatures('the references', references, k);
  checkSameDimension('the queries', queries, 'the references', references);
  const nearest = new NearestLists(queries.count, k);
  forEachDistance(queries, references, (i, _, distance) => nearest.offer(i, distance));
  return nearest.distances;
}

/**
 * The squared distances of each row of a set to its k nearest other rows. A row is no neighbour of
 * itself, but an equal row is, at distance 0.
 *
 * @returns [N, k], row after row, ascending in each row
 * @throws InputError when the set holds NaN or infinity
 * @throws UsageError when k is not an integer from 1, or there are fewer than k + 1 rows
 */
export function nearestWithin(features: Features, k: number): Float64Array {
  checkNeighbourCount(k);
  checkFeatures('the samples', features, k + 1);
  const nearest = new NearestLists(features.count, k);
  const norms = squaredNorms(features);
  productsWithin(features, (tile) => {
    visitDistances(tile, norms, norms, (i, j, distance) => {
      // Below the diagonal are the pairs that were met above it.
      if (i >= j) return;
      nearest.offer(i, distance);
      nearest.offer(j, distance);
    });
  });
  return nearest.distances;
}

/** @throws UsageError when k is not an integer from 1 */
export function checkNeighbourCount(k: number): void {
  if (Number.isSafeInteger(k) && k >= 1) return;
  throw new UsageError(`the number of neighbours must be an integer from 1, not ${k}`);
}

function visitDistances(
  { rowStart, rows, columnStart, columns, values, stride }: ProductTile,
  rowNorms: Float64Array,
  columnNorms: Float64Array,
  visit: (i: number, j: number, squaredDistance: number) => void,
): void {
  for (let r = 0; r < rows; r++) {
    const i = rowStart + r;
    for (let c = 0; c < columns; c++) {
      const j = columnStart + c;
      const squared = rowNorms[i]! + columnNorms[j]! - 2 * values[r * stride + c]!;
      visit(i, j, Math.max(0, squared));
    }
  }
}

/** For each of N rows, the k smallest of the distances that were offered. */
class NearestLists {
  /** [N, k], ascending in each row; infinite where fewer were offered. */
  readonly distances: Float64Array;
  readonly #k: number;

  constructor(count: number, k: number) {
    this.distances = new Float64Array(count * k).fill(Number.POSITIVE_INFINITY);
    this.#k = k;
  }

  offer(row: number, distance: number): void {
    const { distances } = this;
    const first = row * this.#k;
    let place = first + this.#k - 1;
    if (distance >= distances[place]!) return;
    for (; place > first && distances[place - 1]! > distance; place--) {
      distances[place] = distances[place - 1]!;
    }
    distances[place] = distance;
  }
}
