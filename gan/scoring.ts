/**
 * Scores of generated images beside real ones, from what an extractor makes of both.
 *
 * Axes: N images, K classes.
 */
import {
  type ClassStatistics,
  classStatistics,
  type Extraction,
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
import { firstRows, rows } from './extraction.js';
import type { EvaluationProtocol } from './protocol.js';

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

/** What an extractor makes of the real images. */
export interface RealLooks {
  /** N reals, N for the floor, and the others where memorisation is looked for. */
  readonly training: Extraction;
  /** The classes of the first 2 N of them, where there are such. */
  readonly labels: Int32Array | undefined;
  readonly heldOut: Features | undefined;
}

/** What generated images are measured against, by one extractor. */
export interface References {
  readonly floor: Scores;
  /** @param asked the class that each image should be of, where that is known */
  evaluate(generated: Extraction, asked: Int32Array | undefined): ExtractorEvaluation;
}

/** @param extractor its name, and its number of classes K */
export function referencesOf(
  extractor: { readonly name: string; readonly classCount: number },
  { training, labels, heldOut }: RealLooks,
  { samples, manifoldSamples }: Omit<EvaluationProtocol, 'seed'>,
): References {
  const reals = rows(training, 0, samples);
  const score = scorerAgainst(reals, extractor.classCount, manifoldSamples);
  const floor = score(rows(training, samples, 2 * samples), labels?.subarray(samples, 2 * samples));
  return {
    floor,
    evaluate: (generation, asked) => {
      const generated = score(generation, asked);
      const few = firstRows(generation.features, manifoldSamples);
      return {
        extractor: extractor.name,
        generated,
        floor,
        frechetRatio: generated.frechet / floor.frechet,
        ...(heldOut && { memorisation: memorisation(few, training.features, heldOut) }),
      };
    },
  };
}

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
