/**
 * What a classifier says of pictures in files.
 */
import { argMax } from '../src/arrays.js';
import { InputError } from '../src/errors.js';
import type { Predictor } from './evaluate.js';
import type { Task } from './model.js';
import { readFor } from './pictures.js';

export interface Prediction {
  readonly file: string;
  /** The most likely class. */
  readonly label: number;
  readonly name: string;
  /** Of that class. */
  readonly probability: number;
  /** Of every class, [K]. */
  readonly probabilities: readonly number[];
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
): Promise<Prediction[]> {
  const { classNames, imageShape } = task;
  const imageSize = imageShape.reduce((size, length) => size * length);
  const predictions: Prediction[] = [];
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
    const all = await predict(Buffer.concat(images));
    some.forEach((file, i) => {
      const probabilities = [...all.subarray(i * classNames.length, (i + 1) * classNames.length)];
      const label = argMax(probabilities);
      const [name, probability] = [classNames[label]!, probabilities[label]!];
      predictions.push({ file, label, name, probability, probabilities });
    });
  }
  return predictions;
}
