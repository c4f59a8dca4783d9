import { checkFeatures, checkSameDimension, type Features } from './features.js';
import { checkNeighbourCount, forEachDistance, nearestWithin } from './neighbours.js';

export interface ManifoldOptions {
  /** Which neighbour sets the radius for precision and recall; from 1. Default 3. */
  readonly precisionRecallK?: number;
  /** Which neighbour sets the radius for density and coverage; from 1. Default 5. */
  readonly densityCoverageK?: number;
}

export interface ManifoldScores {
  /** Share of generated samples among the real ones, 0 … 1: fidelity. */
  readonly precision: number;
  /** Share of real samples among the generated ones, 0 … 1: variety. */
  readonly recall: number;
  /** How many real balls hold a generated sample, over k; 0 … ∞, about 1 for equal distributions. */
  readonly density: number;
  /** Share of real samples with a generated one near, 0 … 1. */
  readonly coverage: number;
}

/**
 * Fidelity and variety apart. With B_k(x; X) the closed ball around x that reaches to its k-th
 * nearest other sample of its set X, for M real samples R and N generated ones G:
 *
 * - precision = share of g ∈ G in some B_k(r; R), recall = share of r ∈ R in some B_k(g; G), k = 3;
 *   Kynkäänniemi et al. 2019, arXiv:1904.06991.
 * - density = Σ_g |{r : g ∈ B_k(r; R)}| / kN, coverage = share of r with some g ∈ B_k(r; R), k = 5;
 *   Naeem et al. 2020, arXiv:2002.09797.
 *
 * All four depend on the sample counts: compare at equal ones, best M = N.
 *
 * @throws InputError when the sets do not fit together or hold NaN or infinity
 * @throws UsageError when k is not an integer from 1, or a set has fewer than k + 1 samples
 */
export function manifoldScores(
  real: Features,
  generated: Features,
  { precisionRecallK = 3, densityCoverageK = 5 }: ManifoldOptions = {},
): ManifoldScores {
  checkNeighbourCount(precisionRecallK);
  checkNeighbourCount(densityCoverageK);
  const largestK = Math.max(precisionRecallK, densityCoverageK);
  checkFeatures('the real samples', real, largestK + 1);
  checkFeatures('the generated samples', generated, precisionRecallK + 1);
  checkSameDimension('the real samples', real, 'the generated samples', generated);

  const nearestReals = nearestWithin(real, largestK);
  const precisionRadii = column(nearestReals, largestK, precisionRecallK - 1);
  const coverageRadii = column(nearestReals, largestK, densityCoverageK - 1);
  const recallRadii = column(
    nearestWithin(generated, precisionRecallK),
    precisionRecallK,
    precisionRecallK - 1,
  );

  const precise = new Uint8Array(generated.count);
  const recalled = new Uint8Array(real.count);
  const covered = new Uint8Array(real.count);
  let inBalls = 0;
  forEachDistance(real, generated, (r, g, distance) => {
    if (distance <= precisionRadii[r]!) precise[g] = 1;
    if (distance <= recallRadii[g]!) recalled[r] = 1;
    if (distance <= coverageRadii[r]!) {
      covered[r] = 1;
      inBalls++;
    }
  });
  return {
    precision: mean(precise),
    recall: mean(recalled),
    density: inBalls / (densityCoverageK * generated.count),
    coverage: mean(covered),
  };
}

/** Column `index` of values [N, `width`]. */
function column(values: Float64Array, width: number, index: number): Float64Array {
  return values.filter((_, i) => i % width === index);
}

function mean(flags: Uint8Array): number {
  return flags.reduce((sum, flag) => sum + flag, 0) / flags.length;
}
