/**
 * A GAN in training as the loop sees it: both players' updates of a step, the looks at them that are
 * logged, and pictures from fixed latents.
 */
import { takesPenalty } from '../src/adversarial/penalty.js';
import { type HostTensor, type StepInput, scalar } from '../src/compile/step.js';
import type { ImageDataset } from '../src/data/dataset.js';
import type { BatchFeed } from '../src/data/feed.js';
import type { Engine } from '../src/engine/engine.js';
import { UsageError } from '../src/errors.js';
import type { Picture } from '../src/image/png.js';
import { merged } from '../src/objects.js';
import { RandomStream } from '../src/random.js';
import { emaDecayAt } from '../src/train/ema.js';
import type { Trainee } from '../src/train/loop.js';
import { learningRate } from '../src/train/schedule.js';
import { shareOf } from '../src/train/share.js';
import { Team } from '../src/train/team.js';
import type { GanBatch } from './batches.js';
import type { GanConfig } from './config.js';
import { Diagnosis } from './diagnosis.js';
import { describeEvaluation } from './evaluation-text.js';
import type { Gan } from './gan.js';
import { fixedLatents, gridOf } from './pictures.js';
import { recognitionOf } from './recognition.js';
import { createSampler, type Sampler } from './sample.js';
import { probeStep } from './steps.js';
import { compileGanStep } from './updates.js';

/** Scores the generator whose pictures it is given. */
export type Evaluate = (sampler: Sampler) => Promise<Record<string, number>>;

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

/** What a GAN is trained with, and what looks at it. */
export interface Surroundings {
  readonly reals: ImageDataset;
  readonly feed: BatchFeed<GanBatch>;
  readonly evaluate: Evaluate | undefined;
  /** Is given a picture of fakes, and the number of steps taken. */
  readonly show: (taken: number, picture: Picture) => Promise<void>;
  /** Whose ranks share each batch. */
  readonly team?: Team | undefined;
}

/** The GAN as the loop sees it; every step is a function of (configuration, weights, step). */
export function ganTrainee(
  gan: Gan,
  config: GanConfig,
  engine: Engine,
  { reals, feed, evaluate, show, team = new Team() }: Surroundings,
): Trainee {
  const { loss, penalty, optimiser } = config;
  const update = compileGanStep(
    engine,
    gan,
    { ...config, recognition: recognitionOf(config, reals) },
    team,
  );
  const probe = engine.compile(probeStep(gan));
  const sample = createSampler(engine, gan.generator.evaluated.model);
  const fixed = fixedLatents(config, reals, RandomStream.fromSeed(config.seed).split('pictures'));
  const diagnosis = new Diagnosis(loss, { recognises: config.recognitionWeight > 0 });
  const fallen = (step: number, base: number, finalShare: number, warmupSteps = 0): HostTensor =>
    scalar(
      learningRate(step, {
        ...{ base, final: base * finalShare, totalSteps: config.steps },
        warmupSteps: Math.min(warmupSteps, config.steps),
      }),
    );
  const rateAt = (step: number, base: number): HostTensor =>
    fallen(step, base, optimiser.finalShare, optimiser.warmupSteps);

  /** Of a team, the mean of what each finds in its share. */
  const look = async (seen: Readonly<Record<string, StepInput>>) => {
    const own = shareOf(seen, config.batchSize, team);
    return team.mean(numbers(await probe(own)), own.latents!.shape[0]!);
  };

  return {
    kind: 'gan',
    variables: gan.state,
    async step(step) {
      const batch = await feed.next(step);
      // Before the updates: their losses and logits, too, are those of the weights as they were.
      const seen = batch.heldOut && merged(batch.discriminator, batch.heldOut);
      const looks = seen && (await look(seen));
      const penalised = takesPenalty(penalty, step);
      const given =
        penalised && penalty.finalShare < 1 && penalty.gamma > 0
          ? { gamma: fallen(step, penalty.gamma, penalty.finalShare) }
          : {};
      const batches = { ...batch, discriminator: merged(batch.discriminator, given) };
      const outputs = await update(penalised, batches, {
        discriminatorRate: rateAt(step, optimiser.discriminatorRate),
        generatorRate: rateAt(step, optimiser.generatorRate),
        emaDecay: scalar(emaDecayAt(step, config.emaDecay)),
      });
      const logged = numbers(outputs);
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
    disorders: () => diagnosis.present(),
    dataWait: () => feed.waitShare(),
  };
}

const isEvaluated = (taken: number, { evaluateEvery, steps }: GanConfig): boolean =>
  evaluateEvery > 0 && taken > 0 && (taken === steps || taken % evaluateEvery === 0);

const numbers = (outputs: Record<string, HostTensor>): Record<string, number> =>
  Object.fromEntries(Object.entries(outputs).map(([name, { values }]) => [name, values[0]!]));
