/**
 * The GAN for scripts: train it, go on with it, open it, use it.
 *
 * Axes: N images, H × W image, C channels.
 */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Condition } from '../src/data/conditions.js';
import type { DatasetSplits } from '../src/data/dataset.js';
import type { Engine } from '../src/engine/engine.js';
import { openEngine } from '../src/engine/open.js';
import { type EngineScope, scopeOf } from '../src/engine/scope.js';
import { UsageError } from '../src/errors.js';
import { type ExportRequest, exportTrained } from '../src/family/export.js';
import type { Trained, Training } from '../src/family/family.js';
import { type NewTraining, type ResumedTraining, resume, train } from '../src/family/train.js';
import { openTrained, type Source } from '../src/family/trained.js';
import { toBytes } from '../src/image/grid.js';
import type { FeatureExtractor } from '../src/scores/features.js';
import type { TrainFeatureNetwork } from '../src/scores/judges.js';
import type { LoopResult } from '../src/train/loop.js';
import { type RestoredGenerator, restoreGenerator } from './checkpoint.js';
import { atTemperature, type GanConfig } from './config.js';
import { createEvaluation, type EvaluationProtocol, type EvaluationResult } from './evaluate.js';
import { ganExport } from './export.js';
import type { ImageShape } from './gan.js';
import { quickEvaluation } from './judging.js';
import { type Asked, createSampler, drawSamples, type Sampler } from './sample.js';
import { ganSettings } from './settings.js';
import { trainGan as trainOn } from './train.js';
import { requireScores } from './trainee.js';
import { featureWeightsFor, remarksOn, trainingOf } from './training.js';

/** What scores pictures. */
export interface Scored {
  /**
   * By whose features the generator is scored every `evaluateEvery` steps: `extractor` of an opened
   * classifier, or one of those that come with this package.
   */
  readonly extractor?: FeatureExtractor | undefined;
}

/** What trains what a GAN does not train itself. */
export interface Prepared {
  /**
   * Of a discriminator that is to have one: `trainFeatureNetwork` of `mixgan/classifier`, or what gives
   * weights that it once returned.
   */
  readonly featureNetwork?: TrainFeatureNetwork | undefined;
}

/**
 * Trains a GAN, as `mixgan train gan` does.
 * @throws as `train` of all families: UsageError, InputError, OutputError, DivergedError
 */
export const trainGan = ({
  extractor,
  featureNetwork,
  ...options
}: NewTraining<GanConfig> & Scored & Prepared = {}): Promise<LoopResult> =>
  train({ settings: ganSettings, training: trainingWith({ extractor, featureNetwork }) }, options);

/**
 * Goes on with a run, exactly where it stopped.
 *
 * @param path the run's folder
 * @throws as `resume` of all families: UsageError, InputError, OutputError, DivergedError
 */
export const resumeGan = (
  path: string,
  { extractor, featureNetwork, ...options }: ResumedTraining & Scored & Prepared = {},
): Promise<LoopResult> =>
  resume(
    { settings: ganSettings, training: trainingWith({ extractor, featureNetwork }) },
    ...([path, options] as const),
  );

const trainingWith = ({ extractor, featureNetwork }: Scored & Prepared): Training<GanConfig> => ({
  ...trainingOf,
  async check(config, { train }) {
    requireScores(config, extractor);
    return remarksOn(config, train);
  },
  async train(config, data, context) {
    const evaluate =
      config.evaluateEvery > 0 && extractor
        ? quickEvaluation(extractor, config, data.train).evaluate
        : undefined;
    const featureWeights = await featureWeightsFor(config, data, context, featureNetwork);
    return trainOn({ ...(await context.begin()), config, data, evaluate, featureWeights });
  },
});

/**
 * Opens a trained GAN.
 *
 * @param source the folder of a run, or the `checkpoint` that a training returned
 * @param options.temperature of the latents that its pictures are drawn from; by default as its configuration says
 * @throws InputError when it is missing, damaged, or no GAN
 */
