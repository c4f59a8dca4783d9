/**
 * Training the MLP-MixGAN: alternating updates, pictures from fixed latents, metrics.
 */

import { type HostTensor, scalar } from '../src/compile/step.js';
import { gatherBytes } from '../src/data/batches.js';
import type { ImageDataset } from '../src/data/dataset.js';
import type { BatchFeed } from '../src/data/feed.js';
import type { Engine } from '../src/engine/engine.js';
import { imageGrid } from '../src/image/grid.js';
import { writePng } from '../src/image/png.js';
import { RandomStream } from '../src/random.js';
import { emaDecayAt } from '../src/train/ema.js';
import {
  type LoopResult,
  type Trainee,
  type TrainingOptions,
  trainLoop,
} from '../src/train/loop.js';
import type { RunObserver } from '../src/train/observer.js';
import type { RunFolder } from '../src/train/run-folder.js';
import { learningRate } from '../src/train/schedule.js';
import { feedGanBatches, type GanBatch } from './batches.js';
import type { GanConfig } from './config.js';
import { Diagnosis } from './diagnosis.js';
import { describeEvaluation } from './evaluate.js';
import { Gan, imageShapeOf, numClassesOf } from './gan.js';
import { createSampler, drawLatents, type Sampler } from './sample.js';
import { discriminatorStep, generatorStep, probeStep } from './steps.js';

/** Pictures in a grid of samples: so many rows and columns. */
const gridSide = 8;

export interface TrainGanOptions extends TrainingOptions {
  readonly config: GanConfig;
  readonly reals: ImageDataset;
  /** Never trained on: shows whether the discriminator learns the training images by heart. */
  readonly heldOut: ImageDataset;
  readonly engine: Engine;
  /**
   * Scores the generator every `evaluateEvery` steps and at the end; what it returns is logged. It
   * must not depend on anything but the sampler, or a resumed run would differ.
   */
  readonly evaluate?: ((sampler: Sampler) => Promise<Record<string, number>>) | undefined;
}

/**
 * Trains and fills the run's folder: `reals.png`, `fakes-NNNNNN.png`, metrics, checkpoint.
 *
 * @throws UsageError when the models do not fit the images; InputError when these are neither grey
 *   nor RGB; DivergedError, OutputError as `trainLoop`
 */
export async function trainGan(options: TrainGanOptions): Promise<LoopResult> {
  const { config, reals, heldOut, engine, run, evaluate, observer } = options;
  const imageShape = imageShapeOf(reals);
  const numClasses = numClassesOf(config, reals);
  const gan = new Gan(config, imageShape, numClasses);
  const feed = feedGanBatches({ config, reals, heldOut });
  try {
    observer?.models({
      generator: gan.generator.model,
      discriminator: gan.discriminator.model,
    });
    if (options.from === undefined) await drawReals(reals, run, observer);
    return await trainLoop({
      ...options,
      config: { ...config, task: { imageShape, classNames: reals.classNames } },
      trainee: ganTrainee(gan, config, { reals, feed }, engine, run, { evaluate, observer }),
      schedule: { ...config, milestoneEvery: config.pictureEvery },
    });
  } finally {
    gan.dispose();
    await feed.close();
  }
}

