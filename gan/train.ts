/**
 * Training the MLP-MixGAN: alternating updates, pictures from fixed latents, metrics.
 */
import type { DatasetSplits } from '../src/data/dataset.js';
import { scopeOf } from '../src/engine/scope.js';
import { type Picture, writePng } from '../src/image/png.js';
import { FolderRecord } from '../src/train/folder-record.js';
import { type LoopResult, type TrainingOptions, trainLoop } from '../src/train/loop.js';
import { requireShares } from '../src/train/share.js';
import { Team } from '../src/train/team.js';
import type { GanConfig } from './config.js';
import {
  assignFeatureWeights,
  type FeatureWeights,
  requireFeatureNetwork,
} from './feature-network.js';
import { feedGanBatches } from './feed.js';
import { Gan, imageShapeOf, numClassesOf, taskOf } from './gan.js';
import { pictureOfReals } from './pictures.js';
import { type Evaluate, ganTrainee, requireScores } from './trainee.js';

export interface TrainGanOptions extends TrainingOptions {
  readonly config: GanConfig;
  /**
   * What is learnt, and what is never trained on: that shows whether the discriminator learns the
   * training images by heart.
   */
  readonly data: DatasetSplits;
  /**
   * Scores the generator every `evaluateEvery` steps and at the end; what it returns is logged. It
   * must not depend on anything but the sampler, or a resumed run would differ.
   */
  readonly evaluate?: Evaluate | undefined;
  /** Of `discriminator.featureNetwork`, for a new training of a configuration that has one. */
  readonly featureWeights?: FeatureWeights | undefined;
}

/**
 * Trains, and fills the run's folder where there is one: `reals.png`, `fakes-NNNNNN.png`, metrics,
 * checkpoint.
 *
 * @throws UsageError when the models do not fit the images, or nothing can give the scores that
 *   `evaluateEvery` asks for, or has learnt what `discriminator.featureNetwork` is to know; InputError when
 *   the images are neither grey nor RGB; DivergedError, OutputError as `trainLoop`
 */
export async function trainGan(options: TrainGanOptions): Promise<LoopResult> {
  const { config, data, run, evaluate, featureWeights, observer, team = new Team() } = options;
  team.inCommon(() => {
    requireScores(config, evaluate);
    if (options.from === undefined) requireFeatureNetwork(config.discriminator, featureWeights);
    requireShares(config.batchSize, team);
  });
  const imageShape = imageShapeOf(data.train);
  const engine = scopeOf(options.engine);
  const gan = await team.together(
    () => new Gan(config, imageShape, numClassesOf(config, data.train)),
  );
  const feed = feedGanBatches({ config, reals: data.train, heldOut: data.test });
  const show = async (name: 'reals' | 'fakes', taken: number, picture: Picture): Promise<void> => {
    if (run) await writePng(name === 'reals' ? run.realsPath : run.fakesPath(taken), picture);
    observer?.picture(name, taken, picture);
  };
  try {
    assignFeatureWeights(gan.discriminator, featureWeights);
    observer?.models({
      generator: gan.generator.model,
      discriminator: gan.discriminator.model,
    });
    if (options.from === undefined) {
      await team.lead(() => show('reals', 0, pictureOfReals(data.train)));
    }
    const trainee = ganTrainee(gan, config, engine, {
      ...{ reals: data.train, feed, evaluate, team },
      show: (taken, picture) => show('fakes', taken, picture),
    });
    return await trainLoop(
      {
        ...options,
        config: { ...config, task: taskOf(config, data.train) },
        trainee,
        schedule: { ...config, milestoneEvery: config.pictureEvery },
      },
      FolderRecord.open,
    );
  } finally {
    await engine.dispose();
    gan.dispose();
    await feed.close();
  }
}
