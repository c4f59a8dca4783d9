/**
 * The classifier for scripts: train it, go on with it, open it, use it.
 *
 * Axes: N images, H × W image, C channels.
 */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { ImageDataset } from '../src/data/dataset.js';
import type { Engine } from '../src/engine/engine.js';
import { openEngine } from '../src/engine/open.js';
import { type EngineScope, scopeOf } from '../src/engine/scope.js';
import { type ExportRequest, exportTrained } from '../src/family/export.js';
import type { Trained } from '../src/family/family.js';
import { type NewTraining, type ResumedTraining, resume, train } from '../src/family/train.js';
import { openTrained, type Source } from '../src/family/trained.js';
import { isFolder } from '../src/files.js';
import { runPath } from '../src/train/run-folder.js';
import { loggedTestAccuracy, restoreClassifier } from './checkpoint.js';
import type { ClassifierConfig } from './config.js';
import {
  createPredictor,
  type Evaluation,
  evaluateClassifier,
  type Predictor,
  requireKnown,
} from './evaluate.js';
import { classifierExport } from './export.js';
import type { Extractor } from './extractors.js';
import { createFeatureExtractor, featureDim } from './features.js';
import type { Task } from './model.js';
import { readClassifier } from './open.js';
import { type Prediction, predictFiles, predictImages } from './predict.js';
import { classifierSettings } from './settings.js';
import type { ClassifierResult } from './train.js';
import { classifierTraining } from './training.js';
import { trainedViews, withViews } from './views.js';

const family = { settings: classifierSettings, training: classifierTraining };

/**
 * Trains a classifier, as `mixgan train classifier` does.
 * @throws as `train` of all families: UsageError, InputError, OutputError, DivergedError
 */
export const trainClassifier = (
  options: NewTraining<ClassifierConfig> = {},
): Promise<ClassifierResult> => train(family, options);

/**
 * Goes on with a run, exactly where it stopped.
 *
 * @param path the run's folder
 * @throws as `resume` of all families: UsageError, InputError, OutputError, DivergedError
 */
export const resumeClassifier = (
  path: string,
  options: ResumedTraining = {},
): Promise<ClassifierResult> => resume(family, path, options);

export interface OpenOptions {
  /** By default the fastest that loads. */
  readonly engine?: Engine | undefined;
  /** Takes the weights of the best evaluation, instead of the last ones, of a run. */
  readonly best?: boolean;
}

/** How a classifier looks at images. */
export interface Look {
  /** Shows it every image so many times, moved by a pixel or mirrored; the mean decides. Default 1. */
  readonly views?: number;
}

/**
 * Opens a trained classifier.
 *
 * @param source the folder of a run, a file of `mixgan export RUN --format safetensors`, or the
 *   `checkpoint` that a training returned
 * @throws InputError when it is missing, damaged, or no classifier
 */
export async function openClassifier(
  source: Source,
  { engine, best = false }: OpenOptions = {},
): Promise<TrainedClassifier> {
  const isFile = typeof source === 'string' && !(await isFolder(await runPath(source)));
  const trained = isFile ? await ofFile(source) : await openTrained(classifierSettings, source);
  const checkpoint = await trained.checkpoint(best ? 'best' : 'last');
  // Before there are tensors: they live where the engine computes.
  const opened = engine ?? (await openEngine('auto')).engine;
  const { model, task } = restoreClassifier(trained.config, checkpoint);
  const testAccuracy =
    trained.run === undefined
      ? (checkpoint as { readonly testAccuracy?: number | undefined }).testAccuracy
      : await loggedTestAccuracy(trained.run, checkpoint.step);
  return new TrainedClassifier(trained, best, { model, task, engine: opened, testAccuracy });
}

async function ofFile(path: string): Promise<Trained<ClassifierConfig>> {
  const { stored, config } = await readClassifier(path);
  return { path, config, checkpoint: async () => stored };
}

/** A trained classifier, and what it is good for. */
export class TrainedClassifier {
  readonly config: ClassifierConfig;
  /** What its images look like, and its classes. */
  readonly task: Task;
  /** From images to logits. */
  readonly model: LayersModel;
  /** Share of held-out images that it recognised when it was trained, 0 … 1, where that is known. */
  readonly testAccuracy: number | undefined;
  readonly #trained: Trained<ClassifierConfig>;
  readonly #best: boolean;
  readonly #engine: EngineScope;
  readonly #look: Predictor;

  /** Use `openClassifier`. */
  constructor(
    trained: Trained<ClassifierConfig>,
    best: boolean,
    {
      model,
      task,
      engine,
      testAccuracy,
    }: Pick<TrainedClassifier, 'model' | 'task' | 'testAccuracy'> & { readonly engine: Engine },
  ) {
    this.config = trained.config;
    this.task = task;
    this.model = model;
    this.testAccuracy = testAccuracy;
    this.#trained = trained;
    this.#best = best;
    this.#engine = scopeOf(engine);
    this.#look = createPredictor(this.#engine, model);
  }

  /**
   * @param pictures files, PNG or JPEG, prepared as `mixgan predict` does; or bytes [N, H, W, C] as the
   *   classifier was trained on
   * @throws InputError when a file cannot be read; RangeError when the bytes are not whole images
   */
  async predict(pictures: readonly string[] | Uint8Array, look: Look = {}): Promise<Prediction[]> {
    const predict = this.#predictor(look);
    return pictures instanceof Uint8Array
      ? predictImages(predict, this.task, pictures)
      : predictFiles(predict, this.task, pictures);
  }

  /** @throws InputError when the images are of another size, or of other classes, or have none */
  async evaluate(data: ImageDataset, look: Look = {}): Promise<Evaluation> {
    requireKnown(data, this.task, this.#trained.path);
    return evaluateClassifier(this.#predictor(look), data);
  }

  /**
   * Writes the model for other programs, as `mixgan export` does.
   *
   * @returns the files
   * @throws UsageError where it is not written so; OutputError where it cannot be
   */
  async export({ format, out }: ExportRequest): Promise<readonly string[]> {
    const own = this.#best ? { best: true } : {};
    const { files, model } = await exportTrained(
      ...([classifierExport, this.#trained, { format, out }, own, () => undefined] as const),
    );
    model.model.dispose();
    return files;
  }

  /** What a GAN of the same images can be scored by; it lives as long as the classifier does. */
  get extractor(): Extractor {
    const { model, task } = this;
    return {
      name: this.#trained.path,
      task,
      dim: featureDim(model),
      testAccuracy: this.testAccuracy,
      extract: createFeatureExtractor(this.#engine, model),
    };
  }

  /** Gives back what it holds, weights and compiled steps; it recognises nothing then. */
  async dispose(): Promise<void> {
    await this.#engine.dispose();
    this.model.dispose();
  }

  #predictor({ views = 1 }: Look): Predictor {
    return withViews(this.#look, trainedViews(this.config, views), this.task.imageShape);
  }
}