/** The GAN as the loop sees it; every step is a function of (configuration, weights, step). */
export function ganTrainee(
  gan: Gan,
  config: GanConfig,
  { reals, feed }: { reals: ImageDataset; feed: BatchFeed<GanBatch> },
  engine: Engine,
  run: RunFolder,
  { evaluate, observer }: Pick<TrainGanOptions, 'evaluate' | 'observer'> = {},
): Trainee {
  const { loss, penalty, optimiser } = config;
  const random = RandomStream.fromSeed(config.seed);
  const updateDiscriminator = {
    plain: engine.compile(discriminatorStep(gan, { loss, penalty, penalised: false })),
    penalised: engine.compile(discriminatorStep(gan, { loss, penalty, penalised: true })),
  };
  const updateGenerator = engine.compile(generatorStep(gan, { loss }));
  const probe = engine.compile(probeStep(gan));
  const sample = createSampler(engine, gan.generator.evaluated.model);
  const pictures = fixedPictures(config, reals, random.split('pictures'));
  const diagnosis = new Diagnosis(loss);

  return {
    kind: 'gan',
    variables: gan.state,
    async step(step) {
      const batch = await feed.next(step);
      const rate = (base: number): HostTensor =>
        scalar(
          learningRate(step, {
            base,
            final: base * optimiser.finalShare,
            warmupSteps: Math.min(optimiser.warmupSteps, config.steps),
            totalSteps: config.steps,
          }),
        );
      // Before the updates: their losses and logits, too, are those of the weights as they were.
      const looks =
        batch.heldOut && numbers(await probe({ ...batch.discriminator, ...batch.heldOut }));
      const penalised = penalty.kind !== 'none' && (step + 1) % penalty.every === 0;
      const d = await updateDiscriminator[penalised ? 'penalised' : 'plain']({
        ...batch.discriminator,
        learningRate: rate(optimiser.discriminatorRate),
      });
      const g = await updateGenerator({
        ...batch.generator,
        learningRate: rate(optimiser.generatorRate),
        emaDecay: scalar(emaDecayAt(step, config.emaDecay)),
      });
      const logged = { ...named('discriminator', d), ...named('generator', g) };
      if (looks === undefined) return logged;
      const { heldOutLogit, ...others } = looks;
      return { ...logged, 'discriminator.heldOutLogit': heldOutLogit!, ...others };
    },
    async milestone(taken) {
      const pixels = await sample(pictures.latents, pictures.labels);
      const picture = gridOf(pixels, reals, pictures.columns);
      await writePng(run.fakesPath(taken), picture);
      observer?.picture('fakes', taken, picture);
      // Of a generator that has diverged nothing can be said; the loop notices.
      const due = isEvaluated(taken, config) && pixels.every(Number.isFinite);
      return due ? ((await evaluate?.(sample)) ?? {}) : {};
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

/**
 * The latents that every picture of a run is drawn from: a square, or with classes a column for
 * each, where a row shares its latent.
 */
function fixedPictures(
  { generator, conditional }: GanConfig,
  reals: ImageDataset,
  random: RandomStream,
) {
  const { latentDim } = generator;
  if (!conditional) {
    return {
      latents: drawLatents(random, gridSide ** 2, latentDim),
      labels: undefined,
      columns: gridSide,
    };
  }
  const columns = reals.classNames.length;
  const rows = drawLatents(random, gridSide, latentDim);
  const latents = new Float32Array(gridSide * columns * latentDim);
  for (let i = 0; i < gridSide * columns; i++) {
    const row = Math.floor(i / columns) * latentDim;
    latents.set(rows.subarray(row, row + latentDim), i * latentDim);
  }
  const labels = Int32Array.from({ length: gridSide * columns }, (_, i) => i % columns);
  return { latents, labels, columns };
}

const numbers = (outputs: Record<string, HostTensor>): Record<string, number> =>
  Object.fromEntries(Object.entries(outputs).map(([name, { values }]) => [name, values[0]!]));

/** Scalars of a step as numbers, `PLAYER.NAME`. */
const named = (player: string, outputs: Record<string, HostTensor>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(numbers(outputs)).map(([name, value]) => [`${player}.${name}`, value]),
  );

async function drawReals(
  reals: ImageDataset,
  run: RunFolder,
  observer: RunObserver | undefined,
): Promise<void> {
  const order = RandomStream.fromSeed(0).split('reals').permutation(reals.count);
  const shown = order.subarray(0, gridSide ** 2);
  const picture = gridOf(gatherBytes(reals, shown), reals, gridSide);
  await writePng(run.realsPath, picture);
  observer?.picture('reals', 0, picture);
}

function gridOf(
  pixels: Float32Array | Uint8Array,
  { height, width, channels }: ImageDataset,
  columns: number,
) {
  const count = pixels.length / (height * width * channels);
  return imageGrid(pixels, {
    count,
    height,
    width,
    channels: channels === 1 ? 1 : 3,
    columns,
  });
}
