import { parseConfig } from '../src/config/parse.js';
import { InputError } from '../src/errors.js';
import { isFolder } from '../src/files.js';
import { type ModelFile, readModelFile } from '../src/formats/model-file.js';
import { loadCheckpoint } from '../src/train/checkpoint.js';
import { openRun } from '../src/train/run-folder.js';
import { loggedTestAccuracy, restoreClassifier } from './checkpoint.js';
import { type ClassifierConfig, classifierConfigSchema } from './config.js';
import type { Classifier } from './model.js';

export interface OpenedClassifier extends Classifier {
  readonly config: ClassifierConfig;
  /** Share of held-out images that it recognised when it was trained, 0 … 1, where that is known. */
  readonly testAccuracy: number | undefined;
}

/**
 * Opens a trained classifier, with its weights, from what is at `path` alone.
 *
 * @param path a file of `mixgan export RUN --format safetensors`, or the folder of a classifier run
 * @throws InputError when it is missing, damaged, or no classifier
 */
export async function openClassifier(path: string): Promise<OpenedClassifier> {
  const { stored, config } = await readClassifier(path);
  return { ...restoreClassifier(config, stored), config, testAccuracy: stored.testAccuracy };
}

/** What is at `path`, as `openClassifier` wants it, before a model is made of it. */
export async function readClassifier(
  path: string,
): Promise<{ readonly stored: ModelFile; readonly config: ClassifierConfig }> {
  const stored = await readStored(path);
  if (stored.kind !== 'classifier') {
    throw new InputError(`${path} holds the model of a ${stored.kind}; give a classifier`);
  }
  const { task: _, ...keys } = Object(stored.config) as Record<string, unknown>;
  return { stored, config: parseConfig(classifierConfigSchema, keys, path, InputError) };
}

async function readStored(path: string): Promise<ModelFile> {
  if (!(await isFolder(path))) return readModelFile(path, 'model');
  const { run } = await openRun(path);
  const checkpoint = await loadCheckpoint(run.checkpointPath);
  return { ...checkpoint, testAccuracy: await loggedTestAccuracy(run, checkpoint.step) };
}
