import { z } from 'zod';
import type { HostTensor } from '../src/compile/step.js';
import { InputError } from '../src/errors.js';
import type { LoadedCheckpoint } from '../src/train/checkpoint.js';
import { readMetrics } from '../src/train/log.js';
import type { RunFolder } from '../src/train/run-folder.js';
import { assignVariables } from '../src/train/variables.js';
import type { ClassifierConfig } from './config.js';
import { buildClassifier, type Classifier, type Task } from './model.js';

const storedSchema = z.object({
  task: z.object({
    imageShape: z.tuple([z.number(), z.number(), z.number()]),
    classNames: z.array(z.string()).min(1),
    normalisation: z.object({ mean: z.array(z.number()), std: z.array(z.number()) }).optional(),
  }),
});

/**
 * What a checkpoint was trained on.
 * @throws InputError when it does not say so
 */
export function storedTask({ config, path }: LoadedCheckpoint): Task {
  const stored = storedSchema.safeParse(config);
  if (!stored.success) {
    throw new InputError(`${path} does not say which classes it was trained on`);
  }
  return stored.data.task;
}

/** The weights that recognise, as `LAYER/WEIGHT`: their moving averages where they were averaged. */
export function evaluatedWeights({ variables }: LoadedCheckpoint): Map<string, HostTensor> {
  const named = [...variables];
  const averages = named.filter(([name]) => name.startsWith('average/'));
  const weights =
    averages.length > 0 ? averages : named.filter(([name]) => name.startsWith('model/'));
  return new Map(weights.map(([name, tensor]) => [name.slice(name.indexOf('/') + 1), tensor]));
}

/**
 * Builds the classifier of a run and gives it the weights of its checkpoint, averaged where the
 * training averaged them.
 *
 * @throws InputError when the checkpoint is of another model
 */
export function restoreClassifier(
  config: ClassifierConfig,
  checkpoint: LoadedCheckpoint,
): Classifier {
  const classifier = buildClassifier(config, storedTask(checkpoint));
  const weights = Array.from(evaluatedWeights(checkpoint), ([name, tensor]) => {
    return [`model/${name}`, tensor] as const;
  });
  try {
    assignVariables({ ...checkpoint, variables: new Map(weights) }, classifier.variables);
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
