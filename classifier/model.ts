/**
 * A classifier put together: its task, its model, and the names of its weights.
 */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { ImageDataset, ImageShape } from '../src/data/dataset.js';
import { type Normalisation, normalisationOf, scalingOf } from '../src/data/normalisation.js';
import { InputError, UsageError } from '../src/errors.js';
import type { ModelSizes } from '../src/mixer/architecture.js';
import { Drops } from '../src/mixer/dropout.js';
import { type Initialisation, seededInitialisation } from '../src/mixer/initialisation.js';
import { type Scaling, unitScaling } from '../src/mixer/rescaling.js';
import { RandomStream } from '../src/random.js';
import { modelVariables, type NamedVariables } from '../src/train/variables.js';
import { buildModel } from './architectures/registry.js';
import type { ClassifierConfig } from './config.js';

/** What a classifier's inputs and outputs look like; part of its checkpoint. */
export interface Task {
  /** [H, W, C] */
  readonly imageShape: ImageShape;
  readonly classNames: readonly string[];
  /** What the model does to pixels once they are in −1 … 1; absent where it leaves them so. */
  readonly normalisation?: Normalisation | undefined;
}

/**
 * @param train the images to learn from
 * @param normalise `dataset` for inputs with the mean 0 and the deviation 1 over those images
 * @throws InputError when the dataset has no labels to learn
 */
export function taskOf(train: ImageDataset, normalise: 'unit' | 'dataset' = 'unit'): Task {
  const { name, height, width, channels, labels, classNames } = train;
  if (labels === undefined) {
    throw new InputError(`${name} has images but no labels; give a labelled dataset`);
  }
  const task: Task = { imageShape: [height, width, channels], classNames };
  return normalise === 'unit' ? task : { ...task, normalisation: normalisationOf(train) };
}

export interface Classifier {
  readonly task: Task;
  /** From images [B, H, W, C] of pixels in 0 … 255, to logits [B, K]. */
  readonly model: LayersModel;
  /** All that the model holds, running statistics included: `model/LAYER/WEIGHT`. */
  readonly variables: NamedVariables;
}

/** @throws UsageError when the model does not fit the images */
export function buildClassifier(config: ClassifierConfig, task: Task): Classifier {
  const model = buildClassifierModel(
    config,
    { imageShape: task.imageShape, numClasses: task.classNames.length },
    seededInitialisation(RandomStream.fromSeed(config.seed).split('weights')),
    scalingOf(task.normalisation),
  );
  return { task, model, variables: modelVariables(model, 'model') };
}

/**
 * The model of a configuration, with the dropout that it is to be trained with.
 *
 * @param scaling of images whose pixels are in 0 … 255
 * @returns a model from such images [B, H, W, C] to logits [B, K]
 * @throws UsageError when the model does not fit the images, or has nothing that could be dropped
 */
export function buildClassifierModel(
  { model: config, stochasticDepth, dropout }: ClassifierConfig,
  sizes: ModelSizes,
  init: Initialisation,
  scaling: Scaling = unitScaling,
): LayersModel {
  const drops = new Drops({ stochasticDepth, dropout });
  const model = buildModel(config, sizes, { init, drops, scaling });
  const unmet = [
    ...(stochasticDepth > 0 && !drops.dropsBranches ? ['stochasticDepth'] : []),
    ...(dropout > 0 && !drops.dropsValues ? ['dropout'] : []),
  ];
  if (unmet.length === 0) return model;
  model.dispose();
  throw new UsageError(
    `${unmet.join(' and ')}: this architecture has nothing to drop; leave it at 0`,
  );
}
