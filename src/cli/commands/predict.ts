import { restoreClassifier, storedTask } from '../../../classifier/checkpoint.js';
import { createPredictor } from '../../../classifier/evaluate.js';
import type { Task } from '../../../classifier/model.js';
import { trainedViews, withViews } from '../../../classifier/views.js';
import { argMax } from '../../arrays.js';
import { scalePixels } from '../../data/batches.js';
import { normaliseDigit } from '../../data/digit.js';
import { readImage } from '../../data/image-file.js';
import { InputError } from '../../errors.js';
import { readGreyPng } from '../../image/png.js';
import { percent } from '../../text.js';
import { type EngineFlags, openEngineAloud } from '../engine.js';
import { report, table, viewsNote } from '../output.js';
import { openClassifierRun } from '../runs.js';

export interface PredictFlags extends EngineFlags {
  readonly best?: boolean;
  readonly views?: number;
  readonly json?: boolean;
}

/** `mixgan predict RUN FILE.png…` */
export async function predict(
  path: string,
  files: readonly string[],
  flags: PredictFlags,
): Promise<void> {
  const { config, checkpoint } = await openClassifierRun(path, flags);
  const views = trainedViews(config, flags.views ?? 1);
  // All files are read first, so that a bad one is told before anything is printed.
  const task = storedTask(checkpoint);
  const images: Uint8Array[] = [];
  for (const file of files) images.push(await readFor(task, file));
  const engine = await openEngineAloud(flags);
  const { model } = restoreClassifier(config, checkpoint);
  if (!isDigit(task) && !isPicture(task)) {
    throw new InputError(
      `${path} was trained on images of ${task.imageShape.join('×')}; predict prepares digits of 28×28×1, and square pictures in colour`,
    );
  }
  const pixels = scalePixels(Buffer.concat(images));
  const look = createPredictor(engine, model, task.normalisation);
  const probabilities = await withViews(look, views, task.imageShape)(pixels);
  const numClasses = task.classNames.length;
  const results = files.map((file, i) => {
    const row = Array.from(probabilities.subarray(i * numClasses, (i + 1) * numClasses));
    const label = argMax(row);
    return {
      file,
      label,
      name: task.classNames[label]!,
      probability: row[label]!,
      probabilities: row,
    };
  });
  report(flags.json, results, () => {
    const rows = results.map((result) => [result.file, result.name, percent(result.probability)]);
    return viewsNote(views) + table(['file', 'class', 'probability'], rows);
  });
}

const isDigit = ({ imageShape }: Task): boolean => imageShape.join() === '28,28,1';

const isPicture = ({ imageShape: [height, width, channels] }: Task): boolean =>
  channels === 3 && height === width;

/** A file as an image [H, W, C] of bytes. */
async function readFor(task: Task, file: string): Promise<Uint8Array> {
  if (!isPicture(task)) return normaliseDigit(await readGreyPng(file), file);
  const [height, width] = task.imageShape;
  return readImage(file, { height, width, channels: 3 });
}
