import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { InputError } from '../errors.js';
import { checkFeatures, checkSameDimension, type Features } from './features.js';

/** A normal distribution in D dimensions. */
export interface Gaussian {
  /** μ, [D]. */
  readonly mean: Float64Array;
  /** Σ, [D, D], row after row; symmetric. */
  readonly covariance: Float64Array;
}

/**
 * The Fréchet distance of two feature sets, each taken for a normal distribution:
 * |μa − μb|² + tr(Σa + Σb − 2 (Σa^½ Σb Σa^½)^½), in squared feature units, 0 … ∞.
 * With Inception features this is the FID; with other features only values of the same extractor
 * compare. The estimate is biased upwards, the more so the fewer samples: compare equal counts.
 *
 * Heusel et al. 2017, arXiv:1706.08500.
 *
 * @throws InputError when the sets do not fit together or hold NaN or infinity
 * @throws UsageError when a set has fewer than 2 samples
 */
export function frechetDistance(a: Features, b: Features): number {
  checkSameDimension('the first samples', a, 'the second samples', b);
  return frechetOfGaussians(
    meanAndCovariance(a, 'the first samples'),
    meanAndCovariance(b, 'the second samples'),
  );
}

/**
 * The mean μ = Σᵢ xᵢ / N and the unbiased covariance Σ = Σᵢ (xᵢ − μ)(xᵢ − μ)ᵀ / (N − 1) of a
 * feature set, in float64.
 *
 * @param what names the set in messages
 * @throws InputError when the set holds NaN or infinity
 * @throws UsageError when it has fewer than 2 samples
 */
export function meanAndCovariance(features: Features, what = 'the samples'): Gaussian {
  checkFeatures(what, features, 2);
  const { values, count, dim } = features;
  const mean = new Float64Array(dim);
  values.forEach((value, i) => {
    mean[i % dim]! += value / count;
  });
  const covariance = new Float64Array(dim * dim);
  const centred = new Float64Array(dim);
  for (let i = 0; i < count; i++) {
    for (let d = 0; d < dim; d++) centred[d] = values[i * dim + d]! - mean[d]!;
    for (let r = 0; r < dim; r++) {
      const scaled = centred[r]! / (count - 1);
      for (let c = r; c < dim; c++) covariance[r * dim + c]! += scaled * centred[c]!;
    }
  }
  for (let r = 1; r < dim; r++) {
    for (let c = 0; c < r; c++) covariance[r * dim + c] = covariance[c * dim + r]!;
  }
  return { mean, covariance };
}

/**
 * The Fréchet distance, which is the squared 2-Wasserstein distance, of two normal distributions:
 * |μa − μb|² + tr(Σa + Σb − 2 (Σa^½ Σb Σa^½)^½). Covariances may be singular.
 *
 * Dowson and Landau 1982, doi:10.1016/0047-259X(82)90077-X.
 *
 * @throws InputError when the dimensions differ, or a mean or covariance is not whole and finite
 */
export function frechetOfGaussians(a: Gaussian, b: Gaussian): number {
  const dim = a.mean.length;
  checkSameDimension('the first samples', { dim }, 'the second samples', { dim: b.mean.length });
  checkGaussian('the first samples', a);
  checkGaussian('the second samples', b);
  let distance = 0;
  for (let d = 0; d < dim; d++) {
    distance += (a.mean[d]! - b.mean[d]!) ** 2;
    distance += a.covariance[d * (dim + 1)]! + b.covariance[d * (dim + 1)]!;
  }
  distance -= 2 * traceOfGeometricMean(a.covariance, b.covariance, dim);
  return Math.max(0, distance);
}

// The eigendecomposition of a matrix with a NaN need not come to an end.
function checkGaussian(what: string, { mean, covariance }: Gaussian): void {
  const dim = mean.length;
  const whole = dim > 0 && covariance.length === dim * dim;
  if (whole && mean.every(Number.isFinite) && covariance.every(Number.isFinite)) return;
  throw new InputError(
    `${what}: a normal distribution needs a finite mean [D] and a finite covariance [D, D]`,
  );
}

/** tr (Σa^½ Σb Σa^½)^½ */
function traceOfGeometricMean(a: Float64Array, b: Float64Array, dim: number): number {
  // With Σa = V Λ Vᵀ and R = V Λ^½, Rᵀ Σb R is Σa^½ Σb Σa^½ in another basis: the same eigenvalues.
  const ofA = new EigenvalueDecomposition(Matrix.from1DArray(dim, dim, a), {
    assumeSymmetric: true,
  });
  const scales = ofA.realEigenvalues.map((value) => Math.sqrt(Math.max(0, value)));
  const root = ofA.eigenvectorMatrix.mulRowVector(scales);
  const covarianceB = Matrix.from1DArray(dim, dim, b);
  const product = root.transpose().mmul(covarianceB).mmul(root);
  const { realEigenvalues } = new EigenvalueDecomposition(product, { assumeSymmetric: true });
  // An eigenvalue of zero comes out as rounding, and the square root would make it count.
  const largest = Math.max(...scales) ** 2 * covarianceB.norm('frobenius');
  const rounding = dim * Number.EPSILON * largest;
  return realEigenvalues.reduce((sum, value) => sum + (value > rounding ? Math.sqrt(value) : 0), 0);
}
