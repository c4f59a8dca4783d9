import { z } from 'zod';
import { InputError } from '../src/errors.js';
import { assignVariables, type LoadedCheckpoint } from '../src/train/checkpoint.js';
import { readMetrics } from '../src/train/log.js';
import type { RunFolder } from '../src/train/run-folder.js';
import type { ClassifierConfig } from './config.js';
import { buildClassifier, type Classifier } from './model.js';

const storedSchema = z.object({
  task: z.object({
    imageShape: z.tuple([z.number(), z.number(), z.number()]),
    classNames: z.array(z.string()).min(1),
  }),
});

/**
 * Builds the classifier of a run and gives it the weights of its checkpoint.
 * @throws InputError when the checkpoint is of another model
 */
export function restoreClassifier(
  config: ClassifierConfig,
  checkpoint: LoadedCheckpoint,
): Classifier {
  const stored = storedSchema.safeParse(checkpoint.config);
  if (!stored.success) {
    throw new InputError(`${checkpoint.path} does not say which classes it was trained on`);
  }
  const classifier = buildClassifier(config, stored.data.task);
  const weights = new Map([...checkpoint.variables].filter(([name]) => name.startsWith('model/')));
  try {
    assignVariables({ ...checkpoint, variables: weights }, classifier.variables);
  } catch (thrown) {
    classifier.model.dispose();
    throw thrown;
  }
  return classifier;
}

/**
 * The share of held-out images, 0 … 1, that a run logged for the model of its checkpoint; undefined
 * where the checkpoint was saved without an evaluation.
 *
 * @param step of the checkpoint
 */
export async function loggedTestAccuracy(
  run: RunFolder,
  step: number,
): Promise<number | undefined> {
  const records = await readMetrics(run.metricsPath, step);
  return records.findLast((record) => record.step === step && 'testAccuracy' in record)
    ?.testAccuracy;
}
