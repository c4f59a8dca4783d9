/** Which pictures are behind a classifier's figures. */
import { argMax } from '../src/arrays.js';
import { evaluationBatches, gatherBytes, gatherLabels } from '../src/data/batches.js';
import type { ImageDataset } from '../src/data/dataset.js';
import type { Example } from '../src/family/examination.js';
import type { Predictor } from './evaluate.js';

/** Images that are looked at before progress is told. */
const chunkSize = 200;
/** Of a cell so many are kept: the surest errors, the least sure of what was right. */
const mostOfCell = 30;
/** Of all cells together; those with the surest errors come first. */
const mostOfAll = 2000;

export interface Recognition {
  readonly confusion: number[][];
  /** By their places. */
  readonly examples: Example[];
}

/**
 * @param told how many images have been looked at
 * @throws InputError when the dataset has no labels
 */
export async function examineClassifier(
  predict: Predictor,
  dataset: ImageDataset,
  told: (done: number) => void,
): Promise<Recognition> {
  const { classNames, count } = dataset;
  const confusion = classNames.map(() => classNames.map(() => 0));
  const cells = new Map<number, Omit<Example, 'place'>[]>();
  let done = 0;
  for (const indices of evaluationBatches(count, chunkSize)) {
    const probabilities = await predict(gatherBytes(dataset, indices));
    gatherLabels(dataset, indices).forEach((label, i) => {
      const row = probabilities.subarray(i * classNames.length, (i + 1) * classNames.length);
      const taken = argMax(row);
      confusion[label]![taken]! += 1;
      const cell = label * classNames.length + taken;
      const example = { index: indices[i]!, label, taken, probability: row[taken]! };
      cells.set(cell, [...(cells.get(cell) ?? []), example].sort(byInterest).slice(0, mostOfCell));
    });
    done += indices.length;
    told(done);
  }
  const examples = [...cells.values()].flat().sort(byInterest).slice(0, mostOfAll);
  return { confusion, examples: examples.map((example, place) => ({ ...example, place })) };
}

/** Errors before what is right; of errors the surest first, of the others the least sure. */
function byInterest(a: Omit<Example, 'place'>, b: Omit<Example, 'place'>): number {
  const isError = (example: Omit<Example, 'place'>): boolean => example.label !== example.taken;
  if (isError(a) !== isError(b)) return isError(a) ? -1 : 1;
  return isError(a) ? b.probability - a.probability : a.probability - b.probability;
}
