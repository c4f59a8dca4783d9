/**
 * Training the MLP-MixGAN: alternating updates, pictures from fixed latents, metrics.
 */

import { Batches, gatherPixels } from '../src/data/batches.js';
import type { ImageDataset } from '../src/data/dataset.js';
import { prefetched } from '../src/data/prefetch.js';
import { type Engine, float32, type HostTensor, scalar } from '../src/engine/engine.js';
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
import type { RunFolder } from '../src/train/run-folder.js';
import { learningRate } from '../src/train/schedule.js';
import type { GanConfig } from './config.js';
import { Gan, imageShapeOf } from './gan.js';
import { createSampler, drawLatents } from './sample.js';
import { discriminatorStep, generatorStep } from './steps.js';

/** Pictures in a grid of samples: so many rows and columns. */
const gridSide = 8;

export interface TrainGanOptions extends TrainingOptions {
  readonly config: GanConfig;
  readonly reals: ImageDataset;
  readonly engine: Engine;
}

/**
 * Trains and fills the run's folder: `reals.png`, `fakes-NNNNNN.png`, metrics, checkpoint.
 *
 * @throws UsageError when the models do not fit the images; InputError when these are neither grey
 *   nor RGB; DivergedError, OutputError as `trainLoop`
 */
export async function trainGan(options: TrainGanOptions): Promise<LoopResult> {
  const { config, reals, engine, run } = options;
  const imageShape = imageShapeOf(reals);
  const gan = new Gan(config, imageShape);
  try {
    if (options.from === undefined) await drawReals(reals, run);
    return await trainLoop({
      ...options,
      config: { ...config, task: { imageShape } },
      trainee: ganTrainee(gan, config, reals, engine, run),
      schedule: { ...config, milestoneEvery: config.pictureEvery },
    });
  } finally {
    gan.dispose();
  }
}

/** The GAN as the loop sees it; every step is a function of (configuration, weights, step). */
export function ganTrainee(
  gan: Gan,
  config: GanConfig,
  reals: ImageDataset,
  engine: Engine,
  run: RunFolder,
): Trainee {
  const { batchSize, loss, penalty, optimiser } = config;
  const { latentDim } = config.generator;
  const random = RandomStream.fromSeed(config.seed);
  const batches = new Batches({ count: reals.count, batchSize, random: random.split('batches') });
  const imageShape = [batchSize, reals.height, reals.width, reals.channels];
  const next = prefetched(
    (step) => {
      const latents = random.split('latents').split(step);
      const draw = (player: string): HostTensor =>
        float32([batchSize, latentDim], drawLatents(latents.split(player), batchSize, latentDim));
      return {
        reals: float32(imageShape, gatherPixels(reals, batches.indices(step))),
        discriminatorLatents: draw('discriminator'),
        generatorLatents: draw('generator'),
      };
    },
    { from: 0, depth: 1 },
  );
  const updateDiscriminator = {
    plain: engine.compile(discriminatorStep(gan, { loss, penalty, penalised: false })),
    penalised: engine.compile(discriminatorStep(gan, { loss, penalty, penalised: true })),
  };
  const updateGenerator = engine.compile(generatorStep(gan, { loss }));
  const sample = createSampler(engine, gan.averaged);
  const fixedLatents = drawLatents(random.split('pictures'), gridSide ** 2, latentDim);

  return {
    kind: 'gan',
    variables: gan.variables(),
    async step(step) {
      const batch = await next.next(step);
      const rate = (base: number): HostTensor =>
        scalar(
          learningRate(step, {
            base,
            final: base * optimiser.finalShare,
            warmupSteps: Math.min(optimiser.warmupSteps, config.steps),
            totalSteps: config.steps,
          }),
        );
      const penalised = penalty.kind !== 'none' && (step + 1) % penalty.every === 0;
      const d = await updateDiscriminator[penalised ? 'penalised' : 'plain']({
        reals: batch.reals,
        latents: batch.discriminatorLatents,
        learningRate: rate(optimiser.discriminatorRate),
      });
      const g = await updateGenerator({
        reals: batch.reals,
        latents: batch.generatorLatents,
        learningRate: rate(optimiser.generatorRate),
        emaDecay: scalar(emaDecayAt(step, config.emaDecay)),
      });
      return { ...named('discriminator', d), ...named('generator', g) };
    },
    async milestone(taken) {
      const pixels = await sample(fixedLatents);
      await writePng(run.fakesPath(taken), gridOf(pixels, reals));
      return {};
    },
    headline: (metrics) => ({
      d: metrics['discriminator.loss']!,
      g: metrics['generator.loss']!,
    }),
  };
}

/** Scalars of a step as numbers, `PLAYER.NAME`. */
function named(player: string, outputs: Record<string, HostTensor>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { values }]) => [`${player}.${name}`, values[0]!]),
  );
}

async function drawReals(reals: ImageDataset, run: RunFolder): Promise<void> {
  const order = RandomStream.fromSeed(0).split('reals').permutation(reals.count);
  const shown = order.subarray(0, gridSide ** 2);
  await writePng(run.realsPath, gridOf(gatherPixels(reals, shown), reals));
}

function gridOf(pixels: Float32Array, { height, width, channels }: ImageDataset) {
  const count = pixels.length / (height * width * channels);
  return imageGrid(pixels, {
    count,
    height,
    width,
    channels: channels === 1 ? 1 : 3,
    columns: gridSide,
  });
}