export async function openGan(
  source: Source,
  {
    engine,
    temperature,
  }: { readonly engine?: Engine | undefined; readonly temperature?: number | undefined } = {},
): Promise<TrainedGan> {
  const opened = await openTrained(ganSettings, source);
  const trained = { ...opened, config: atTemperature(opened.config, { temperature }) };
  const checkpoint = await trained.checkpoint();
  // Before there are tensors: they live where the engine computes.
  const computing = engine ?? (await openEngine('auto')).engine;
  return new TrainedGan(trained, restoreGenerator(trained.config, checkpoint), computing);
}

/** By default 64 pictures of the seed 0. */
export type SampleOptions = Partial<Asked>;

/** A trained generator, and what it is good for. */
export class TrainedGan {
  readonly config: GanConfig;
  /** Of a picture, [H, W, C]. */
  readonly imageShape: ImageShape;
  /** Of the classes that it can be asked for; `undefined` if it is unconditional. */
  readonly classNames: readonly string[] | undefined;
  /** What it can be asked for, a class or attributes; `undefined` if it is unconditional. */
  readonly conditions: readonly Condition[] | undefined;
  /** From latents, and labels if it is conditional, to images in −1 … 1. */
  readonly generator: LayersModel;
  readonly #trained: Trained<GanConfig>;
  readonly #engine: EngineScope;
  readonly #sampler: Sampler;

  /** Use `openGan`. */
  constructor(
    trained: Trained<GanConfig>,
    { generator, imageShape, classNames, conditions }: RestoredGenerator,
    engine: Engine,
  ) {
    this.config = trained.config;
    this.imageShape = imageShape;
    this.classNames = classNames;
    this.conditions = conditions;
    this.generator = generator;
    this.#trained = trained;
    this.#engine = scopeOf(engine);
    this.#sampler = createSampler(this.#engine, generator);
  }

  /**
   * Draws pictures, those of `mixgan sample`.
   *
   * @returns bytes [N, H, W, C], row after row
   * @throws UsageError where there is no such class
   */
  async sample({ count = 64, seed = 0, ...asked }: SampleOptions = {}): Promise<Uint8Array> {
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new UsageError(`the number of pictures is an integer from 1, not ${count}`);
    }
    const { path } = this.#trained;
    const { latentDim } = this.config.generator;
    const generator = { path, latentDim, conditions: this.conditions };
    return toBytes((await drawSamples(this.#sampler, generator, { count, seed, ...asked })).pixels);
  }

  /**
   * Measures how near its pictures come to real ones, as `mixgan evaluate` does.
   *
   * @param data what it learned from, and what was held back
   * @param by extractors of features that know such images
   * @throws InputError when an extractor was trained on other images, or there are too few
   */
  async evaluate(
    { train: reals, test }: DatasetSplits,
    by: {
      readonly extractors: readonly FeatureExtractor[];
      readonly protocol?: EvaluationProtocol;
    },
  ): Promise<EvaluationResult> {
    const { latentDim } = this.config.generator;
    const evaluation = createEvaluation({ ...by, train: reals, heldOut: test });
    const { conditions } = this;
    return evaluation.evaluate(this.#sampler, { latentDim, conditions });
  }

  /**
   * Writes the generator for other programs, as `mixgan export` does.
   *
   * @returns the files
   * @throws UsageError where it is not written so; OutputError where it cannot be
   */
  async export(asked: ExportRequest): Promise<readonly string[]> {
    const { files, model } = await exportTrained(
      ...([ganExport, this.#trained, asked, {}, () => undefined] as const),
    );
    model.model.dispose();
    return files;
  }

  /** Gives back what it holds, weights and compiled steps; nothing can be drawn with it then. */
  async dispose(): Promise<void> {
    await this.#engine.dispose();
    this.generator.dispose();
  }
}
