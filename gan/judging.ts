/**
 * Who judges the images of a GAN: classifiers, which the family is given, and when they can.
 */

import { sameNames } from '../src/data/attributes.js';
import type { Condition } from '../src/data/conditions.js';
import { type DatasetSplits, type ImageDataset, labelledBy } from '../src/data/dataset.js';
import { digitNames } from '../src/data/mnist-package.js';
import type { Engine } from '../src/engine/engine.js';
import { UsageError } from '../src/errors.js';
import type { FeatureExtractor } from '../src/scores/features.js';
import type { Judges } from '../src/scores/judges.js';
import { percent } from '../src/text.js';
import type { AttributeReaders } from './attribute-scores.js';
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

/** What `attributeReaders` looks for, and where. */
export interface ReadersRequest {
  readonly conditions: readonly Condition[];
  readonly data: DatasetSplits;
  /** Those there are already: one that tells an attribute's values reads it. */
  readonly extractors: readonly FeatureExtractor[];
  /** As for extractors of the data. */
  readonly asked: Parameters<Judges['ofData']>[2];
}

/** Who reads the attributes that a generator is asked for, as far as there are such, or they are to be trained. */
export async function attributeReaders(
  { ofData }: Judges,
  engine: () => Promise<Engine>,
  { conditions, data: { train, test }, extractors, asked }: ReadersRequest,
): Promise<AttributeReaders> {
  const readers = new Map<string, FeatureExtractor>();
  const source = asked.source.replace(/#\w+$/, '');
  for (const { name, values } of conditions) {
    if (name === undefined) continue;
    const by = (data: ImageDataset, part: string): ImageDataset => ({
      ...labelledBy(data, name),
      name: `${source}#${name} ${part}`,
    });
    const reader =
      extractors.find(({ task }) => sameNames(task.classNames, values)) ??
      (
        await ofData(
          engine,
          { train: by(train, 'train'), test: by(test, 'test') },
          { ...asked, source: `${source}#${name}`, kinds: ['attribute'] },
        )
      )?.[0];
    if (reader !== undefined) readers.set(name, reader);
  }
  return readers;
}
