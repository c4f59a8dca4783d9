/**
 * How good a generator is: its images beside real ones, as feature extractors see them.
 *
 * The protocol fixes every choice that a figure depends on, so that the figures of two runs on the
 * same data and engine compare. Of the training images, in a fixed random order, the first N are
 * the reals that everything is measured against, and the next N, which are disjoint from them, set
 * the floor: the score of real images, which no generator can be expected to beat. The generator
 * draws N images from fixed latents without truncation; a conditional one is asked for the classes
 * of the N reals. Where there are fewer than 2 N training images, N is half of them.
 *
 * Axes: N images, K classes, Z latent dimensions.
 */
import { gatherLabels } from '../src/data/batches.js';
import type { ImageDataset } from '../src/data/dataset.js';
import { InputError, UsageError } from '../src/errors.js';
import { RandomStream } from '../src/random.js';
import {
  type ClassStatistics,
  classStatistics,
  type Extraction,
  type FeatureExtractor,
  type Features,
  frechetDistance,
  kernelDistance,
  type ManifoldScores,
  type Memorisation,
  manifoldScores,
  memorisation,
  recognised,
  shareOf,
} from '../src/scores/index.js';
import {
  type AttributeReaders,
  type AttributeScores,
  attributeScorer,
} from './attribute-scores.js';
import { type Condition, conditionsOf, gatherConditions, sameNames } from './condition.js';
import { extractImages, firstRows, rows } from './extraction.js';
import { drawLatents, type Sampler } from './sample.js';

export interface EvaluationProtocol {
  /** Of the order of the real images, and of the latents. */
  readonly seed: number;
  /** Images on each side, N: for the Fréchet distance and the classes. */
  readonly samples: number;
  /** The first so many of them, for what compares all pairs: kernel, manifolds, memorisation. */
  readonly manifoldSamples: number;
}

/** The protocol of every published figure. Changing it changes what the figures mean. */
export const evaluationProtocol: EvaluationProtocol = {
  seed: 0,
  samples: 4000,
  manifoldSamples: 2000,
};

/** For a look while a run trains. A Fréchet distance of fewer images is larger: compare like with like. */
export const quickEvaluationProtocol: EvaluationProtocol = {
  seed: 0,
  samples: 1024,
  manifoldSamples: 1024,
};

/** N images beside the N reals. */
export interface Scores extends ManifoldScores {
  readonly frechet: number;
  readonly kernel: number;
  /** As the extractor classifies; `totalVariation` is that to the classes of the reals. */
  readonly classes: ClassStatistics;
  /** Share of images that the extractor takes for the class they were asked for, 0 … 1. */
  readonly askedShare?: number;
}

export interface ExtractorEvaluation {
  readonly extractor: string;
  readonly generated: Scores;
  /**
   * The same of real images, disjoint from those compared with; `askedShare` is the share that the
   * extractor recognises.
   */
  readonly floor: Scores;
  /** Fréchet distance over that of the floor: 1 cannot be told from real images. */
  readonly frechetRatio: number;
  /** Distances to the nearest of all training images; only with held-out images. */
  readonly memorisation?: Memorisation;
}

export interface EvaluationResult {
  /** With the sizes that the data allowed. */
  readonly protocol: EvaluationProtocol & {
    readonly trainingImages: number;
    readonly heldOutImages: number;
  };
  readonly extractors: readonly ExtractorEvaluation[];
  /** Of a generator that is asked for attributes, where there are readers of any. */
  readonly attributes?: AttributeScores;
}

export interface EvaluationOptions {
  readonly extractors: readonly FeatureExtractor[];
  readonly readers?: AttributeReaders | undefined;
  /** What the generator learned from. */
  readonly train: ImageDataset;
  /** Never trained on: what is a normal distance to a training image. No such check when absent. */
  readonly heldOut?: ImageDataset;
  readonly protocol?: EvaluationProtocol;
}

