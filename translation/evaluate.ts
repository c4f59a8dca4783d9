/**
 * How good a translation is, each direction by itself, on held-out images: beside the truth where it is
 * known, beside real images as feature extractors see them, and whether an image comes back.
 *
 * Every choice that a figure depends on is fixed, so that the figures of two runs on the same data and
 * engine compare. All figures are of bytes, as pictures are.
 *
 * Axes: N images, H × W image, C channels, K classes.
 */
import { gatherBytes } from '../src/data/batches.js';
import type { ImageDataset } from '../src/data/dataset.js';
import { InputError } from '../src/errors.js';
import { toBytes } from '../src/image/grid.js';
import { RandomStream } from '../src/random.js';
import {
  type FeatureExtractor,
  frechetDistance,
  kernelDistance,
  recognised,
  shareOf,
} from '../src/scores/index.js';
import type { DomainSplits, Truth } from './data/splits.js';
import { domainsOf } from './domains.js';
import { meanDistance, nearestPictures, pictureSimilarity } from './pixels.js';
import { fromBytes, type Translator, type Translators } from './translate.js';

/** Changing it changes what the figures mean. */
export const translationProtocol = {
  /** Of the choice of training images, and of noise. */
  seed: 0,
  /** The most images on each side of a distance of features, N. */
  samples: 2000,
  /** Standard deviation in grey levels of the noise on a translation before it is translated back. */
  noise: 4,
} as const;

/** Pictures beside their true counterparts. */
export interface TruthScores {
  /** Mean distance of two pixels, as a share of the range, 0 … 1. */
  readonly l1: number;
  /** Structural similarity, −1 … 1. */
  readonly ssim: number;
}

/** Distances of features to N training images of the target domain. */
export interface FeatureDistances {
  readonly frechet: number;
  readonly kernel: number;
}

/** What one extractor sees. */
export interface ExtractorFigures {
  readonly extractor: string;
  /** N. */
  readonly samples: number;
  readonly translated: FeatureDistances;
  readonly untouched: FeatureDistances;
  /** Of held-out images of the target domain. */
  readonly floor: FeatureDistances;
  /** Fréchet distance over that of the floor. */
  readonly frechetRatio: number;
}

/** What a classifier of the target domain reads, as shares of the images, 0 … 1. */
export interface ClassFigures {
  readonly reader: string;
  /** Translations that it takes for the class that the image was of. */
  readonly translated: number;
  readonly untouched: number;
  /** Held-out images of the target domain that it recognises. */
  readonly floor: number;
}

/** An image and what comes back: mean distances of two pixels, as shares of the range. */
export interface CycleFigures {
  readonly plain: number;
  /** With the translation rounded to bytes in between. */
  readonly rounded: number;
  /** With noise on the translation: much more where a generator hides the image in what nobody sees. */
  readonly noisy: number;
}

export interface DirectionFigures {
  readonly from: string;
  readonly to: string;
  /** Held-out images that were translated. */
  readonly images: number;
  /** How far translations are from their images. */
  readonly change: number;
  readonly cycle: CycleFigures;
  /** Where the counterparts are known. */
  readonly truth?: {
    readonly translated: TruthScores;
    readonly untouched: TruthScores;
    /** Of the training image of the target domain that is nearest to each image. */
    readonly nearest: TruthScores;
  };
  readonly extractors: readonly ExtractorFigures[];
  readonly classes?: ClassFigures;
}

export interface TranslationEvaluation {
  readonly aToB: DirectionFigures;
  readonly bToA: DirectionFigures;
}

/** Who judges. */
export interface TranslationJudges {
  /** By whose features both domains are compared. */
  readonly extractors: readonly FeatureExtractor[];
  /** Who reads images of A, and of B, where classes are known. */
  readonly readers: { readonly a?: FeatureExtractor; readonly b?: FeatureExtractor };
}

/** @throws InputError when a judge knows images of another shape, or other classes, or there are too few images */
export async function evaluateTranslation(
  translators: Translators,
  splits: DomainSplits,
  { extractors, readers }: TranslationJudges,
): Promise<TranslationEvaluation> {
  const [train, test] = [domainsOf(splits.train), domainsOf(splits.test)];
  const [a, b] = splits.train.classNames as [string, string];
  const { truth } = splits;
  for (const judge of [...extractors, ...Object.values(readers)]) requireShape(judge, test.a);
  const aToB = await direction({
    ...{ from: a, to: b, forth: translators.aToB, back: translators.bToA, extractors },
    ...{ images: test.a, targets: test.b, references: train.b, truth, reader: readers.b },
    classes: truth?.kind === 'classes' ? { of: truth.a, ofTargets: truth.b } : undefined,
  });
  const bToA = await direction({
    ...{ from: b, to: a, forth: translators.bToA, back: translators.aToB, extractors },
    ...{ images: test.b, targets: test.a, references: train.a, truth, reader: readers.a },
    classes: truth?.kind === 'classes' ? { of: truth.b, ofTargets: truth.a } : undefined,
  });
  return { aToB, bToA };
}

