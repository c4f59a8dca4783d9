import { remarksOnClasses } from '../src/data/classes.js';
import type { ImageDataset } from '../src/data/dataset.js';
import type { Training } from '../src/family/family.js';
import type { GanConfig } from './config.js';
import { imageShapeOf, numClassesOf } from './gan.js';
import { type Judges, requireEvaluable, trainingEvaluation } from './judging.js';
import { summariseGan } from './summary.js';
import { trainGan } from './train.js';

/** What is known of a GAN's training, whoever scores it. */
export const trainingOf: Omit<Training<GanConfig>, 'train' | 'check'> = {
  input: (config, images) => ({
    imageShape: imageShapeOf(images),
    numClasses: numClassesOf(config, images) ?? 0,
  }),
  summarise: summariseGan,
  // Weights, gradients and two moments; the generator's average is small beside them.
  copies: () => 4,
  shares: true,
  // The discriminator sees reals and fakes, and then the generator's fakes once more.
  batches: ({ batchSize }) => ({ images: batchSize, passes: 3 }),
  describe: (_result, run) =>
    `pictures: ${run}/fakes-*.png; more: mixgan sample ${run} --count 64 --out samples.png`,
};

/** Lines for the user on what is to be learnt. */
export const remarksOn = (
  { conditional, attributes }: GanConfig,
  images: ImageDataset,
): string[] => (conditional && attributes.length === 0 ? remarksOnClasses(images) : []);

export const ganTraining = (judges: () => Promise<Judges>): Training<GanConfig> => ({
  ...trainingOf,
  async check(config, { train }) {
    requireEvaluable(config, train);
    return remarksOn(config, train);
  },
  async train(config, data, { engine, begin }) {
    const evaluate =
      config.evaluateEvery === 0
        ? undefined
        : await trainingEvaluation(await judges(), engine, config, data.train);
    return trainGan({ ...(await begin()), config, data, evaluate });
  },
});
