import { restoreClassifier } from '../../../classifier/checkpoint.js';
import {
  createPredictor,
  type Evaluation,
  evaluateClassifier,
} from '../../../classifier/evaluate.js';
import { loadDataset } from '../../data/load.js';
import { InputError } from '../../errors.js';
import { type EngineChoice, openEngineAloud } from '../engine.js';
import { percent, report, table } from '../output.js';
import { openClassifierRun } from '../runs.js';

export interface EvaluateFlags {
  readonly data?: string;
  readonly engine: EngineChoice;
  readonly json?: boolean;
}

/** `mixgan evaluate RUN` */
export async function evaluate(path: string, flags: EvaluateFlags): Promise<void> {
  const { config, checkpoint } = await openClassifierRun(path);
  const { test } = await loadDataset(flags.data ?? config.data);
  const engine = await openEngineAloud(flags.engine);
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
  const result = await evaluateClassifier(createPredictor(engine, model), test);
  report(
    flags.json,
    { run: path, step: checkpoint.step, data: test.name, classNames: test.classNames, ...result },
    () => describe(result),
  );
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
