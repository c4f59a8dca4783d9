import type { RandomStream } from '../../src/random.js';
import { type Features, featureSet } from '../../src/scores/features.js';

/** `count` standard normal samples of dimension `dim`, each then changed by `change`. */
export function normalSamples(
  random: RandomStream,
  count: number,
  dim: number,
  change: (z: number, d: number, i: number) => number = (z) => z,
): Features {
  const values = random.normals(count * dim).map((z, i) => change(z, i % dim, Math.floor(i / dim)));
  return featureSet(values, dim);
}

/** `count` samples around `modes` far points in turn: sample i is near mode i mod `modes`. */
export function clusteredSamples(
  random: RandomStream,
  count: number,
  dim: number,
  { modes, spread = 1 }: { modes: number; spread?: number },
): Features {
  return normalSamples(random, count, dim, (z, d, i) => spread * z + (d === i % modes ? 10 : 0));
}

/** Row i of a feature set. */
export function row({ values, dim }: Features, i: number): number[] {
  return Array.from(values.subarray(i * dim, (i + 1) * dim));
}

export function dot(x: readonly number[], y: readonly number[]): number {
  return x.reduce((sum, value, d) => sum + value * y[d]!, 0);
}

export function distance(x: readonly number[], y: readonly number[]): number {
  return Math.hypot(...x.map((value, d) => value - y[d]!));
}

/** The rows of a feature set. */
export function rows(features: Features): number[][] {
  return Array.from({ length: features.count }, (_, i) => row(features, i));
}
