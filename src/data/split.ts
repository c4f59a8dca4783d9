/**
 * Dividing labelled examples in two, the same way every time.
 */
import type { RandomStream } from '../random.js';

/**
 * Two disjoint sets of indices that together are all of 0 … count − 1. Their order is fixed, but not
 * a fair shuffle: the test set is filled first, so classes whose share is taken early lead the
 * training set. Draw from it by a permutation, not by its first examples.
 */
export interface IndexSplit {
  readonly train: Uint32Array;
  readonly test: Uint32Array;
}

/**
 * Sets aside `round(count · testShare)` examples for testing, at least one, so that every class is
 * in the test set with its own share, to within one example (largest remainders).
 *
 * @param labels the class of each example, [N]
 * @param testShare greater than 0 and less than 1
 * @param random decides which examples; the same stream gives the same split
 * @throws RangeError where there are fewer than 2 examples, or the share is out of range
 */
export function stratifiedSplit(
  labels: ArrayLike<number>,
  testShare: number,
  random: RandomStream,
): IndexSplit {
  const count = labels.length;
  if (count < 2) throw new RangeError(`a split needs at least 2 examples, not ${count}`);
  if (!(testShare > 0 && testShare < 1)) {
    throw new RangeError(`a test share lies between 0 and 1, not at ${testShare}`);
  }
  const order = random.permutation(count);
  const quotas = testQuotas(labels, testShare);
  const train: number[] = [];
  const test: number[] = [];
  for (const index of order) {
    const left = quotas.get(labels[index]!)!;
    (left > 0 ? test : train).push(index);
    quotas.set(labels[index]!, left - 1);
  }
  return { train: Uint32Array.from(train), test: Uint32Array.from(test) };
}

/** How many examples of each class go to the test set. */
function testQuotas(labels: ArrayLike<number>, testShare: number): Map<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i < labels.length; i++) {
    counts.set(labels[i]!, (counts.get(labels[i]!) ?? 0) + 1);
  }
  const shares = [...counts]
    .sort(([a], [b]) => a - b)
    .map(([label, count]) => ({ label, whole: Math.floor(count * testShare), count }));
  const remainder = (share: { whole: number; count: number }) =>
    share.count * testShare - share.whole;

  const total = Math.min(labels.length - 1, Math.max(1, Math.round(labels.length * testShare)));
  let missing = total - shares.reduce((sum, share) => sum + share.whole, 0);
  // The sort is stable, so that equal remainders go to the lower labels.
  for (const share of shares.toSorted((a, b) => remainder(b) - remainder(a))) {
    if (missing-- <= 0) break;
    share.whole++;
  }
  return new Map(shares.map(({ label, whole }) => [label, whole]));
}
