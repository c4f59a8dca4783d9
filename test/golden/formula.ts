/**
 * The weights and inputs of the golden cases: the twin of `uniform` and `initial_weight` in
 * make_goldens.py. Only 32-bit integers and single IEEE operations, so both give the same bits.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { NamedVariables } from '../../src/train/variables.js';

const product = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

/** offset + scale · u, u in [−1, 1) by hashing `name` and the index, rounded to float32. */
export function uniform(
  name: string,
  shape: readonly number[],
  { scale = 1, offset = 0 }: { scale?: number; offset?: number } = {},
): tf.Tensor {
  let seed = 0x811c9dc5; // FNV-1a of the name,
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  const values = Float32Array.from({ length: product(shape) }, (_, i) => {
    let h = seed + Math.imul(i, 0x9e3779b9); // then MurmurHash3's finaliser of name and index.
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h = (h ^ (h >>> 16)) >>> 0;
    return offset + scale * (h / 2 ** 31 - 1);
  });
  return tf.tensor(values, [...shape]);
}

/** A value of an ordinary size for every kind of weight; none is zero. */
function initialWeight(name: string, shape: readonly number[]): tf.Tensor {
  if (/\/(gamma|moving_variance)$/.test(name)) {
    return uniform(name, shape, { scale: 0.5, offset: 1 });
  }
  if (/\/(beta|bias|moving_mean)$/.test(name)) return uniform(name, shape, { scale: 0.3 });
  return uniform(name, shape, { scale: Math.sqrt(3 / product(shape.slice(0, -1))) });
}

/** Gives each variable the values that belong to its name. */
export function assignInitialWeights(variables: NamedVariables): void {
  for (const [name, variable] of variables) {
    tf.tidy(() => variable.assign(initialWeight(name, variable.shape)));
  }
}
