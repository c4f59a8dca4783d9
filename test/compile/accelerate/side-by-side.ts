/**
 * Two models from the same weights, one of them accelerated, and what each makes of the same data.
 */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expect, vi } from 'vitest';
import { accelerate } from '../../../src/compile/accelerate/accelerate.js';
import { RandomStream } from '../../../src/random.js';

/** Normal numbers; the same for the same seed. */
export const normals = (shape: number[], seed = 1): tf.Tensor =>
  tf.tensor(RandomStream.fromSeed(seed).normals(tf.util.sizeFromShape(shape)), shape);

/** Numbers of classes, or of tokens, below `count`. */
export function integers(shape: number[], count: number, seed = 2): tf.Tensor {
  const random = RandomStream.fromSeed(seed);
  const values = Array.from({ length: tf.util.sizeFromShape(shape) }, () => random.integer(count));
  return tf.tensor(values, shape, 'int32');
}

export const oneHot = (rows: number, classes: number, seed = 2): tf.Tensor =>
  tf.cast(tf.oneHot(tf.reshape(integers([rows], classes, seed), [rows]), classes), 'float32');

/** Replaces `Math.random` by numbers that are the same each time, until it is called. */
function sameRandomness(): () => void {
  const random = RandomStream.fromSeed(7);
  const spy = vi.spyOn(Math, 'random').mockImplementation(() => random.uniform(0, 1));
  return () => spy.mockRestore();
}

/** Runs with the same random numbers each time. */
export async function withSameRandomness<T>(run: () => Promise<T> | T): Promise<T> {
  const restore = sameRandomness();
  try {
    return await run();
  } finally {
    restore();
  }
}

/** A model that `make` made, and an accelerated one with the same weights. */
export function pairOf<Model extends tfl.LayersModel>(
  make: () => Model,
): { readonly stock: Model; readonly fast: Model } {
  const restore = sameRandomness();
  const stock = make();
  restore();
  const fast = make();
  fast.setWeights(stock.getWeights());
  return { stock, fast: accelerate(fast, { seed: 1 }) };
}

/** Numbers, and objects and lists of them, that are close. */
export function expectAlike(actual: unknown, expected: unknown, relative = 1e-4, what = ''): void {
  if (typeof expected === 'number') {
    const allowed = relative * Math.max(Math.abs(expected), 1e-2);
    const difference = Math.abs((actual as number) - expected);
    if (difference <= allowed || Object.is(actual, expected)) return;
    throw new Error(`${what}: ${actual}, expected ${expected}`);
  }
  if (typeof expected !== 'object' || expected === null) {
    expect(actual, what).toBe(expected);
    return;
  }
  expect(Object.keys(actual as object), what).toEqual(Object.keys(expected));
  for (const [key, value] of Object.entries(expected)) {
    expectAlike((actual as Record<string, unknown>)[key], value, relative, `${what}.${key}`);
  }
}

/** Asserts that all weights of the models, and those of their optimisers, are close. */
export async function expectSameWeights(
  { stock, fast }: { readonly stock: tfl.LayersModel; readonly fast: tfl.LayersModel },
  relative = 1e-3,
): Promise<void> {
  const values = (model: tfl.LayersModel) =>
    model.getWeights().map((weight) => Array.from(weight.dataSync()));
  const [actual, expected] = [values(fast), values(stock)];
  for (const [i, list] of expected.entries()) {
    const scale = Math.max(1e-2, ...list.map(Math.abs));
    const worst = Math.max(...list.map((value, j) => Math.abs(value - actual[i]![j]!)));
    expect(worst / scale, `weight ${stock.weights[i]!.name}`).toBeLessThan(relative);
  }
}

/** Trains both by `train` and asserts that what it returns is alike, and that the weights are. */
export async function expectAlikeTraining<Model extends tfl.LayersModel>(
  make: () => Model,
  train: (model: Model) => Promise<unknown>,
  relative = 1e-4,
): Promise<{ readonly stock: Model; readonly fast: Model }> {
  const models = pairOf(make);
  const expected = await withSameRandomness(() => train(models.stock));
  const actual = await withSameRandomness(() => train(models.fast));
  expectAlike(actual, expected, relative, 'returned');
  await expectSameWeights(models, 10 * relative);
  return models;
}
