import { restoreClassifier } from '../../../classifier/checkpoint.js';
import {
  createPredictor,
  type Evaluation,
  evaluateClassifier,
} from '../../../classifier/evaluate.js';
import { describeViews, trainedViews, withViews } from '../../../classifier/views.js';
import { loadDataset } from '../../data/load.js';
import { InputError } from '../../errors.js';
import { percent } from '../../text.js';
import { openEngineAloud } from '../engine.js';
import { table, viewsNote } from '../output.js';
import { openClassifierRun } from '../runs.js';
import type { EvaluateFlags, Measured } from './evaluate-flags.js';

/** `mixgan evaluate RUN` for a run of a classifier */
export async function evaluateClassifierRun(path: string, flags: EvaluateFlags): Promise<Measured> {
  const { run, config, checkpoint } = await openClassifierRun(path, flags);
  const views = trainedViews(config, flags.views ?? 1);
  const { test } = await loadDataset(flags.data ?? config.data, config);
  const engine = await openEngineAloud(flags);
  const { model, task } = restoreClassifier(config, checkpoint);
  const shape = [test.height, test.width, test.channels];
  if (
    shape.join() !== task.imageShape.join() ||
    test.classNames.length !== task.classNames.length
  ) {
    throw new InputError(
      `${test.name} has images of ${shape.join('×')} in ${test.classNames.length} classes, but ${path} was trained on ${task.imageShape.join('×')} in ${task.classNames.length}`,
    );
  }
  const look = createPredictor(engine, model, task.normalisation);
  const predict = withViews(look, views, task.imageShape);
  const result = await evaluateClassifier(predict, test);
  const document = {
    run: path,
    step: checkpoint.step,
    data: test.name,
    ...(flags.views === undefined ? {} : { views: describeViews(views) }),
    classNames: test.classNames,
    ...result,
  };
  return { run, document, text: `${viewsNote(views)}${describe(result)}` };
}

function describe({
  accuracy,
  count,
  correct,
  crossEntropy,
  perClass,
  confusion,
}: Evaluation): string {
  const names = perClass.map(({ name }) => name);
  return [
    `accuracy ${percent(accuracy)} (${correct} of ${count}), cross-entropy ${crossEntropy.toFixed(4)}`,
    '',
    table(
      ['class', 'examples', 'correct', 'accuracy'],
      perClass.map((row) => [row.name, row.count, row.correct, percent(row.accuracy)]),
    ),
    '',
    'confusion (rows: true class, columns: taken for)',
    table(
      ['', ...names],
      confusion.map((row, k) => [names[k]!, ...row]),
    ),
  ].join('\n');
}
