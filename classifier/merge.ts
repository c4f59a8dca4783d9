/** Evaluations of parts of a dataset, added up. */
import type { z } from 'zod';
import { evaluationOf } from './evaluate.js';
import type { classifierEvaluationSchema } from './stored-evaluation.js';

type Stored = z.output<typeof classifierEvaluationSchema>;

/** @param parts of `mixgan evaluate --shard --json`, all of one model and one dataset */
export function mergeEvaluations(parts: readonly Stored[]) {
  const classNames = parts[0]!.perClass.map(({ name }) => name);
  const confusion = classNames.map((_, t) =>
    classNames.map((_, p) => parts.reduce((sum, part) => sum + part.confusion[t]![p]!, 0)),
  );
  const loss = parts.reduce((sum, { crossEntropy, count }) => sum + crossEntropy * count, 0);
  return evaluationOf(classNames, confusion, loss);
}
