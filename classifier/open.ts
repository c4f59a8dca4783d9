import { parseConfig } from '../src/config/parse.js';
import { InputError } from '../src/errors.js';
import { isFolder } from '../src/files.js';
import { type ModelFile, readModelDescription, readModelFile } from '../src/formats/model-file.js';
import { type LoadedCheckpoint, loadCheckpoint } from '../src/train/checkpoint.js';
import { openRun, RunFolder, runPath } from '../src/train/run-folder.js';
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
 * @param path a file of `mixgan export RUN --format safetensors`, the folder of a classifier run, or the
 *   name of a classifier that comes with this package
 * @throws InputError when it is missing, damaged, or no classifier
 */
export async function openClassifier(path: string): Promise<OpenedClassifier> {
  const { stored, config } = await readClassifier(path);
  const testAccuracy =
    'testAccuracy' in stored
      ? stored.testAccuracy
      : await loggedTestAccuracy(new RunFolder(await runPath(path)), stored.step);
  return { ...restoreClassifier(config, stored), config, testAccuracy };
}

/** What is at `path`, as `openClassifier` wants it, before a model is made of it. */
export async function readClassifier(
  path: string,
): Promise<{ readonly stored: LoadedCheckpoint | ModelFile; readonly config: ClassifierConfig }> {
  const at = await runPath(path);
  const stored = (await isFolder(at))
    ? await loadCheckpoint(new RunFolder(at).checkpointPath).catch(async (thrown: unknown) => {
        // Says so where the folder is none of a run.
        await openRun(path);
        throw thrown;
      })
    : await readModelFile(path, 'model');
  return { stored, config: configOf(path, stored) };
}

/** The configuration of what is at `path`, without its weights. */
export async function readClassifierConfig(path: string): Promise<ClassifierConfig> {
  if (!(await isFolder(await runPath(path)))) {
    return configOf(path, await readModelDescription(path));
  }
  const { config } = await openRun(path);
  return configOf(path, { kind: String(Object(config).kind), config });
}

function configOf(
  path: string,
  { kind, config }: Pick<LoadedCheckpoint, 'kind' | 'config'>,
): ClassifierConfig {
  if (kind !== 'classifier') {
    throw new InputError(`${path} holds the model of a ${kind}; give a classifier`);
  }
  const { task: _, ...keys } = Object(config) as Record<string, unknown>;
  return parseConfig(classifierConfigSchema, keys, path, InputError);
}
