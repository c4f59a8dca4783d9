/**
 * Training the Mixer classifier: cross-entropy, Adam, warm-up and cosine, mixup, small affine maps.
 */
import type { ImageDataset } from '../src/data/dataset.js';
import { prefetched } from '../src/data/prefetch.js';
import { type Engine, scalar } from '../src/engine/engine.js';
import { RandomStream } from '../src/random.js';
import { Adam } from '../src/train/adam.js';
import {
  type LoopResult,
  type Trainee,
  type TrainingOptions,
  trainLoop,
} from '../src/train/loop.js';
import { learningRate } from '../src/train/schedule.js';
import { mergeVariables } from '../src/train/variables.js';
import { trainingBatches } from './batches.js';
import type { ClassifierConfig } from './config.js';
import { createPredictor, evaluateClassifier } from './evaluate.js';
import { buildClassifier, type Classifier, taskOf } from './model.js';
import { classifierStep } from './step.js';

export interface TrainClassifierOptions extends TrainingOptions {
  readonly config: ClassifierConfig;
  readonly train: ImageDataset;
  /** Never trained on; the accuracy on it is logged. */
  readonly test: ImageDataset;
  readonly engine: Engine;
}

/**
 * @throws UsageError when the model does not fit the images; InputError when these have no labels;
 *   DivergedError, OutputError as `trainLoop`
 */
export async function trainClassifier(options: TrainClassifierOptions): Promise<LoopResult> {
  const { config, train, test, engine } = options;
  const classifier = buildClassifier(config, taskOf(train));
  const { beta1, beta2 } = config.optimiser;
  const adam = new Adam('adam', classifier.variables, { beta1, beta2 });
  try {
    return await trainLoop({
      ...options,
      config: { ...config, task: classifier.task },
      trainee: classifierTrainee(classifier, adam, config, { train, test }, engine),
      schedule: { ...config, milestoneEvery: config.evaluateEvery },
    });
  } finally {
    classifier.model.dispose();
    adam.dispose();
  }
}

/** The classifier as the loop sees it; every step is a function of (configuration, weights, step). */
export function classifierTrainee(
  { model, variables }: Classifier,
  adam: Adam,
  config: ClassifierConfig,
  { train, test }: { train: ImageDataset; test: ImageDataset },
  engine: Engine,
): Trainee {
  const random = RandomStream.fromSeed(config.seed);
  const next = prefetched(trainingBatches(config, train, random), { from: 0, depth: 1 });
  const update = engine.compile(classifierStep(model, variables, adam));
  const predict = createPredictor(engine, model);
  const { rate, finalShare, warmupSteps } = config.optimiser;
  const schedule = {
    base: rate,
    final: rate * finalShare,
    warmupSteps: Math.min(warmupSteps, config.steps),
    totalSteps: config.steps,
  };
  return {
    kind: 'classifier',
    variables: mergeVariables(variables, adam.state),
    async step(step) {
      const batch = await next.next(step);
      const outputs = await update({
        ...batch,
        learningRate: scalar(learningRate(step, schedule)),
      });
      return { loss: outputs.loss!.values[0]!, gradientNorm: outputs.gradientNorm!.values[0]! };
    },
    async milestone() {
      const { accuracy, crossEntropy } = await evaluateClassifier(predict, test);
      return { testAccuracy: accuracy, testCrossEntropy: crossEntropy };
    },
    headline: ({ loss }) => ({ loss: loss! }),
  };
}
