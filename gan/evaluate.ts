/**
 * How good a generator is: its images beside real ones, as feature extractors see them.
 *
 * Axes: N images, K classes, Z latent dimensions.
 */
import { sameNames } from '../src/data/attributes.js';
import { gatherLabels } from '../src/data/batches.js';
import { type Condition, gatherConditions } from '../src/data/conditions.js';
import { type ImageDataset, subset } from '../src/data/dataset.js';
import { InputError, UsageError } from '../src/errors.js';
import type { FeatureExtractor } from '../src/scores/index.js';
import { type Rows, rowsOf } from '../src/train/share.js';
import type { Share } from '../src/train/world.js';
import {
  type AttributeReaders,
  type AttributeScores,
  attributeCounter,
  attributeScores,
} from './attribute-scores.js';
import { conditionsOf } from './condition.js';
import type { EvaluationPart } from './evaluation-part.js';
import { extractImages } from './extraction.js';
import {
  type EvaluationProtocol,
  evaluationProtocol,
  planEvaluation,
  type SizedProtocol,
} from './protocol.js';
import { drawLatents, type Sampler } from './sample.js';
import { type ExtractorEvaluation, type References, referencesOf } from './scoring.js';

export {
  type EvaluationProtocol,
  evaluationProtocol,
  quickEvaluationProtocol,
} from './protocol.js';
export type { ExtractorEvaluation, Scores } from './scoring.js';

export interface EvaluationResult {
  readonly protocol: SizedProtocol;
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

/** Who draws. */
export interface EvaluatedGenerator {
  readonly latentDim: number;
  readonly conditions?: readonly Condition[] | undefined;
}

export interface Evaluation {
  /** What each extractor makes of real images, as in every result. */
  floors(): Promise<readonly Pick<ExtractorEvaluation, 'extractor' | 'floor'>[]>;
  /** @throws UsageError when a conditional generator has other classes than the training images */
  evaluate(sampler: Sampler, generator: EvaluatedGenerator): Promise<EvaluationResult>;
  /**
   * A share of what `evaluate` looks at: of the images that are drawn, and of the real ones.
   * @throws UsageError as `evaluate`, and where there are more parts than images
   */
  part(sampler: Sampler, generator: EvaluatedGenerator, share: Share): Promise<EvaluationPart>;
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
  const { protocol, training, heldOut: unseen, latents } = planEvaluation(wanted, train, heldOut);
  const { samples } = protocol;

  const refer = async (extractor: FeatureExtractor): Promise<References> => {
    const looks = {
      training: await extractImages(extractor, train, training),
      labels: train.labels && gatherLabels(train, training.subarray(0, 2 * samples)),
      heldOut: heldOut && (await extractImages(extractor, heldOut, unseen)).features,
    };
    const { name, task } = extractor;
    return referencesOf({ name, classCount: task.classNames.length }, looks, protocol);
  };
  const countAttributes = attributeCounter(readers, heldOut);
  let kept: Promise<readonly References[]> | undefined;
  const references = (): Promise<readonly References[]> => {
    kept ??= oneByOne(extractors, refer);
    return kept;
  };

  /** Draws some of the N images. */
  const draw = async (
    sampler: Sampler,
    { latentDim, conditions }: EvaluatedGenerator,
    { from, to }: Rows,
  ): Promise<Drawn> => {
    const like = training.subarray(from, to);
    const told = conditions && { labels: labelsFor(conditions, train, like), conditions };
    // Of an attribute that the images are not labelled by, the extractor knows nothing.
    const isJudged = conditions?.some(
      ({ name, values }) => name === undefined || sameNames(values, train.classNames),
    );
    const asked = isJudged === true ? gatherLabels(train, like) : undefined;
    // Fewer are the first of more.
    const own = drawLatents(latents(), to, latentDim).subarray(from * latentDim);
    const drawn = await sampler(own, told?.labels);
    // Not rounded to bytes: the figures are of what the generator draws.
    const pixels = drawn.map((value) => (value + 1) * 127.5);
    return { pixels, asked, told };
  };

  return {
    async floors() {
      const ofReals = await references();
      return extractors.map(({ name }, index) => ({
        extractor: name,
        floor: ofReals[index]!.floor,
      }));
    },
    async evaluate(sampler, generator) {
      const { pixels, asked, told } = await draw(sampler, generator, { from: 0, to: samples });
      const ofReals = await references();
      const results = await oneByOne(extractors.entries(), async ([index, { extract }]) =>
        ofReals[index]!.evaluate(await extract(pixels), asked),
      );
      const counts = told && (await countAttributes({ pixels, ...told }));
      return {
        protocol,
        extractors: results,
        ...(counts && { attributes: attributeScores([counts]) }),
      };
    },
    async part(sampler, generator, share) {
      if (heldOut === undefined) throw new RangeError('a part is told with held-out images');
      requireParts(Math.min(samples, unseen.length), share);
      const [ofTraining, ofUnseen, ofAll] = [training.length, unseen.length, heldOut.count].map(
        (count) => rowsOf(count, share),
      );
      const own = training.subarray(ofTraining!.from, ofTraining!.to);
      const { pixels, asked, told } = await draw(sampler, generator, rowsOf(samples, share));
      const looks = await oneByOne(extractors, async (extractor) => ({
        extractor: extractor.name,
        training: await extractImages(extractor, train, own),
        heldOut: (
          await extractImages(extractor, heldOut, unseen.subarray(ofUnseen!.from, ofUnseen!.to))
        ).features,
        generated: await extractor.extract(pixels),
        probe: (await extractImages(extractor, train, training.subarray(0, probed))).features,
      }));
      const count = attributeCounter(readers, told && rowsIn(heldOut, ofAll!));
      const counts = told && (await count({ pixels, ...told }));
      return {
        protocol,
        looks,
        labels: train.labels && gatherLabels(train, own),
        asked,
        attributes: counts,
      };
    },
  };
}

/** Images of a generator, and what it was told. */
interface Drawn {
  /** [N, H, W, C], 0 … 255. */
  readonly pixels: Float32Array;
  /** The class of each, where an extractor can tell. */
  readonly asked: Int32Array | undefined;
  readonly told:
    | { readonly labels: Int32Array; readonly conditions: readonly Condition[] }
    | undefined;
}

/** All parts look at the same few training images, by which it shows that their extractors are the same. */
const probed = 4;

/** @throws UsageError where a part would have none of so many */
function requireParts(count: number, { rank, size }: Share): void {
  if (count >= size) return;
  throw new UsageError(
    `--shard ${rank}/${size}: ${count} images are not enough for ${size} parts; give fewer parts`,
  );
}

const rowsIn = (dataset: ImageDataset, { from, to }: Rows): ImageDataset =>
  subset(
    dataset,
    Uint32Array.from({ length: to - from }, (_, i) => from + i),
  );

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
