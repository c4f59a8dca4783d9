import { remarksOnClasses } from '../src/data/classes.js';
import type { DatasetSplits, ImageDataset } from '../src/data/dataset.js';
import type { Training, TrainingContext } from '../src/family/family.js';
import type { TrainFeatureNetwork } from '../src/scores/judges.js';
import { broadcastTensors } from '../src/train/broadcast.js';
import type { GanConfig } from './config.js';
import { type FeatureWeights, featureNetworkOf, requireFeatureNetwork } from './feature-network.js';
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
  async train(config, data, context) {
    const { engine, begin } = context;
    const evaluate =
      config.evaluateEvery === 0
        ? undefined
        : await trainingEvaluation(await judges(), engine, config, data.train);
    const featureWeights = await featureWeightsFor(config, data, context, async (...asked) =>
      (await judges()).featureNetwork(...asked),
    );
    return trainGan({ ...(await begin()), config, data, evaluate, featureWeights });
  },
});

/**
 * What the discriminator is to know of the images before it sees a fake; rank 0 finds it out for all.
 * @throws UsageError where there is nothing to train it
 */
export async function featureWeightsFor(
  { data: source, discriminator }: GanConfig,
  data: DatasetSplits,
  { engine, isNew, team, say, watching }: TrainingContext,
  trainNetwork: TrainFeatureNetwork | undefined,
): Promise<FeatureWeights | undefined> {
  const network = featureNetworkOf(discriminator);
  if (network === undefined || !isNew) return undefined;
  requireFeatureNetwork(discriminator, trainNetwork);
  const own = await team.lead(() =>
    trainNetwork!(engine, data, network, { source, say, ...watching }),
  );
  return broadcastTensors(team, own);
}
