/**
 * Training a classifier: batches and masks, updates, evaluations, the best weights so far.
 */

import { float32, type HostTensor, type StepInput, scalar } from '../src/compile/step.js';
import type { DatasetSplits, ImageDataset } from '../src/data/dataset.js';
import type { BatchFeed } from '../src/data/feed.js';
import type { Engine } from '../src/engine/engine.js';
import { scopeOf } from '../src/engine/scope.js';
import { imageGrid } from '../src/image/grid.js';
import type { Picture } from '../src/image/png.js';
import { drawMasks, type Mask } from '../src/mixer/dropout.js';
import { merged } from '../src/objects.js';
import { RandomStream } from '../src/random.js';
import { percent } from '../src/text.js';
import { type Checkpoint, saveCheckpoint } from '../src/train/checkpoint.js';
import { emaDecayAt } from '../src/train/ema.js';
import { FolderRecord } from '../src/train/folder-record.js';
import { readMetrics } from '../src/train/log.js';
import {
  type LoopResult,
  type Trainee,
  type TrainingOptions,
  trainLoop,
} from '../src/train/loop.js';
import type { Player } from '../src/train/player.js';
import { learningRate } from '../src/train/schedule.js';
import { requireShares } from '../src/train/share.js';
import { Team } from '../src/train/team.js';
import { compileUpdate } from '../src/train/update.js';
import { readVariables } from '../src/train/variables.js';
import { feedTrainingBatches, type TrainingBatch, trainingBatches } from './batches.js';
import { BestSoFar, type Score } from './best.js';
import { classWeightsOf } from './class-weights.js';
import type { ClassifierConfig } from './config.js';
import { createPredictor, evaluateClassifier } from './evaluate.js';
import { assignPretrained, type Pretrained, readPretrained } from './finetune.js';
import { taskOf } from './model.js';
import { classifierPlayer } from './player.js';
import { classifierUpdate, maskInput } from './step.js';

/** Of the first batch, in one picture. */
const shownImages = 64;

export interface TrainClassifierOptions extends TrainingOptions {
  readonly config: ClassifierConfig;
  /** What is learnt, and what is never trained on: the accuracy on it is logged. */
  readonly data: DatasetSplits;
  /** What `config.finetune` asks for, where it has been read. */
  readonly pretrained?: Pretrained | undefined;
}

export interface ClassifierResult extends LoopResult {
  /** The best evaluation; undefined before the first one. */
  readonly best: Score | undefined;
  /** The weights of that evaluation, where no run's folder keeps them. */
  readonly bestCheckpoint?: Checkpoint | undefined;
}

/**
 * Trains, and keeps the weights of the best evaluation beside the last ones. "Best" is chosen by the
 * very images that the accuracy is told of, and so flatters a little.
 *
 * @throws UsageError when the model or the class weights do not fit the images, or the weights to
 *   start from do not fit the model; InputError when the images have no labels; DivergedError,
 *   OutputError as `trainLoop`
 */
export async function trainClassifier(options: TrainClassifierOptions): Promise<ClassifierResult> {
  const { config, data, run, from, observer, team = new Team() } = options;
  team.inCommon(() => requireShares(config.batchSize, team));
  const engine = scopeOf(options.engine);
  const { train, test } = data;
  const task = taskOf(train, config.normalise);
  const classWeights = classWeightsOf(config.classWeights, train);
  const { normalisation } = task;
  const feed = feedTrainingBatches({ config, train, normalisation });
  const player = await team.together(() => classifierPlayer(config, task));
  const stored = { ...config, task };
  try {
    const pretrained =
      from === undefined ? (options.pretrained ?? (await readPretrained(config, task))) : undefined;
    if (pretrained !== undefined) assignPretrained(pretrained, player);
    const history = from && run ? await readMetrics(run.metricsPath, from.step) : [];
    const best = new BestSoFar(config.patience, history);
    let bestCheckpoint: Checkpoint | undefined;
    const keepBest = async (step: number): Promise<void> => {
      const variables = await readVariables(player.evaluated.variables);
      const checkpoint = { kind: 'classifier', step, config: stored, variables };
      if (run === undefined) bestCheckpoint = checkpoint;
      else await saveCheckpoint(run.bestPath, checkpoint);
    };
    const trainee = classifierTrainee(player, config, engine, {
      ...{ feed, test, classWeights, best, keepBest, team },
    });
    observer?.models({ classifier: player.model });
    const notes = pretrained === undefined ? [] : [pretrained.description];
    if (from === undefined && observer !== undefined) {
      const picture = firstBatch(config, train);
      if (picture !== undefined) observer.picture('training images', 0, picture);
      else notes.push(`images of ${train.channels} channels cannot be shown as pictures`);
    }
    const result = await trainLoop(
      {
        ...options,
        config: stored,
        trainee,
        schedule: { ...config, milestoneEvery: config.evaluateEvery },
        notes,
      },
      FolderRecord.open,
    );
    return { ...result, best: best.score, ...(bestCheckpoint && { bestCheckpoint }) };
  } finally {
    await engine.dispose();
    player.dispose();
    await feed.close();
  }
}