export interface Evaluation {
  /** What each extractor makes of real images, as in every result. */
  floors(): Promise<readonly Pick<ExtractorEvaluation, 'extractor' | 'floor'>[]>;
  /** @throws UsageError when a conditional generator has other classes than the training images */
  evaluate(
    sampler: Sampler,
    generator: {
      readonly latentDim: number;
      readonly conditions?: readonly Condition[] | undefined;
    },
  ): Promise<EvaluationResult>;
}

/**
 * Prepares to score any number of generators. What depends on the real images alone is computed
 * when it is first needed, and kept.
 *
 * @throws InputError when an extractor was trained on images of another kind, or there are too few
 *   images
 */
export function createEvaluation({
  extractors,
  readers = new Map(),
  train,
  heldOut,
  protocol: wanted = evaluationProtocol,
}: EvaluationOptions): Evaluation {
  for (const extractor of extractors) requireFit(extractor, train);
  const protocol = sizesFor(wanted, train);
  const { samples, manifoldSamples } = protocol;
  const random = RandomStream.fromSeed(protocol.seed).split('evaluation');
  // The check for memorisation needs every training image, the scores only the first 2 N.
  const order = random
    .split('training images')
    .permutation(train.count)
    .subarray(0, heldOut === undefined ? 2 * samples : train.count);
  const unseen = random
    .split('held-out images')
    .permutation(heldOut?.count ?? 0)
    .subarray(0, manifoldSamples);
  const labels = train.labels && gatherLabels(train, order.subarray(0, 2 * samples));

  const refer = async (extractor: FeatureExtractor): Promise<References> => {
    const training = await extractImages(extractor, train, order);
    const reals = rows(training, 0, samples);
    const numClasses = extractor.task.classNames.length;
    const score = scorerAgainst(reals, numClasses, manifoldSamples);
    const floor = score(rows(training, samples, 2 * samples), labels?.subarray(samples));
    if (heldOut === undefined) return { score, floor };
    const { features } = await extractImages(extractor, heldOut, unseen);
    const nearness = (generated: Features) =>
      memorisation(firstRows(generated, manifoldSamples), training.features, features);
    return { score, floor, nearness };
  };
  const scoreAttributes = attributeScorer(readers, heldOut);
  let kept: Promise<readonly References[]> | undefined;
  const references = (): Promise<readonly References[]> => {
    kept ??= oneByOne(extractors, refer);
    return kept;
  };

  return {
    async floors() {
      const ofReals = await references();
      return extractors.map(({ name }, index) => ({
        extractor: name,
        floor: ofReals[index]!.floor,
      }));
    },
    async evaluate(sampler, { latentDim, conditions }) {
      const first = order.subarray(0, samples);
      const told = conditions && labelsFor(conditions, train, first);
      // Of an attribute that the images are not labelled by, the extractor knows nothing.
      const isJudged = conditions?.some(
        ({ name, values }) => name === undefined || sameNames(values, train.classNames),
      );
      const asked = isJudged === true ? gatherLabels(train, first) : undefined;
      const drawn = await sampler(drawLatents(random.split('latents'), samples, latentDim), told);
      // Not rounded to bytes: the figures are of what the generator draws.
      const pixels = drawn.map((value) => (value + 1) * 127.5);
      const ofReals = await references();
      const results = await oneByOne(extractors.entries(), async ([index, extractor]) => {
        const { score, floor, nearness } = ofReals[index]!;
        const extraction = await extractor.extract(pixels);
        const generated = score(extraction, asked);
        return {
          extractor: extractor.name,
          generated,
          floor,
          frechetRatio: generated.frechet / floor.frechet,
          ...(nearness && { memorisation: nearness(extraction.features) }),
        };
      });
      const attributes = told && (await scoreAttributes({ pixels, labels: told, conditions }));
      return {
        protocol: {
          ...protocol,
          trainingImages: train.count,
          heldOutImages: unseen.length,
        },
        extractors: results,
        ...(attributes && { attributes }),
      };
    },
  };
}