interface Direction {
  readonly from: string;
  readonly to: string;
  readonly forth: Translator;
  readonly back: Translator;
  /** Held-out images, those of the target domain, and its training images. */
  readonly images: ImageDataset;
  readonly targets: ImageDataset;
  readonly references: ImageDataset;
  readonly truth: Truth | undefined;
  readonly classes:
    | { readonly of: ArrayLike<number>; readonly ofTargets: ArrayLike<number> }
    | undefined;
  readonly extractors: readonly FeatureExtractor[];
  readonly reader: FeatureExtractor | undefined;
}

async function direction(asked: Direction): Promise<DirectionFigures> {
  const { from, to, forth, back, images, targets, references, truth, reader, classes } = asked;
  const untouched = images.images;
  const exact = await forth(fromBytes(untouched));
  const translated = toBytes(exact);
  const figures: ExtractorFigures[] = [];
  for (const extractor of asked.extractors) {
    figures.push(await featureFigures(extractor, { translated, images, targets, references }));
  }
  const scores = (pictures: Uint8Array): TruthScores => ({
    l1: meanDistance(pictures, targets.images),
    ssim: pictureSimilarity(pictures, targets),
  });
  return {
    ...{ from, to, images: images.count },
    change: meanDistance(untouched, translated),
    cycle: await cycleFigures(untouched, exact, back),
    ...(truth?.kind === 'pairs' && {
      truth: {
        translated: scores(translated),
        untouched: scores(untouched),
        nearest: scores(nearestPictures(images, references)),
      },
    }),
    extractors: figures,
    ...(truth?.kind === 'classes' &&
      classes &&
      reader && {
        classes: await classFigures(reader, truth, { translated, images, targets }, classes),
      }),
  };
}

async function cycleFigures(
  untouched: Uint8Array,
  exact: Float32Array,
  back: Translator,
): Promise<CycleFigures> {
  const { seed, noise } = translationProtocol;
  const random = RandomStream.fromSeed(seed).split('noise');
  // Grey levels are 1 / 127.5 apart.
  const disturbed = exact.map((value) => {
    const moved = value + (noise / 127.5) * random.normal();
    return Math.min(1, Math.max(-1, moved));
  });
  const errorFrom = async (translated: Float32Array): Promise<number> =>
    meanDistance(untouched, toBytes(await back(translated)));
  return {
    plain: await errorFrom(exact),
    rounded: await errorFrom(fromBytes(toBytes(exact))),
    noisy: await errorFrom(disturbed),
  };
}

/** For distances of features a handful says nothing. */
const fewestSamples = 6;

async function featureFigures(
  { name, extract }: FeatureExtractor,
  {
    translated,
    images,
    targets,
    references,
  }: { readonly translated: Uint8Array } & Pick<Direction, 'images' | 'targets' | 'references'>,
): Promise<ExtractorFigures> {
  const { seed, samples: most } = translationProtocol;
  const samples = Math.min(most, images.count, targets.count, references.count);
  if (samples < fewestSamples) {
    throw new InputError(
      `${images.name}: distances of features need at least ${fewestSamples} images of each domain, not ${samples}`,
    );
  }
  const random = RandomStream.fromSeed(seed).split('references');
  const order = random.permutation(references.count).subarray(0, samples);
  const size = images.height * images.width * images.channels;
  const featuresOf = async (pixels: Uint8Array) =>
    (await extract(pixels.subarray(0, samples * size))).features;
  const reals = await featuresOf(gatherBytes(references, order));
  const distances = async (pixels: Uint8Array): Promise<FeatureDistances> => {
    const features = await featuresOf(pixels);
    return { frechet: frechetDistance(reals, features), kernel: kernelDistance(reals, features) };
  };
  const [ofTranslated, floor] = [await distances(translated), await distances(targets.images)];
  return {
    ...{ extractor: name, samples },
    ...{ translated: ofTranslated, untouched: await distances(images.images), floor },
    frechetRatio: ofTranslated.frechet / floor.frechet,
  };
}

async function classFigures(
  { name, task, extract }: FeatureExtractor,
  { names }: Truth & { readonly kind: 'classes' },
  {
    translated,
    images,
    targets,
  }: { readonly translated: Uint8Array } & Pick<Direction, 'images' | 'targets'>,
  classes: NonNullable<Direction['classes']>,
): Promise<ClassFigures> {
  if (task.classNames.join() !== names.join()) {
    throw new InputError(
      `${name} knows the classes ${task.classNames.slice(0, 3).join(', ')} …, not those of ${images.name}: ${names.slice(0, 3).join(', ')} …`,
    );
  }
  const shareRead = async (pixels: Uint8Array, of: ArrayLike<number>): Promise<number> => {
    return shareOf(recognised((await extract(pixels)).probabilities, of));
  };
  return {
    reader: name,
    translated: await shareRead(translated, classes.of),
    untouched: await shareRead(images.images, classes.of),
    floor: await shareRead(targets.images, classes.ofTargets),
  };
}

function requireShape({ name, task }: FeatureExtractor, images: ImageDataset): void {
  const shape = [images.height, images.width, images.channels];
  if (shape.join() === task.imageShape.join()) return;
  throw new InputError(
    `${name} was trained on images of ${task.imageShape.join('×')}, but ${images.name} has ${shape.join('×')}`,
  );
}
