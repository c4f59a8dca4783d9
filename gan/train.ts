/**
 * Training the MLP-MixGAN: alternating updates, pictures from fixed latents, metrics.
 */
import { type HostTensor, scalar } from '../src/compile/step.js';
import type { DatasetSplits, ImageDataset } from '../src/data/dataset.js';
import type { BatchFeed } from '../src/data/feed.js';
import type { Engine } from '../src/engine/engine.js';
import { scopeOf } from '../src/engine/scope.js';
import { UsageError } from '../src/errors.js';
import { type Picture, writePng } from '../src/image/png.js';
import { merged } from '../src/objects.js';
import { RandomStream } from '../src/random.js';
import { emaDecayAt } from '../src/train/ema.js';
import {
  type LoopResult,
  type Trainee,
  type TrainingOptions,
  trainLoop,
} from '../src/train/loop.js';
import { learningRate } from '../src/train/schedule.js';
import { feedGanBatches, type GanBatch } from './batches.js';
import type { GanConfig } from './config.js';
import { Diagnosis } from './diagnosis.js';
import { describeEvaluation } from './evaluate.js';
import { Gan, imageShapeOf, numClassesOf } from './gan.js';
import { fixedLatents, gridOf, pictureOfReals } from './pictures.js';
import { createSampler, type Sampler } from './sample.js';
import { compileUpdates, probeStep } from './steps.js';

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
}

/** Scores the generator whose pictures it is given. */
export type Evaluate = (sampler: Sampler) => Promise<Record<string, number>>;

/**
 * Trains, and fills the run's folder where there is one: `reals.png`, `fakes-NNNNNN.png`, metrics,
 * checkpoint.
 *
 * @throws UsageError when the models do not fit the images, or nothing can give the scores that
 *   `evaluateEvery` asks for; InputError when the images are neither grey nor RGB; DivergedError,
 *   OutputError as `trainLoop`
 */
export async function trainGan(options: TrainGanOptions): Promise<LoopResult> {
  const { config, data, run, evaluate, observer } = options;
  requireScores(config, evaluate);
  const imageShape = imageShapeOf(data.train);
  const engine = scopeOf(options.engine);
  const gan = new Gan(config, imageShape, numClassesOf(config, data.train));
  const feed = feedGanBatches({ config, reals: data.train, heldOut: data.test });
  const show = async (name: 'reals' | 'fakes', taken: number, picture: Picture): Promise<void> => {
    if (run) await writePng(name === 'reals' ? run.realsPath : run.fakesPath(taken), picture);
    observer?.picture(name, taken, picture);
  };
  try {
    observer?.models({
      generator: gan.generator.model,
      discriminator: gan.discriminator.model,
    });
    if (options.from === undefined) await show('reals', 0, pictureOfReals(data.train));
    const trainee = ganTrainee(gan, config, engine, {
      ...{ reals: data.train, feed, evaluate },
      show: (taken, picture) => show('fakes', taken, picture),
    });
    return await trainLoop({
      ...options,
      config: { ...config, task: { imageShape, classNames: data.train.classNames } },
      trainee,
      schedule: { ...config, milestoneEvery: config.pictureEvery },
    });
  } finally {
    await engine.dispose();
    gan.dispose();
    await feed.close();
  }
}

/**
 * @param by what could give scores
 * @throws UsageError when scores are asked for and there is no such thing
 */
export function requireScores({ evaluateEvery }: GanConfig, by: unknown): void {
  if (evaluateEvery === 0 || by !== undefined) return;
  throw new UsageError(
    `evaluateEvery=${evaluateEvery}: nothing was given that scores pictures; give an extractor of features, or set it to 0`,
  );
}

interface Surroundings {
  readonly reals: ImageDataset;
  readonly feed: BatchFeed<GanBatch>;
  readonly evaluate: Evaluate | undefined;
  /** Is given a picture of fakes, and the number of steps taken. */
  readonly show: (taken: number, picture: Picture) => Promise<void>;
}

/** The GAN as the loop sees it; every step is a function of (configuration, weights, step). */
function ganTrainee(
  gan: Gan,
  config: GanConfig,
  engine: Engine,
  { reals, feed, evaluate, show }: Surroundings,
): Trainee {
  const { loss, penalty, optimiser } = config;
  const update = compileUpdates(engine, gan, config);
  const probe = engine.compile(probeStep(gan));
  const sample = createSampler(engine, gan.generator.evaluated.model);
  const fixed = fixedLatents(config, reals, RandomStream.fromSeed(config.seed).split('pictures'));
  const diagnosis = new Diagnosis(loss);
  const rateAt = (step: number, base: number): HostTensor =>
    scalar(
      learningRate(step, {
        base,
        final: base * optimiser.finalShare,
        warmupSteps: Math.min(optimiser.warmupSteps, config.steps),
        totalSteps: config.steps,
      }),
    );

  return {
    kind: 'gan',
    variables: gan.state,
    async step(step) {
      const batch = await feed.next(step);
      // Before the updates: their losses and logits, too, are those of the weights as they were.
      const looks =
        batch.heldOut && numbers(await probe(merged(batch.discriminator, batch.heldOut)));
      const penalised = penalty.kind !== 'none' && (step + 1) % penalty.every === 0;
      const learningRate = rateAt(step, optimiser.discriminatorRate);
      const d = await update.discriminator[penalised ? 'penalised' : 'plain'](
        merged(batch.discriminator, { learningRate }),
      );
      const rates = {
        learningRate: rateAt(step, optimiser.generatorRate),
        emaDecay: scalar(emaDecayAt(step, config.emaDecay)),
      };
      const g = await update.generator(merged(batch.generator, rates));
      const logged = merged(named('discriminator', d), named('generator', g));
      if (looks === undefined) return logged;
      const { heldOutLogit, ...others } = looks;
      return merged(logged, { 'discriminator.heldOutLogit': heldOutLogit! }, others);
    },
    async milestone(taken) {
      const pixels = await sample(fixed.latents, fixed.labels);
      await show(taken, gridOf(pixels, reals, fixed.columns));
      // Of a generator that has diverged nothing can be said; the loop notices.
      const due = isEvaluated(taken, config) && pixels.every(Number.isFinite);
      return due ? evaluate!(sample) : {};
    },
    headline: (metrics) => ({
      d: metrics['discriminator.loss']!,
      g: metrics['generator.loss']!,
    }),
    advise(_taken, metrics) {
      if ('evaluation.frechet' in metrics) return [describeEvaluation(metrics)];
      return 'generator.loss' in metrics ? diagnosis.observe(metrics) : [];
    },
    dataWait: () => feed.waitShare(),
  };
}

const isEvaluated = (taken: number, { evaluateEvery, steps }: GanConfig): boolean =>
  evaluateEvery > 0 && taken > 0 && (taken === steps || taken % evaluateEvery === 0);

const numbers = (outputs: Record<string, HostTensor>): Record<string, number> =>
  Object.fromEntries(Object.entries(outputs).map(([name, { values }]) => [name, values[0]!]));

/** Scalars of a step as numbers, `PLAYER.NAME`. */
const named = (player: string, outputs: Record<string, HostTensor>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(numbers(outputs)).map(([name, value]) => [`${player}.${name}`, value]),
  );
