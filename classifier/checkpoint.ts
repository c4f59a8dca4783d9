import { z } from 'zod';
import { InputError } from '../src/errors.js';
import { assignVariables, type LoadedCheckpoint } from '../src/train/checkpoint.js';
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
