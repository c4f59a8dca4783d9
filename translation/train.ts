/**
 * Training a translation: both updates again and again, pictures of held-out images, metrics.
 */
import type { DatasetSplits } from '../src/data/dataset.js';
import { scopeOf } from '../src/engine/scope.js';
import { type Picture, writePng } from '../src/image/png.js';
import { FolderRecord } from '../src/train/folder-record.js';
import { type LoopResult, type TrainingOptions, trainLoop } from '../src/train/loop.js';
import { requireShares } from '../src/train/share.js';
import { Team } from '../src/train/team.js';
import type { TranslationConfig } from './config.js';
import { domainsOf, imageShapeOf, numClassesOf } from './domains.js';
import { feedTranslationBatches } from './feed.js';
import { pictureOfDomains, shownImages } from './pictures.js';
import { translationTrainee } from './trainee.js';
import { Translation } from './translation.js';

export interface TrainTranslationOptions extends TrainingOptions {
  readonly config: TranslationConfig;
  /** Of two classes, A and B: what is learned from, and what the pictures of the run show. */
  readonly data: DatasetSplits;
}

/**
 * Trains, and fills the run's folder where there is one: `reals.png`, `fakes-NNNNNN.png`, metrics,
 * checkpoint.
 *
 * @throws UsageError when the models do not fit the images; InputError when the images are not of two
 *   classes, or neither grey nor RGB; DivergedError, OutputError as `trainLoop`
 */
export async function trainTranslation(options: TrainTranslationOptions): Promise<LoopResult> {
  const { config, data, run, observer, team = new Team() } = options;
  team.inCommon(() => requireShares(config.batchSize, team));
  const imageShape = imageShapeOf(data.train);
  const [train, test] = [domainsOf(data.train), domainsOf(data.test)];
  const numClasses = numClassesOf(config, train.a);
  const engine = scopeOf(options.engine);
  const translation = await team.together(() => new Translation(config, imageShape, numClasses));
  const feed = feedTranslationBatches({ config, train });
  const show = async (name: 'reals' | 'fakes', taken: number, picture: Picture): Promise<void> => {
    if (run) await writePng(name === 'reals' ? run.realsPath : run.fakesPath(taken), picture);
    observer?.picture(name, taken, picture);
  };
  try {
    const { aToB, bToA, discriminatorA, discriminatorB } = translation;
    observer?.models({
      ...{ aToB: aToB.model, bToA: bToA.model },
      ...{ discriminatorA: discriminatorA.model, discriminatorB: discriminatorB.model },
    });
    if (options.from === undefined) {
      await team.lead(() => show('reals', 0, pictureOfDomains(train)));
    }
    const trainee = translationTrainee(translation, config, engine, {
      ...{ like: train.a, feed, shown: shownImages(test), team },
      show: (taken, picture) => show('fakes', taken, picture),
    });
    const task = { imageShape, domainNames: data.train.classNames };
    return await trainLoop(
      {
        ...options,
        config: { ...config, task },
        trainee,
        schedule: { ...config, milestoneEvery: config.pictureEvery },
      },
      FolderRecord.open,
    );
  } finally {
    await engine.dispose();
    translation.dispose();
    await feed.close();
  }
}
