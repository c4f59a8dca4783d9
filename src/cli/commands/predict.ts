import { restoreClassifier } from '../../../classifier/checkpoint.js';
import { createPredictor } from '../../../classifier/evaluate.js';
import { argMax } from '../../arrays.js';
import { scalePixels } from '../../data/batches.js';
import { normaliseDigit } from '../../data/digit.js';
import { InputError } from '../../errors.js';
import { readGreyPng } from '../../image/png.js';
import { type EngineFlags, openEngineAloud } from '../engine.js';
import { percent, report, table } from '../output.js';
import { openClassifierRun } from '../runs.js';

export interface PredictFlags extends EngineFlags {
  readonly json?: boolean;
}

/** `mixgan predict RUN FILE.png…` */
export async function predict(
  path: string,
  files: readonly string[],
  flags: PredictFlags,
): Promise<void> {
  const { config, checkpoint } = await openClassifierRun(path);
  // All files are read first, so that a bad one is told before anything is printed.
  const digits: Uint8Array[] = [];
  for (const file of files) digits.push(normaliseDigit(await readGreyPng(file), file));
  const engine = await openEngineAloud(flags);
  const { model, task } = restoreClassifier(config, checkpoint);
  if (task.imageShape.join() !== '28,28,1') {
    throw new InputError(
      `${path} was trained on images of ${task.imageShape.join('×')}; predict prepares digits of 28×28×1`,
    );
  }
  const pixels = scalePixels(Buffer.concat(digits));
  const probabilities = await createPredictor(engine, model)(pixels);
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
  report(flags.json, results, () =>
    table(
      ['file', 'class', 'probability'],
      results.map((result) => [result.file, result.name, percent(result.probability)]),
    ),
  );
}
