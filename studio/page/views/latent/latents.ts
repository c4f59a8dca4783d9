/**
 * Latents of the explorer: of seeds, between seeds, and closer to the usual.
 *
 * Axes: Z latent.
 */
import { RandomStream } from '../../../../src/random.js';
import { normalCdf, normalQuantile } from './normal.js';

/** What a seed draws: standard normal, [Z]; the first picture that `mixgan sample --seed SEED` draws. */
export const seedLatent = (seed: number, latentDim: number): Float32Array =>
  RandomStream.fromSeed(seed).split('sample').normals(latentDim);

/** Seeds of the plane repeat after so many in each direction. */
const side = 1000;

/** The seed at a whole point of the plane: one further right is the next seed, one further down the 1,000th. */
export const seedAt = (x: number, y: number): number => wrapped(x) + side * wrapped(y);

/** Where a seed lies in the plane; `seedAt` of it is the seed. */
export const placeOfSeed = (seed: number): readonly [number, number] => [
  seed % side,
  Math.floor(seed / side) % side,
];

const wrapped = (value: number): number => ((value % side) + side) % side;

/**
 * A blend of standard normal latents that is as long as they are. With weights that add up to 1 it
 * would be shorter between them than at them, Σw² < 1 of their variance, and generators draw greyer
 * pictures there; divided by √Σw² it has their variance everywhere.
 *
 * @param latents each [Z]
 * @param weights not all of them 0
 */
export function blend(latents: readonly Float32Array[], weights: readonly number[]): Float32Array {
  const norm = Math.hypot(...weights);
  const blended = new Float32Array(latents[0]!.length);
  latents.forEach((latent, k) => {
    const weight = weights[k]! / norm;
    if (weight !== 0) for (let i = 0; i < blended.length; i++) blended[i]! += weight * latent[i]!;
  });
  return blended;
}

/** Between four: the latents of the upper left, upper right, lower left and lower right; u, v in 0 … 1. */
export const between = (corners: readonly Float32Array[], u: number, v: number): Float32Array =>
  blend(corners, [(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v]);

/** Anywhere in the plane of seeds, whose whole points are seeds. */
export function planeLatent(
  x: number,
  y: number,
  seed: (seed: number) => Float32Array,
): Float32Array {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const corners = [
    seedAt(left, top),
    seedAt(left + 1, top),
    seedAt(left, top + 1),
    seedAt(left + 1, top + 1),
  ];
  return between(corners.map(seed), x - left, y - top);
}

/**
 * Numbers beyond ±`most` are unlikely after this: each keeps its rank, among normal numbers within those
 * limits. What comes of random latents is what `mixgan sample --truncation` draws by drawing again, but
 * changes smoothly with the limit.
 *
 * @param most greater than 0; infinity leaves the latent as it is
 */
export function truncated(latent: Float32Array, most: number): Float32Array {
  if (most === Number.POSITIVE_INFINITY) return latent;
  const lowest = normalCdf(-most);
  return latent.map((value) => {
    const rank = lowest + normalCdf(value) * (1 - 2 * lowest);
    return Math.min(most, Math.max(-most, normalQuantile(rank)));
  });
}