interface Surroundings {
  readonly feed: BatchFeed<TrainingBatch>;
  readonly test: ImageDataset;
  readonly classWeights: readonly number[] | undefined;
  /** Is told of every evaluation. */
  readonly best: BestSoFar;
  /** Called after the best evaluation so far, with its step. */
  readonly keepBest: (step: number) => Promise<void>;
  /** Whose ranks share each batch. */
  readonly team: Team;
}

/** The classifier as the loop sees it; every step is a function of (configuration, weights, step). */
function classifierTrainee(
  player: Player,
  config: ClassifierConfig,
  engine: Engine,
  { feed, test, classWeights, best, keepBest, team }: Surroundings,
): Trainee {
  const { accumulate, clipNorm, emaDecay } = config;
  const update = compileUpdate(
    engine,
    classifierUpdate(player, { clipNorm, classWeights }),
    accumulate,
    team,
  );
  const predict = createPredictor(engine, player.evaluated.model);
  const schedule = scheduleOf(config);
  const masks = RandomStream.fromSeed(config.seed).split('masks');
  /** What a pass over one batch takes, by the number of batches before it. */
  const inputs = async (index: number): Promise<Record<string, StepInput>> => {
    const batch = await feed.next(index);
    const drawn = drawMasks(player.model, config.batchSize, masks.split(index));
    return merged(batch, maskInputs(drawn));
  };

  return {
    kind: 'classifier',
    variables: player.state,
    async step(step) {
      const outputs = await update((i) => inputs(step * accumulate + i), {
        learningRate: scalar(learningRate(step, schedule)),
        ...(emaDecay > 0 ? { emaDecay: scalar(emaDecayAt(step, emaDecay)) } : {}),
      });
      return { loss: outputs.loss!.values[0]!, gradientNorm: outputs.gradientNorm!.values[0]! };
    },
    async milestone(taken) {
      const { accuracy, crossEntropy } = await evaluateClassifier(predict, test);
      // Of a model that has diverged nothing is worth keeping; the loop notices.
      if (best.observe({ step: taken, accuracy }) && Number.isFinite(crossEntropy)) {
        await keepBest(taken);
      }
      return { testAccuracy: accuracy, testCrossEntropy: crossEntropy };
    },
    headline: ({ loss }) => ({ loss: loss! }),
    advise(taken, { testAccuracy }) {
      if (testAccuracy === undefined || best.score?.step !== taken) return [];
      return [`${percent(testAccuracy)} recognised, the best so far`];
    },
    endsEarly: () => best.exhausted,
    dataWait: () => feed.waitShare(),
  };
}

/** Images of the first batch, augmented and mixed; undefined where no picture has their channels. */
function firstBatch(config: ClassifierConfig, train: ImageDataset): Picture | undefined {
  const { height, width, channels } = train;
  if (channels !== 1 && channels !== 3) return undefined;
  const { images } = trainingBatches({ config, train })(0);
  const count = Math.min(config.batchSize, shownImages);
  const pixels = images.values.subarray(0, count * height * width * channels);
  return imageGrid(pixels, { count, height, width, channels });
}

function scheduleOf({ optimiser, steps }: ClassifierConfig) {
  const { rate, finalShare, warmupSteps, schedule } = optimiser;
  return {
    shape: schedule,
    base: rate,
    final: rate * finalShare,
    warmupSteps: Math.min(warmupSteps, steps),
    totalSteps: steps,
  };
}

const maskInputs = (masks: readonly Mask[]): Record<string, HostTensor> =>
  Object.fromEntries(
    masks.map(({ layer, shape, values }) => [maskInput(layer), float32(shape, values)]),
  );
