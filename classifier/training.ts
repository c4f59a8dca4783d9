import { remarksOnClasses, requireClasses } from '../src/data/classes.js';
import type { Training } from '../src/family/family.js';
import { percent } from '../src/text.js';
import { requireInSight } from './augmentation.js';
import { classWeightsOf } from './class-weights.js';
import type { ClassifierConfig } from './config.js';
import { type Pretrained, readPretrained } from './finetune.js';
import { taskOf } from './model.js';
import { summariseClassifier } from './summary.js';
import { type ClassifierResult, trainClassifier } from './train.js';

/** Weights that were read to check that they fit, so that training need not read them again. */
const checked = new WeakMap<ClassifierConfig, Pretrained>();

export const classifierTraining: Training<ClassifierConfig, ClassifierResult> = {
  input(_config, images) {
    const { imageShape, classNames } = taskOf(images);
    return { imageShape, numClasses: classNames.length };
  },
  summarise: summariseClassifier,
  // Weights, gradients and two moments; averages, and gradients of several batches.
  copies: ({ emaDecay, accumulate }) => 4 + +(emaDecay > 0) + +(accumulate > 1),
  shares: true,
  batches: ({ batchSize, accumulate }) => ({ images: batchSize, passes: accumulate }),
  async check(config, { train }, isNew) {
    requireClasses(train);
    requireInSight(config.augmentation, train);
    classWeightsOf(config.classWeights, train);
    if (!isNew) return [];
    const pretrained = await readPretrained(config, taskOf(train));
    if (pretrained !== undefined) checked.set(config, pretrained);
    return remarksOnClasses(train);
  },
  train: async (config, data, { begin }) =>
    trainClassifier({ ...(await begin()), config, data, pretrained: checked.get(config) }),
  describe(result, run) {
    const { best } = result as Partial<ClassifierResult>;
    const accuracy = result.metrics.testAccuracy!;
    const isBetter = best !== undefined && best.accuracy > accuracy;
    const better = isBetter ? `; ${percent(best.accuracy)} after step ${best.step} (--best)` : '';
    return `${percent(accuracy)} of the held-out images are recognised${better}; more: mixgan evaluate ${run}`;
  },
};
