import { existsSync } from 'node:fs';
import type { Evaluation } from '../../../classifier/evaluate.js';
import { parseConfig } from '../../config/parse.js';
import type { Html } from '../../report/html.js';
import { facts, type Section, shadedCell, table } from '../../report/page.js';
import { grouped, percent } from '../../text.js';
import { classifierEvaluationSchema, readEvaluation } from '../stored-evaluation.js';
import { evaluateClassifierRun } from './evaluate-classifier.js';
import type { KindReport, ReportedRun } from './report-kind.js';

export const classifierReport: KindReport = {
  what: 'classifier',
  curves: [
    { title: 'Accuracy on held-out images', names: ['testAccuracy'] },
    { title: 'Cross-entropy', names: ['loss', 'testCrossEntropy'], yScale: 'log' },
    { title: 'Gradient norm', names: ['gradientNorm'], yScale: 'log' },
  ],
  async sections(reported) {
    const { step, data, ...evaluation } = await evaluationOf(reported);
    return [
      {
        title: 'Evaluation',
        content: [scores(evaluation, step, data), confusion(evaluation)],
      },
    ];
  },
};

/** The stored one where it is of the run's last step and nothing else is asked for, or a new one. */
async function evaluationOf({ run, records, flags: { out: _, json: __, ...asked } }: ReportedRun) {
  if (Object.keys(asked).length === 0 && existsSync(run.evaluationPath)) {
    const stored = await readEvaluation(classifierEvaluationSchema, run.evaluationPath);
    if (stored.step === records.at(-1)?.step) return stored;
  }
  const { document } = await evaluateClassifierRun(run.path, { engine: 'auto', ...asked });
  return parseConfig(classifierEvaluationSchema, document, run.path);
}

const scores = (
  { accuracy, correct, count, crossEntropy }: Evaluation,
  step: number,
  data: string,
): Html =>
  facts([
    ['after step', grouped(step)],
    ['data', data],
    ['accuracy', `${percent(accuracy)} (${grouped(correct)} of ${grouped(count)})`],
    ['cross-entropy', crossEntropy.toFixed(4)],
  ]);

/** A matrix of more classes could not be taken in. */
const mostClasses = 30;

function confusion({ perClass, confusion: matrix }: Evaluation): Section['content'] {
  const names = perClass.map(({ name }) => name);
  if (names.length > mostClasses) return commonMistakes(matrix, names);
  return table({
    caption: 'Confusion matrix: images of each class (rows) by the class that they were taken for',
    header: ['class', ...names, 'recognised'],
    rows: matrix.map((row, k) => [
      names[k]!,
      ...row.map((count) => shadedCell(count, count / Math.max(1, perClass[k]!.count))),
      percent(perClass[k]!.accuracy),
    ]),
  });
}

function commonMistakes(matrix: Evaluation['confusion'], names: readonly string[]): Html {
  const mistakes = matrix.flatMap((row, k) =>
    row.map((count, taken) => ({ count: taken === k ? 0 : count, class: k, taken })),
  );
  return table({
    caption: 'The most common mistakes',
    header: ['class', 'taken for', 'images'],
    rows: mistakes
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count)
      .slice(0, mostClasses)
      .map((mistake) => [names[mistake.class]!, names[mistake.taken]!, mistake.count]),
  });
}