/**
 * What a generator is told, so that it draws images like those at `indices`.
 * @throws UsageError when it knows other classes or attributes
 */
function labelsFor(
  conditions: readonly Condition[],
  train: ImageDataset,
  indices: Uint32Array,
): Int32Array {
  const attributes = conditions.flatMap(({ name }) => name ?? []);
  const there = conditionsOf({ conditional: true, attributes }, train)!;
  for (const [i, { name = 'classes', values }] of conditions.entries()) {
    if (values.length === there[i]!.values.length) continue;
    throw new UsageError(
      `the generator draws ${values.length} ${name}, but ${train.name} has ${there[i]!.values.length}`,
    );
  }
  return gatherConditions(train, indices, { attributes });
}

/** The figures of an evaluation that are worth a line of metrics, `evaluation.NAME`. */
export function evaluationMetrics({
  generated,
  frechetRatio,
}: ExtractorEvaluation): Record<string, number> {
  const { frechet, precision, recall, density, coverage, classes, askedShare } = generated;
  return {
    'evaluation.frechet': frechet,
    'evaluation.frechetRatio': frechetRatio,
    'evaluation.precision': precision,
    'evaluation.recall': recall,
    'evaluation.density': density,
    'evaluation.coverage': coverage,
    'evaluation.classEntropy': classes.normalisedEntropy,
    'evaluation.confidentShare': classes.confidentShare,
    ...(askedShare !== undefined && { 'evaluation.askedShare': askedShare }),
  };
}

/** Of one extractor. */
interface References {
  readonly score: Scorer;
  readonly floor: Scores;
  readonly nearness?: (generated: Features) => Memorisation;
}

/** @param asked the class that each image should be of, where that is known */
type Scorer = (images: Extraction, asked: Int32Array | undefined) => Scores;

function scorerAgainst(reals: Extraction, numClasses: number, manifoldSamples: number): Scorer {
  const reference = classStatistics(reals.probabilities, numClasses).counts;
  const fewReals = firstRows(reals.features, manifoldSamples);
  return ({ features, probabilities }, asked) => {
    const few = firstRows(features, manifoldSamples);
    return {
      frechet: frechetDistance(reals.features, features),
      kernel: kernelDistance(fewReals, few),
      ...manifoldScores(fewReals, few),
      classes: classStatistics(probabilities, numClasses, { reference }),
      ...(asked && { askedShare: shareOf(recognised(probabilities, asked)) }),
    };
  };
}

/** For density and coverage an image needs five neighbours. */
const fewestSamples = 6;

function sizesFor(wanted: EvaluationProtocol, { name, count }: ImageDataset): EvaluationProtocol {
  const samples = Math.min(wanted.samples, Math.floor(count / 2));
  const manifoldSamples = Math.min(wanted.manifoldSamples, samples);
  if (manifoldSamples < fewestSamples) {
    throw new InputError(
      `${name}: an evaluation needs at least ${2 * fewestSamples} images, not ${count}`,
    );
  }
  return { seed: wanted.seed, samples, manifoldSamples };
}

function requireFit({ name, task }: FeatureExtractor, data: ImageDataset): void {
  const shape = [data.height, data.width, data.channels];
  if (shape.join() !== task.imageShape.join()) {
    throw new InputError(
      `${name} was trained on images of ${task.imageShape.join('×')}, but ${data.name} has ${shape.join('×')}`,
    );
  }
  if (data.classNames.join() !== task.classNames.join()) {
    throw new InputError(
      `${name} was trained on the classes ${brief(task.classNames)}, but ${data.name} has ${brief(data.classNames)}`,
    );
  }
}

const brief = (names: readonly string[]): string =>
  names.length > 3 ? `${names[0]} … ${names.at(-1)} (${names.length})` : names.join(', ');

/** One after the other: an engine runs one step at a time. */
async function oneByOne<Item, Result>(
  items: Iterable<Item>,
  task: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await task(item));
  return results;
}
