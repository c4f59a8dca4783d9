/**
 * Which classifiers judge the images of a GAN: the one place where the two models meet.
 */
import {
  type BundledExtractor,
  bundledExtractors,
  type Extractor,
  openBundledExtractor,
  openExtractorFile,
} from '../../classifier/extractors.js';
import type { GanConfig } from '../../gan/config.js';
import {
  createEvaluation,
  evaluationMetrics,
  quickEvaluationProtocol,
  type Scores,
} from '../../gan/evaluate.js';
import type { TrainGanOptions } from '../../gan/train.js';
import type { ImageDataset } from '../data/dataset.js';
import { digitNames } from '../data/mnist-package.js';
import type { Engine } from '../engine/engine.js';
import { UsageError } from '../errors.js';
import { percent } from '../text.js';

/**
 * Opens the extractors that were asked for, or those for digits that come with this package.
 * @param names of these, or paths of classifier runs or their exported files
 * @throws InputError when one is missing, damaged, or no classifier
 */
export async function openExtractors(
  engine: Engine,
  names: readonly string[] = bundledExtractors,
): Promise<Extractor[]> {
  const extractors: Extractor[] = [];
  for (const name of names) {
    extractors.push(
      isBundled(name)
        ? await openBundledExtractor(engine, name)
        : await openExtractorFile(engine, name),
    );
  }
  return extractors;
}

const isBundled = (name: string): name is BundledExtractor =>
  (bundledExtractors as readonly string[]).includes(name);

/** Whether the images are of the kind that the extractors of this package know. */
export function areDigits({ height, width, channels, classNames }: ImageDataset): boolean {
  return [height, width, channels].join() === '28,28,1' && classNames.join() === digitNames.join();
}

/**
 * The share of real images that a judge recognises, where it is so small that its figures mean little:
 * most likely they show something else than it learned.
 */
export function tooFewRecognised({ askedShare }: Scores): string | undefined {
  return askedShare === undefined || askedShare >= 0.5 ? undefined : percent(askedShare);
}

/**
 * What a run's `evaluateEvery` asks for: the quick scores of the convolutional extractor.
 * @throws UsageError when it asks, and the images have not the shape and the classes of digits
 */
export function requireEvaluable({ evaluateEvery }: GanConfig, reals: ImageDataset): void {
  if (evaluateEvery === 0 || areDigits(reals)) return;
  throw noDigits(`${reals.name} has other images`, evaluateEvery);
}

const noDigits = (why: string, evaluateEvery: number): UsageError =>
  new UsageError(
    `evaluateEvery=${evaluateEvery}: only digits of 28×28×1 can be scored during training, and ${why}; set it to 0 and score the run afterwards: mixgan evaluate RUN --extractor CLASSIFIER_RUN`,
  );

/**
 * Scores for `trainGan`.
 * @throws UsageError when the images turn out to be no digits, whatever their classes are called
 */
export async function trainingEvaluation(
  engine: Engine,
  { conditional, generator, evaluateEvery }: GanConfig,
  reals: ImageDataset,
): Promise<NonNullable<TrainGanOptions['evaluate']>> {
  const evaluation = createEvaluation({
    extractors: [await openBundledExtractor(engine, 'digits-cnn')],
    train: reals,
    protocol: quickEvaluationProtocol,
  });
  for (const { extractor, floor } of await evaluation.floors()) {
    const few = tooFewRecognised(floor);
    if (few !== undefined) {
      throw noDigits(
        `of the images of ${reals.name} ${extractor} recognises ${few}`,
        evaluateEvery,
      );
    }
  }
  const { latentDim } = generator;
  const numClasses = conditional ? reals.classNames.length : undefined;
  return async (sampler) => {
    const { extractors } = await evaluation.evaluate(sampler, { latentDim, numClasses });
    return evaluationMetrics(extractors[0]!);
  };
}
