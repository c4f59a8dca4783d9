/**
 * Who judges the images of a GAN: classifiers, which the family is given, and when they can.
 */
import type { ImageDataset } from '../src/data/dataset.js';
import { digitNames } from '../src/data/mnist-package.js';
import type { Engine } from '../src/engine/engine.js';
import { UsageError } from '../src/errors.js';
import type { FeatureExtractor } from '../src/scores/features.js';
import type { Judges } from '../src/scores/judges.js';
import { percent } from '../src/text.js';
import { conditionsOf } from './condition.js';
import type { GanConfig } from './config.js';
import {
  createEvaluation,
  type Evaluation,
  evaluationMetrics,
  quickEvaluationProtocol,
  type Scores,
} from './evaluate.js';
import type { Evaluate } from './trainee.js';

export type { Judges };

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
  judges: Judges,
  engine: Engine,
  config: GanConfig,
  reals: ImageDataset,
): Promise<Evaluate> {
  const extractor = await judges.open(engine, judges.forDigits[0]!);
  const { evaluation, evaluate } = quickEvaluation(extractor, config, reals);
  for (const { floor } of await evaluation.floors()) {
    const few = tooFewRecognised(floor);
    if (few !== undefined) {
      throw noDigits(
        `of the images of ${reals.name} ${extractor.name} recognises ${few}`,
        config.evaluateEvery,
      );
    }
  }
  return evaluate;
}

/**
 * The quick scores of one extractor, for `trainGan`.
 * @throws InputError when it was trained on images of another kind
 */
export function quickEvaluation(
  extractor: FeatureExtractor,
  config: GanConfig,
  reals: ImageDataset,
): { readonly evaluation: Evaluation; readonly evaluate: Evaluate } {
  const evaluation = createEvaluation({
    extractors: [extractor],
    train: reals,
    protocol: quickEvaluationProtocol,
  });
  const { latentDim } = config.generator;
  const conditions = conditionsOf(config, reals);
  const evaluate: Evaluate = async (sampler) => {
    const { extractors } = await evaluation.evaluate(sampler, { latentDim, conditions });
    return evaluationMetrics(extractors[0]!);
  };
  return { evaluation, evaluate };
}
