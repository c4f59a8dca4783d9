import { quantile } from '../arrays.js';
import { checkFeatures, checkSameDimension, type Features } from './features.js';
import { nearestBetween } from './neighbours.js';

/** Where the distances of some samples lie, in feature units. */
export interface DistanceQuantiles {
  readonly min: number;
  /** The 1% quantile, linear between samples, like the others. */
  readonly q01: number;
  readonly q10: number;
  readonly median: number;
  readonly q90: number;
}

export interface Memorisation {
  /** From each generated sample to its nearest training sample. */
  readonly generated: DistanceQuantiles;
  /** From each held-out real sample to its nearest training sample: what is normal. */
  readonly heldOut: DistanceQuantiles;
  /**
   * Share of generated samples no further from a training sample than the 1% quantile of the
   * held-out ones, 0 … 1: about 0.01 when nothing is memorised, more when samples are copies. A
   * generator whose samples are unlike real ones also has a small share, so read it beside the
   * quantiles.
   */
  readonly closeShare: number;
}

/**
 * Whether a generator copies its training images: the euclidean distance in feature space from
 * each generated sample x to its nearest training sample, d(x) = min over t ∈ T of |x − t|, beside
 * the same for real samples that were not trained on. The cost is (generated + held-out) ×
 * training products of D numbers.
 *
 * After Meehan et al. 2020, arXiv:2004.05675, who compare the two distributions by a rank test.
 *
 * @throws InputError when the sets do not fit together or hold NaN or infinity
 * @throws UsageError when a set is empty
 */
export function memorisation(
  generated: Features,
  training: Features,
  heldOut: Features,
): Memorisation {
  checkFeatures('the generated samples', generated, 1);
  checkFeatures('the training samples', training, 1);
  checkFeatures('the held-out samples', heldOut, 1);
  checkSameDimension('the generated samples', generated, 'the training samples', training);
  checkSameDimension('the held-out samples', heldOut, 'the training samples', training);
  const generatedDistances = sortedDistances(generated, training);
  const heldOutQuantiles = quantiles(sortedDistances(heldOut, training));
  const close = generatedDistances.filter((distance) => distance <= heldOutQuantiles.q01).length;
  return {
    generated: quantiles(generatedDistances),
    heldOut: heldOutQuantiles,
    closeShare: close / generated.count,
  };
}

/** The distance of each sample to its nearest training sample, ascending. */
function sortedDistances(samples: Features, training: Features): Float64Array {
  return nearestBetween(samples, training, 1).map(Math.sqrt).sort();
}

function quantiles(sorted: Float64Array): DistanceQuantiles {
  return {
    min: sorted[0]!,
    q01: quantile(sorted, 0.01),
    q10: quantile(sorted, 0.1),
    median: quantile(sorted, 0.5),
    q90: quantile(sorted, 0.9),
  };
}
