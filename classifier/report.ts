import { z } from 'zod';
import { parseConfig } from '../src/config/parse.js';
import type { CommandContext, FamilyReport, OpenedRun } from '../src/family/family.js';
import { dataFlag } from '../src/family/flags.js';
import { readEvaluation } from '../src/family/stored-evaluation.js';
import { isThere } from '../src/files.js';
import type { Html } from '../src/report/html.js';
import { facts, type Section, shadedCell, table } from '../src/report/page.js';
import { grouped, percent } from '../src/text.js';
import type { MetricsRecord } from '../src/train/log.js';
import { measured } from './commands/evaluate.js';
import type { ClassifierConfig } from './config.js';
import type { Evaluation } from './evaluate.js';
import { classifierEvaluationSchema } from './stored-evaluation.js';

const flags = z.strictObject({ ...dataFlag });

export const classifierReport: FamilyReport<ClassifierConfig, typeof flags> = {
  flags,
  computes: true,
  curves: [
    { title: 'Accuracy on held-out images', names: ['testAccuracy'] },
    { title: 'Cross-entropy', names: ['loss', 'testCrossEntropy'], yScale: 'log' },
    { title: 'Gradient norm', names: ['gradientNorm'], yScale: 'log' },
  ],
  async sections(opened, records, asked, context) {
    const { step, data, ...evaluation } = await evaluationOf(opened, records, asked, context);
    return [
      {
        title: 'Evaluation',
        content: [scores(evaluation, step, data), confusion(evaluation)],
      },
    ];
  },
};

/** The stored one where it is of the run's last step and nothing else is asked for, or a new one. */
async function evaluationOf(
  opened: OpenedRun<ClassifierConfig>,
  records: readonly MetricsRecord[],
  asked: z.output<typeof flags>,
  context: CommandContext,
) {
  const { path, run } = opened;
  const isAsked = asked.data !== undefined || context.isEngineAsked;
  if (!isAsked && (await isThere(run.evaluationPath))) {
    const stored = await readEvaluation(classifierEvaluationSchema, run.evaluationPath);
    if (stored.step === records.at(-1)?.step) return stored;
  }
  const { document } = await measured(opened, asked, context);
  return parseConfig(classifierEvaluationSchema, document, path);
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
