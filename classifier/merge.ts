/** Evaluations of parts of a dataset, added up. */
import { parseConfig } from '../src/config/parse.js';
import { InputError } from '../src/errors.js';
import type { PartFile } from '../src/family/part-file.js';
import { evaluationOf } from './evaluate.js';
import { classifierEvaluationSchema } from './stored-evaluation.js';

/**
 * @param files of `mixgan evaluate --shard --json`, all of one model and one dataset
 * @throws InputError naming a file that is no evaluation
 */
export function mergeEvaluations(files: readonly PartFile[]) {
  const parts = files.map(({ document, file }) =>
    parseConfig(classifierEvaluationSchema, document, file, InputError),
  );
  const classNames = parts[0]!.perClass.map(({ name }) => name);
  const confusion = classNames.map((_, t) =>
    classNames.map((_, p) => parts.reduce((sum, part) => sum + part.confusion[t]![p]!, 0)),
  );
  const loss = parts.reduce((sum, { crossEntropy, count }) => sum + crossEntropy * count, 0);
  return evaluationOf(classNames, confusion, loss);
}
