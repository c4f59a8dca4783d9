/**
 * A classifier put together: its task, its model, and the names of its weights.
 */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { ImageDataset } from '../src/data/dataset.js';
import { InputError } from '../src/errors.js';
import { seededInitialisation } from '../src/mixer/initialisation.js';
import { RandomStream } from '../src/random.js';
import { modelVariables, type NamedVariables } from '../src/train/variables.js';
import { buildModel } from './architectures/build.js';
import type { ClassifierConfig } from './config.js';

/** What a classifier's inputs and outputs look like; part of its checkpoint. */
export interface Task {
  /** [H, W, C] */
  readonly imageShape: readonly [number, number, number];
  readonly classNames: readonly string[];
}

/** @throws InputError when the dataset has no labels to learn */
export function taskOf({ name, height, width, channels, labels, classNames }: ImageDataset): Task {
  if (labels === undefined) {
    throw new InputError(`${name} has images but no labels; give a labelled dataset`);
  }
  return { imageShape: [height, width, channels], classNames };
}

export interface Classifier {
  readonly task: Task;
  readonly model: LayersModel;
  readonly variables: NamedVariables;
}

/** @throws UsageError when the model does not fit the images */
export function buildClassifier(config: ClassifierConfig, task: Task): Classifier {
  const model = buildModel(
    config.model,
    { imageShape: task.imageShape, numClasses: task.classNames.length },
    seededInitialisation(RandomStream.fromSeed(config.seed).split('weights')),
  );
  return { task, model, variables: modelVariables(model, 'model') };
}
