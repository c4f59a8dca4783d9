import { float32, type HostTensor } from '../compile/step.js';

/**
 * Classes as rows [B, K] with a 1 in the class's place.
 * @param perRow how many ones a row has: `labels` has so many numbers for each
 */
export const oneHot = (labels: Int32Array, numClasses: number, perRow = 1): HostTensor =>
  float32([labels.length / perRow, numClasses], oneHotRows(labels, numClasses, perRow));

/** The numbers of `oneHot`. */
export function oneHotRows(labels: Int32Array, numClasses: number, perRow: number): Float32Array {
  const values = new Float32Array((labels.length / perRow) * numClasses);
  labels.forEach((label, i) => {
    values[Math.floor(i / perRow) * numClasses + label] = 1;
  });
  return values;
}
