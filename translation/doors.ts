/**
 * Translation for scripts: train it, go on with it, open it, use it.
 *
 * Axes: N images, H × W image, C channels.
 */
import type { Engine } from '../src/engine/engine.js';
import { openEngine } from '../src/engine/open.js';
import { type EngineScope, scopeOf } from '../src/engine/scope.js';
import { UsageError } from '../src/errors.js';
import { type ExportRequest, exportTrained } from '../src/family/export.js';
import type { Trained } from '../src/family/family.js';
import { type NewTraining, type ResumedTraining, resume, train } from '../src/family/train.js';
import { openTrained, type Source } from '../src/family/trained.js';
import { toBytes } from '../src/image/grid.js';
import type { LoopResult } from '../src/train/loop.js';
import { restoreGenerator, type TranslationTask, taskOf } from './checkpoint.js';
import type { TranslationConfig } from './config.js';
import type { DomainSplits } from './data/splits.js';
import {
  evaluateTranslation,
  type TranslationEvaluation,
  type TranslationJudges,
} from './evaluate.js';
import { translationExport } from './export.js';
import type { DomainLetter } from './names.js';
import { translationSettings } from './settings.js';
import { translationTraining } from './training.js';
import { createTranslator, fromBytes, type Translators } from './translate.js';

const family = { settings: translationSettings, training: translationTraining };

/**
 * Trains a translation, as `mixgan train translation` does. `data`, where it is given, has two classes:
 * A and B.
 * @throws as `train` of all families: UsageError, InputError, OutputError, DivergedError
 */
export const trainTranslation = (
  options: NewTraining<TranslationConfig> = {},
): Promise<LoopResult> => train(family, options);

/**
 * Goes on with a run, exactly where it stopped.
 *
 * @param path the run's folder
 * @throws as `resume` of all families: UsageError, InputError, OutputError, DivergedError
 */
export const resumeTranslation = (
  path: string,
  options: ResumedTraining = {},
): Promise<LoopResult> => resume(family, path, options);

/**
 * Opens a trained translation.
 *
 * @param source the folder of a run, or the `checkpoint` that a training returned
 * @throws InputError when it is missing, damaged, or no translation
 */
export async function openTranslation(
  source: Source,
  { engine }: { readonly engine?: Engine | undefined } = {},
): Promise<TrainedTranslation> {
  const trained = await openTrained(translationSettings, source);
  const checkpoint = await trained.checkpoint();
  // Before there are tensors: they live where the engine computes.
  const opened = engine ?? (await openEngine('auto')).engine;
  const generators = {
    aToB: restoreGenerator(trained.config, checkpoint, 'b'),
    bToA: restoreGenerator(trained.config, checkpoint, 'a'),
  };
  return new TrainedTranslation(trained, taskOf(checkpoint), generators, opened);
}

type Generators = Readonly<Record<keyof Translators, ReturnType<typeof restoreGenerator>>>;

/** Two trained generators, and what they are good for. */
export class TrainedTranslation implements TranslationTask {
  readonly config: TranslationConfig;
  readonly imageShape: TranslationTask['imageShape'];
  readonly domainNames: TranslationTask['domainNames'];
  /** From images in −1 … 1 to images. */
  readonly generators: Generators;
  readonly #trained: Trained<TranslationConfig>;
  readonly #engine: EngineScope;
  readonly #translators: Translators;

  /** Use `openTranslation`. */
  constructor(
    trained: Trained<TranslationConfig>,
    { imageShape, domainNames }: TranslationTask,
    generators: Generators,
    engine: Engine,
  ) {
    this.config = trained.config;
    this.imageShape = imageShape;
    this.domainNames = domainNames;
    this.generators = generators;
    this.#trained = trained;
    this.#engine = scopeOf(engine);
    this.#translators = {
      aToB: createTranslator(this.#engine, generators.aToB),
      bToA: createTranslator(this.#engine, generators.bToA),
    };
  }

  /**
   * Translates images, as `mixgan translate` does.
   *
   * @param images bytes [N, H, W, C], row after row
   * @param to the domain to translate to
   * @returns bytes [N, H, W, C]
   * @throws UsageError where they are not whole images
   */
  async translate(images: Uint8Array, to: DomainLetter): Promise<Uint8Array> {
    const [height, width, channels] = this.imageShape;
    if (images.length % (height * width * channels) !== 0) {
      throw new UsageError(
        `${images.length} bytes are not whole images of ${this.imageShape.join('×')}`,
      );
    }
    const translator = to === 'b' ? this.#translators.aToB : this.#translators.bToA;
    return toBytes(await translator(fromBytes(images)));
  }

  /**
   * Measures it on held-out images, as `mixgan evaluate` does.
   *
   * @param splits what `loadDomains` returns
   * @throws InputError when a judge knows other images or classes, or there are too few images
   */
  evaluate(
    splits: DomainSplits,
    { extractors = [], readers = {} }: Partial<TranslationJudges> = {},
  ): Promise<TranslationEvaluation> {
    return evaluateTranslation(this.#translators, splits, { extractors, readers });
  }

  /**
   * Writes one generator for other programs, as `mixgan export` does.
   *
   * @returns the files
   * @throws UsageError where it is not written so; OutputError where it cannot be
   */
  async export(
    asked: ExportRequest,
    { to }: { readonly to: DomainLetter },
  ): Promise<readonly string[]> {
    const { files, model } = await exportTrained(
      ...([translationExport, this.#trained, asked, { to }, () => undefined] as const),
    );
    model.model.dispose();
    return files;
  }

  /** Gives back what it holds, weights and compiled steps; nothing can be translated with it then. */
  async dispose(): Promise<void> {
    await this.#engine.dispose();
    for (const model of Object.values(this.generators)) model.dispose();
  }
}
