import { z } from 'zod';
import { positiveNumber } from '../src/config/numbers.js';
import { gatherLabels } from '../src/data/batches.js';
import type { ImageDataset } from '../src/data/dataset.js';
import { UsageError } from '../src/errors.js';

/** How much the examples of each class count: all the same, by their rarity, or as it is said. */
export const classWeightsSchema = z.union([
  z.enum(['none', 'balanced']),
  z.array(positiveNumber()).min(1),
]);

export type ClassWeights = z.output<typeof classWeightsSchema>;

/**
 * A weight for each class [K]; undefined where all count the same.
 *
 * Balanced weights are N / (K · N_k) for N_k of N training examples: every class has the same sum of
 * weights, and the mean weight of an example is 1. A class without examples has none.
 *
 * @throws UsageError when the list is not as long as there are classes
 */
export function classWeightsOf(
  weights: ClassWeights,
  train: ImageDataset,
): readonly number[] | undefined {
  const numClasses = train.classNames.length;
  if (weights === 'none') return undefined;
  if (weights !== 'balanced') {
    if (weights.length === numClasses) return weights;
    throw new UsageError(
      `classWeights has ${weights.length} numbers, and ${train.name} has ${numClasses} classes`,
    );
  }
  const counts = new Array<number>(numClasses).fill(0);
  const all = Uint32Array.from({ length: train.count }, (_, i) => i);
  for (const label of gatherLabels(train, all)) counts[label]! += 1;
  return counts.map((count) => (count === 0 ? 0 : train.count / (numClasses * count)));
}
