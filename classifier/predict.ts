/**
 * What a classifier says of images, one by one.
 *
 * Axes: N images, H × W image, C channels, K classes.
 */
import { argMax } from '../src/arrays.js';
import { InputError } from '../src/errors.js';
import type { Predictor } from './evaluate.js';
import type { Task } from './model.js';
import { readFor } from './pictures.js';

export interface Prediction {
  /** The most likely class. */
  readonly label: number;
  readonly name: string;
  /** Of that class. */
  readonly probability: number;
  /** Of every class, [K]. */
  readonly probabilities: readonly number[];
}

/** @param images [N, H, W, C] */
export async function predictImages(
  predict: Predictor,
  { classNames }: Task,
  images: Uint8Array,
): Promise<Prediction[]> {
  const all = await predict(images);
  const numClasses = classNames.length;
  return Array.from({ length: all.length / numClasses }, (_, i) => {
    const probabilities = [...all.subarray(i * numClasses, (i + 1) * numClasses)];
    const label = argMax(probabilities);
    return { label, name: classNames[label]!, probability: probabilities[label]!, probabilities };
  });
}

/** Files that are read at a time: their pictures are in memory together. */
const chunkSize = 100;

/**
 * @param task what the classifier was trained on
 * @param files PNG or JPEG; of digits PNG
 * @throws InputError as `readFor`, and when the classifier knows digits of another size
 */
export async function predictFiles(
  predict: Predictor,
  task: Task,
  files: readonly string[],
): Promise<({ readonly file: string } & Prediction)[]> {
  const { imageShape } = task;
  const imageSize = imageShape.reduce((size, length) => size * length);
  const predictions: ({ readonly file: string } & Prediction)[] = [];
  for (let first = 0; first < files.length; first += chunkSize) {
    const some = files.slice(first, first + chunkSize);
    const images: Uint8Array[] = [];
    for (const file of some) images.push(await readFor(task, file));
    // Digits come in one size.
    if (images.some(({ length }) => length !== imageSize)) {
      throw new InputError(
        `the classifier was trained on images of ${imageShape.join('×')}; predict prepares digits of 28×28×1`,
      );
    }
    const all = await predictImages(predict, task, Buffer.concat(images));
    predictions.push(...all.map((prediction, i) => ({ file: some[i]!, ...prediction })));
  }
  return predictions;
}
