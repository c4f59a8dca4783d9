import type { ImageShape } from '../data/dataset.js';
import { InputError, UsageError } from '../errors.js';

/**
 * N images as points in a feature space of dimension D, usually what a classifier computes just
 * before its logits.
 */
export interface Features {
  /** [N, D], row after row. */
  readonly values: Float32Array;
  /** N. */
  readonly count: number;
  /** D. */
  readonly dim: number;
}

/** What is known of N images by their features. */
export interface Extraction {
  readonly features: Features;
  /** Of each class, [N, K]; rows that sum to 1. */
  readonly probabilities: Float32Array;
}

/**
 * From N images [N, H, W, C] of pixels in 0 … 255, row after row, whole bytes or what lies between.
 * @throws RangeError when the pixels are not those of whole images
 */
export type Extract = (images: Uint8Array | Float32Array) => Promise<Extraction>;

/** What turns images into points to compare, and tells their classes: usually a classifier. */
export interface FeatureExtractor {
  readonly name: string;
  readonly task: {
    /** [H, W, C] */
    readonly imageShape: ImageShape;
    readonly classNames: readonly string[];
  };
  readonly extract: Extract;
}

/**
 * A feature set from its values [N, D], row after row, and D.
 * @throws InputError when the values are not whole rows of finite numbers
 */
export function featureSet(values: Float32Array, dim: number): Features {
  const features = { values, count: values.length / dim, dim };
  checkFeatures('feature set', features, 0);
  return features;
}

/**
 * Checks one feature set.
 *
 * @param what names the set in messages, as in `generated images`
 * @param atLeast how many rows are needed
 * @throws InputError when count, dim and values disagree, or a value is NaN or infinite
 * @throws UsageError when there are fewer rows than needed
 */
export function checkFeatures(what: string, features: Features, atLeast: number): void {
  const { values, count, dim } = features;
  if (!Number.isSafeInteger(dim) || dim < 1) {
    throw new InputError(`${what}: the feature dimension is an integer from 1, not ${dim}`);
  }
  if (!Number.isSafeInteger(count) || values.length !== count * dim) {
    throw new InputError(
      `${what}: ${values.length} values are not ${count} rows of ${dim}; give [N, D], row after row`,
    );
  }
  if (count < atLeast) {
    throw new UsageError(`${what}: this score needs at least ${atLeast} samples, not ${count}`);
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const place = `sample ${Math.floor(bad / dim)}, feature ${bad % dim}`;
    throw new InputError(`${what}: ${place} is ${values[bad]}; features are finite numbers`);
  }
}

/**
 * Checks that two feature sets live in one space.
 * @throws InputError when their dimensions differ
 */
export function checkSameDimension(
  whatA: string,
  a: { readonly dim: number },
  whatB: string,
  b: { readonly dim: number },
): void {
  if (a.dim === b.dim) return;
  throw new InputError(
    `${whatA} have ${a.dim} features, ${whatB} have ${b.dim}; use one feature extractor for both`,
  );
}
