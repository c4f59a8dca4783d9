/**
 * Feature extractors by name or path: the two that come with this package, trained by it on the
 * digits, and any other classifier.
 */
import type { Engine } from '../src/engine/engine.js';
import type { FeatureExtractor } from '../src/scores/features.js';
import { shippedRun } from '../src/train/shipped.js';
import { createFeatureExtractor, featureDim } from './features.js';
import type { Task } from './model.js';
import { openClassifier } from './open.js';

/** A convolutional network and a Mixer, so that no generator is judged by its own kind alone. */
export const bundledExtractors = ['digits-cnn', 'digits-mixer'] as const;

export type BundledExtractor = (typeof bundledExtractors)[number];

export interface Extractor extends FeatureExtractor {
  /** The name of one that comes with this package, or the path it was opened from. */
  readonly name: string;
  /** What its images look like, and the classes of its probabilities. */
  readonly task: Task;
  /** Number of features, D. */
  readonly dim: number;
  /** Share of held-out images that it recognised when it was trained, 0 … 1, where that is known. */
  readonly testAccuracy: number | undefined;
}

/** Opens one of the extractors for 28 × 28 digits that come with this package. */
export async function openBundledExtractor(
  engine: Engine,
  name: BundledExtractor,
): Promise<Extractor> {
  return { ...(await openExtractorFile(engine, shippedRun(name) ?? name)), name };
}

/**
 * Opens any classifier as a feature extractor.
 * @param path a file of `mixgan export RUN --format safetensors`, or the folder of a classifier run
 * @throws InputError when it is missing, damaged, or no classifier
 */
export async function openExtractorFile(engine: Engine, path: string): Promise<Extractor> {
  const { model, task, testAccuracy } = await openClassifier(path);
  const extract = createFeatureExtractor(engine, model);
  return { name: path, task, dim: featureDim(model), testAccuracy, extract };
}
