/**
 * Translation in training as the loop sees it: both updates of a step, the pools between them, pictures
 * of held-out images, and what goes wrong.
 */
import { eitherWay, takesPenalty } from '../src/adversarial/penalty.js';
import { float32, type HostTensor, type StepInput, scalar } from '../src/compile/step.js';
import type { ImageDataset } from '../src/data/dataset.js';
import type { BatchFeed } from '../src/data/feed.js';
import type { Engine } from '../src/engine/engine.js';
import type { Picture } from '../src/image/png.js';
import { merged } from '../src/objects.js';
import { emaDecayAt } from '../src/train/ema.js';
import type { Trainee } from '../src/train/loop.js';
import { Team } from '../src/train/team.js';
import { compileUpdate } from '../src/train/update.js';
import type { TranslationBatch } from './batches.js';
import type { TranslationConfig } from './config.js';
import { TranslationDiagnosis } from './diagnosis.js';
import { correlation, meanChange } from './likeness.js';
import { pictureOfTranslations, type ShownImages } from './pictures.js';
import type { HistoryPool } from './pool.js';
import { rateAt } from './rates.js';
import { discriminatorUpdate, generatorUpdate } from './steps.js';
import { createTranslator, fromBytes } from './translate.js';
import type { Translation } from './translation.js';

/** What a translation is trained with, and what looks at it. */
export interface Surroundings {
  /** Of one domain, for the shape of its images. */
  readonly like: ImageDataset;
  readonly feed: BatchFeed<TranslationBatch>;
  readonly shown: ShownImages;
  /** Is given a picture of translations, and the number of steps taken. */
  readonly show: (taken: number, picture: Picture) => Promise<void>;
  /** Whose ranks share each batch. */
  readonly team?: Team | undefined;
}

/** The translation as the loop sees it; every step is a function of (configuration, weights, step). */
export function translationTrainee(
  translation: Translation,
  config: TranslationConfig,
  engine: Engine,
  { like, feed, shown, show, team = new Team() }: Surroundings,
): Trainee {
  const { optimiser, steps } = config;
  const generators = compileUpdate(engine, generatorUpdate(translation, config), 1, team);
  const discriminators = eitherWay((penalised) =>
    compileUpdate(engine, discriminatorUpdate(translation, { ...config, penalised }), 1, team),
  );
  const translators = {
    aToB: createTranslator(engine, translation.aToB.evaluated.model),
    bToA: createTranslator(engine, translation.bToA.evaluated.model),
  };
  const diagnosis = new TranslationDiagnosis(config.loss);
  const rate = (step: number, base: number): HostTensor =>
    scalar(rateAt(step, base, { steps, constantShare: optimiser.constantShare }));

  return {
    kind: 'translation',
    variables: translation.state,
    async step(step) {
      const batch = await feed.next(step);
      const { fakeA, fakeB, ...learned } = await generators(() => batch, {
        learningRate: rate(step, optimiser.generatorRate),
        emaDecay: scalar(emaDecayAt(step, config.emaDecay)),
      });
      // All ranks have the same pools: each takes in what all have translated.
      const { a, b, labelsA, labelsB } = translation.pools;
      const through = async (
        pool: HistoryPool,
        { shape, values }: StepInput,
      ): Promise<HostTensor> => float32(shape, await pool.exchange(values as Float32Array, step));
      const fakes = {
        ...{ fakeA: await through(a, fakeA!), fakeB: await through(b, fakeB!) },
        ...(labelsA && { fakeLabelsA: await through(labelsA, batch.labelsB!) }),
        ...(labelsB && { fakeLabelsB: await through(labelsB, batch.labelsA!) }),
      };
      const penalised = takesPenalty(config.penalty, step);
      const judged = await discriminators(penalised)(() => merged(batch, fakes), {
        learningRate: rate(step, optimiser.discriminatorRate),
      });
      const logged = merged(under('generator', learned), under('discriminator', judged));
      const isLogged = (step + 1) % config.logEvery === 0 || step + 1 === steps;
      if (!isLogged) return logged;
      const [fromA, fromB] = [batch.a, batch.b].map(({ values }) =>
        fromBytes(values as Uint8Array),
      ) as [Float32Array, Float32Array];
      const [toA, toB] = [fakeA!.values as Float32Array, fakeB!.values as Float32Array];
      return merged(logged, {
        'change.aToB': meanChange(fromA, toB),
        'change.bToA': meanChange(fromB, toA),
        'likeness.aToB': correlation(fromA, toB),
        'likeness.bToA': correlation(fromB, toA),
      });
    },
    async milestone(taken) {
      await show(taken, await pictureOfTranslations(shown, like, translators));
      return {};
    },
    headline: (metrics) => ({
      g: metrics['generator.loss']!,
      cycle: (metrics['generator.cycleA']! + metrics['generator.cycleB']!) / 2,
      d: (metrics['discriminator.lossA']! + metrics['discriminator.lossB']!) / 2,
    }),
    advise: (_taken, metrics) => ('generator.loss' in metrics ? diagnosis.observe(metrics) : []),
    disorders: () => diagnosis.present(),
    dataWait: () => feed.waitShare(),
  };
}

/** Outputs of a step by the names under which they are logged: `PLAYER.NAME`. */
const under = (
  player: string,
  outputs: Readonly<Record<string, HostTensor>>,
): Record<string, number> =>
  Object.fromEntries(
    Object.entries(outputs).map(([name, { values }]) => [`${player}.${name}`, values[0]!]),
  );
