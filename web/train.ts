/**
 * Training a GAN in a page: the same loop, players, updates and batches as everywhere, with arrays in
 * place of files.
 */

import { ganBatches } from '../gan/batches.js';
import type { GanConfig } from '../gan/config.js';
import {
  assignFeatureWeights,
  type FeatureWeights,
  requireFeatureNetwork,
} from '../gan/feature-network.js';
import { Gan, imageShapeOf, numClassesOf, taskOf } from '../gan/gan.js';
import { pictureOfReals } from '../gan/pictures.js';
import { type Evaluate, ganTrainee, requireScores } from '../gan/trainee.js';
import type { DatasetSplits } from '../src/data/dataset.js';
import type { Engine } from '../src/engine/engine.js';
import { scopeOf } from '../src/engine/scope.js';
import type { Picture } from '../src/image/png.js';
import { type LoopResult, type TrainingOptions, trainLoop } from '../src/train/loop.js';
import { feedHere } from './feed.js';
import { openPageRecord, type Watcher } from './record.js';

export interface TrainInPageOptions
  extends Watcher,
    Pick<TrainingOptions, 'from' | 'minutes' | 'signal' | 'onStep'> {
  readonly config: GanConfig;
  /** What is learnt, and what is never trained on. */
  readonly data: DatasetSplits;
  /** What computes: `await openPageEngine(wasmRuntime(ort))`. */
  readonly engine: Engine;
  /** Scores the generator every `evaluateEvery` steps; needed where the configuration asks for it. */
  readonly evaluate?: Evaluate | undefined;
  /**
   * Of `discriminator.featureNetwork`; needed for a new training of a configuration that has one. What
   * `trainFeatureNetwork` of `mixgan/classifier` returned elsewhere.
   */
  readonly featureWeights?: FeatureWeights | undefined;
  /**
   * @param name what is shown: real images once, and fakes of the same latents every `pictureEvery`
   *   steps
   * @param taken how many steps have been taken
   */
  readonly onPicture?:
    | ((name: 'reals' | 'fakes', taken: number, picture: Picture) => void | Promise<void>)
    | undefined;
}

/**
 * Trains until the steps are done, the time is up, or it is asked to stop; a training that goes on
 * `from` a checkpoint goes through what one that never stopped would have.
 *
 * It computes on the thread that calls it: call it in a Worker, or the page stands still.
 *
 * @throws UsageError when the models do not fit the images, or nothing can give the scores that
 *   `evaluateEvery` asks for, or has learnt what `discriminator.featureNetwork` is to know; InputError when
 *   the images are neither grey nor RGB, or `from` is of another model; DivergedError as `trainLoop`;
 *   CompileError as EngineError when the runtime fails
 */
export async function trainGan(options: TrainInPageOptions): Promise<LoopResult> {
  const { config, data, evaluate, featureWeights, onPicture } = options;
  requireScores(config, evaluate);
  if (options.from === undefined) requireFeatureNetwork(config.discriminator, featureWeights);
  const imageShape = imageShapeOf(data.train);
  const engine = scopeOf(options.engine);
  const gan = new Gan(config, imageShape, numClassesOf(config, data.train));
  try {
    assignFeatureWeights(gan.discriminator, featureWeights);
    await onPicture?.('reals', options.from?.step ?? 0, pictureOfReals(data.train));
    const trainee = ganTrainee(gan, config, engine, {
      reals: data.train,
      feed: feedHere(ganBatches({ config, reals: data.train, heldOut: data.test })),
      evaluate,
      show: async (taken, picture) => onPicture?.('fakes', taken, picture),
    });
    return await trainLoop(
      {
        ...options,
        config: { ...config, task: taskOf(config, data.train) },
        trainee,
        schedule: { ...config, milestoneEvery: config.pictureEvery },
      },
      () => openPageRecord(options),
    );
  } finally {
    await engine.dispose();
    gan.dispose();
  }
}
