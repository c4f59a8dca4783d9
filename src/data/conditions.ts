/**
 * What a player is told of an image: its class, or one value of each of several attributes. The values of
 * all attributes are numbered one after the other, and an image's label is as many numbers as there are
 * attributes.
 *
 * Axes: N images, A attributes, K values of all attributes together.
 */
import { attributesNamed } from './attributes.js';
import { gatherLabels } from './batches.js';
import type { ImageDataset } from './dataset.js';

/** What images differ in, and a player is told. */
export interface Condition {
  /** `hair`; undefined where it is the images' class. */
  readonly name?: string | undefined;
  readonly values: readonly string[];
  /** How many training images have each value, where that is known. */
  readonly counts?: readonly number[] | undefined;
}

/** @throws InputError where the dataset has no such attribute */
export const attributeConditions = (
  dataset: ImageDataset,
  attributes: readonly string[],
): Condition[] =>
  attributesNamed(dataset, attributes).map(({ name, values, labels }) => {
    const counts = values.map(() => 0);
    for (const label of labels) counts[label]!++;
    return { name, values, counts };
  });

/** K. */
export const conditionSize = (conditions: readonly Condition[]): number =>
  conditions.reduce((sum, { values }) => sum + values.length, 0);

/**
 * The labels of some images, [N, A].
 * @param attributes their names; none for the class
 */
export function gatherConditions(
  dataset: ImageDataset,
  indices: ArrayLike<number>,
  { attributes }: { readonly attributes: readonly string[] },
): Int32Array {
  if (attributes.length === 0) return gatherLabels(dataset, indices);
  const found = attributesNamed(dataset, attributes);
  const first = firstNumbers(found);
  return Int32Array.from({ length: indices.length * found.length }, (_, i) => {
    const a = i % found.length;
    return first[a]! + found[a]!.labels[indices[Math.floor(i / found.length)]!]!;
  });
}

/** The number of each attribute's first value: those of all attributes follow each other. */
export function firstNumbers(conditions: readonly Pick<Condition, 'values'>[]): number[] {
  let first = 0;
  return conditions.map(({ values }) => {
    first += values.length;
    return first - values.length;
  });
}
