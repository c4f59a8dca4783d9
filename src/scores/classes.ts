import { argMax } from '../arrays.js';
import { InputError, UsageError } from '../errors.js';

export interface ClassOptions {
  /** A sample is confident when its largest probability is above this; 0 … 1. Default 0.9. */
  readonly confidence?: number;
  /** Counts or shares per class, [K], to compare with: usually those of the real images. */
  readonly reference?: ArrayLike<number>;
}

export interface ClassStatistics {
  /** How many samples fell to each class, [K]. */
  readonly counts: readonly number[];
  /** The counts over N, [K], summing to 1. */
  readonly shares: readonly number[];
  /** How many classes have a sample, 1 … K. */
  readonly classesPresent: number;
  /** −Σ p log p of the shares, in nats, 0 … log K. */
  readonly entropy: number;
  /** The entropy over log K, 0 (one class) … 1 (all alike). */
  readonly normalisedEntropy: number;
  /** Share of samples whose largest probability is above `confidence`, 0 … 1. */
  readonly confidentShare: number;
  /** ½ Σ |p − q| between the shares and those of `reference`, 0 … 1; only with a reference. */
  readonly totalVariation?: number;
}

/**
 * Which classes a classifier sees in N samples: whether a generator leaves classes out, and how
 * many of its samples are clearly of one class. A sample belongs to the first class of largest
 * probability.
 *
 * Counting the modes a classifier finds: Srivastava et al. 2017 (VEEGAN), arXiv:1705.07761.
 *
 * @param probabilities [N, K], row after row, each row summing to 1
 * @param classCount K, at least 2
 * @throws InputError when a row is not a probability distribution, or there is none
 * @throws UsageError when K, the confidence or the reference makes no sense
 */
export function classStatistics(
  probabilities: Float32Array,
  classCount: number,
  { confidence = 0.9, reference }: ClassOptions = {},
): ClassStatistics {
  checkOptions(classCount, confidence);
  const count = probabilities.length / classCount;
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new InputError(
      `${probabilities.length} probabilities are not whole rows of ${classCount} classes; give [N, K]`,
    );
  }
  const counts = Array.from({ length: classCount }, () => 0);
  let confident = 0;
  for (let i = 0; i < count; i++) {
    const row = probabilities.subarray(i * classCount, (i + 1) * classCount);
    checkRow(row, i);
    const largest = argMax(row);
    counts[largest]! += 1;
    if (row[largest]! > confidence) confident++;
  }
  const shares = counts.map((n) => n / count);
  const entropy = shares.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
  return {
    counts,
    shares,
    classesPresent: counts.filter((n) => n > 0).length,
    entropy,
    normalisedEntropy: entropy / Math.log(classCount),
    confidentShare: confident / count,
    ...(reference && { totalVariation: totalVariation(shares, sharesOf(reference, classCount)) }),
  };
}

/** The total variation distance ½ Σ |p − q| of two distributions over the same classes, 0 … 1. */
function totalVariation(p: readonly number[], q: readonly number[]): number {
  return p.reduce((sum, share, k) => sum + Math.abs(share - q[k]!), 0) / 2;
}

function sharesOf(reference: ArrayLike<number>, classCount: number): number[] {
  const values = Array.from(reference);
  const total = values.reduce((sum, value) => sum + value, 0);
  const valid = values.every((value) => value >= 0) && total > 0 && Number.isFinite(total);
  if (values.length !== classCount || !valid) {
    throw new UsageError(
      `the reference histogram must be ${classCount} counts from 0, not all 0; it is [${values}]`,
    );
  }
  return values.map((value) => value / total);
}

function checkOptions(classCount: number, confidence: number): void {
  if (!Number.isSafeInteger(classCount) || classCount < 2) {
    throw new UsageError(`the number of classes must be an integer from 2, not ${classCount}`);
  }
  if (!(confidence >= 0 && confidence <= 1)) {
    throw new UsageError(`the confidence must be from 0 to 1, not ${confidence}`);
  }
}

function checkRow(row: Float32Array, index: number): void {
  const sum = row.reduce((total, p) => total + p, 0);
  // Wide enough for the rounding of float16, narrow enough to notice logits.
  if (row.every((p) => p >= 0) && Math.abs(sum - 1) < 1e-2) return;
  throw new InputError(
    `the probabilities of sample ${index} must be from 0 and sum to 1; they sum to ${sum} (logits?)`,
  );
}

/**
 * Whether each sample is taken for what it is said to be.
 *
 * @param probabilities [N, K], row after row
 * @param labels [N]
 */
export function recognised(
  probabilities: Float32Array,
  labels: ArrayLike<number>,
): readonly boolean[] {
  const classCount = probabilities.length / labels.length;
  return Array.from(labels, (label, i) => {
    const row = probabilities.subarray(i * classCount, (i + 1) * classCount);
    return argMax(row) === label;
  });
}

/** The share of what is true, 0 … 1. */
export const shareOf = (met: readonly boolean[]): number => met.filter(Boolean).length / met.length;
