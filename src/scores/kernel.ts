import { checkFeatures, checkSameDimension, type Features } from './features.js';
import { type ProductTile, productsBetween, productsWithin } from './products.js';

/**
 * The kernel distance of two feature sets, the squared maximum mean discrepancy with the kernel
 * k(x, y) = (x · y / D + 1)³, estimated without bias:
 * Σᵢ≠ⱼ k(xᵢ, xⱼ) / M(M − 1) + Σᵢ≠ⱼ k(yᵢ, yⱼ) / N(N − 1) − 2 Σᵢⱼ k(xᵢ, yⱼ) / MN.
 * With Inception features this is the KID. Its expectation does not depend on the sample counts
 * and is 0 for equal distributions, so it may come out slightly negative.
 *
 * Every pair counts, where the paper averages over random subsets: no estimate of this kind from
 * the same samples varies less, and no randomness is needed. The cost is (M² + 2MN + N²) / 2
 * products of D numbers.
 *
 * Bińkowski et al. 2018, arXiv:1801.01401.
 *
 * @throws InputError when the sets do not fit together or hold NaN or infinity
 * @throws UsageError when a set has fewer than 2 samples
 */
export function kernelDistance(a: Features, b: Features): number {
  checkFeatures('the first samples', a, 2);
  checkFeatures('the second samples', b, 2);
  checkSameDimension('the first samples', a, 'the second samples', b);
  return meanWithin(a) + meanWithin(b) - 2 * meanBetween(a, b);
}

/** The mean of k(xᵢ, xⱼ) over i ≠ j. */
function meanWithin(features: Features): number {
  const { count, dim } = features;
  let sum = 0;
  productsWithin(features, (tile) => {
    const onDiagonal = tile.rowStart === tile.columnStart;
    sum += onDiagonal ? kernelSum(tile, dim) - kernelTrace(tile, dim) : 2 * kernelSum(tile, dim);
  });
  return sum / (count * (count - 1));
}

/** The mean of k(xᵢ, yⱼ). */
function meanBetween(a: Features, b: Features): number {
  let sum = 0;
  productsBetween(a, b, (tile) => {
    sum += kernelSum(tile, a.dim);
  });
  return sum / (a.count * b.count);
}

function kernelSum({ values, stride, rows, columns }: ProductTile, dim: number): number {
  let sum = 0;
  for (let r = 0; r < rows; r++) {
    for (let i = r * stride; i < r * stride + columns; i++) sum += cubic(values[i]!, dim);
  }
  return sum;
}

function kernelTrace({ values, stride, rows }: ProductTile, dim: number): number {
  let sum = 0;
  for (let r = 0; r < rows; r++) sum += cubic(values[r * stride + r]!, dim);
  return sum;
}

function cubic(product: number, dim: number): number {
  const base = product / dim + 1;
  return base * base * base;
}
