/**
 * Which pictures are behind a GAN's figures: the training images nearest to what it draws, and which
 * classes of them it draws.
 *
 * Axes: N images, D values of one.
 */
import { gatherBytes, gatherLabels } from '../src/data/batches.js';
import type { ImageDataset } from '../src/data/dataset.js';
import type { Examination } from '../src/family/examination.js';
import type { RandomStream } from '../src/random.js';
import type { Features } from '../src/scores/features.js';
import { forEachDistance, nearestWithin } from '../src/scores/neighbours.js';

/** Training images that are compared at a time, to spare memory. */
const chunkSize = 2000;
/** The neighbour whose distance is a real image's reach, as of `coverage` of `mixgan evaluate`. */
const coverageK = 5;

export interface Neighbour {
  readonly index: number;
  /** Root mean square difference of pixels, 0 … 255. */
  readonly distance: number;
}

/**
 * The training images nearest to each picture, pixel by pixel, the nearest first.
 *
 * @param pictures [N, H, W, C], bytes
 * @param told how many training images have been compared
 */
export function nearestTraining(
  pictures: Uint8Array,
  train: ImageDataset,
  count: number,
  told: (done: number) => void,
): Neighbour[][] {
  const dim = train.height * train.width * train.channels;
  const queries = pixelsOf(pictures, dim);
  const nearest: Neighbour[][] = Array.from({ length: queries.count }, () => []);
  for (let first = 0; first < train.count; first += chunkSize) {
    const length = Math.min(chunkSize, train.count - first);
    const indices = Uint32Array.from({ length }, (_, i) => first + i);
    forEachDistance(queries, pixelsOf(gatherBytes(train, indices), dim), (i, j, squared) => {
      const known = nearest[i]!;
      const distance = Math.sqrt(squared / dim);
      if (known.length === count && distance >= known[count - 1]!.distance) return;
      known.push({ index: first + j, distance });
      known.sort((a, b) => a.distance - b.distance);
      known.length = Math.min(known.length, count);
    });
    told(first + length);
  }
  return nearest;
}

/**
 * How much of each class of real images has a picture of the generator's near, nearer than its fifth
 * nearest real one; and of which class the real image nearest to each picture is. Pixel by pixel.
 *
 * @param pictures [N, H, W, C], bytes; N at most the training images'
 * @returns a row a class, or one for all where images have none
 */
export function coverageByClass(
  pictures: Uint8Array,
  train: ImageDataset,
  random: RandomStream,
): NonNullable<Examination['drawing']>['coverage'] {
  const dim = train.height * train.width * train.channels;
  const fakes = pixelsOf(pictures, dim);
  const order = random.permutation(train.count).subarray(0, fakes.count);
  const reals = pixelsOf(gatherBytes(train, order), dim);
  const labels = train.labels && gatherLabels(train, order);
  const radii = nearestWithin(reals, coverageK).filter((_, i) => i % coverageK === coverageK - 1);
  const isCovered = new Uint8Array(reals.count);
  const nearest = {
    distance: new Float64Array(fakes.count).fill(Infinity),
    real: new Uint32Array(fakes.count),
  };
  forEachDistance(reals, fakes, (r, g, distance) => {
    if (distance <= radii[r]!) isCovered[r] = 1;
    if (distance >= nearest.distance[g]!) return;
    nearest.distance[g] = distance;
    nearest.real[g] = r;
  });
  const names = labels === undefined ? ['all'] : train.classNames;
  return names.map((name, k) => {
    const isOf = (real: number): boolean => labels === undefined || labels[real] === k;
    const own = Array.from(isCovered).filter((_, r) => isOf(r));
    return {
      name,
      reals: own.length,
      covered: own.reduce((sum, one) => sum + one, 0) / Math.max(1, own.length),
      fakes: Array.from(nearest.real).filter(isOf).length,
    };
  });
}

const pixelsOf = (bytes: Uint8Array, dim: number): Features => ({
  values: Float32Array.from(bytes),
  count: bytes.length / dim,
  dim,
});
