/** Each operation that draws, compiled, against itself on the `cpu` backend. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { chiSquare, correlationOf, meanOf, sameDistribution } from './statistics.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const n = 20_000;
type DrawOp = (seed?: number) => tf.Tensor;

/** Eager TensorFlow.js takes the seed that is given here, and a compiled step its own. */
const operations: Readonly<Record<string, DrawOp>> = {
  'randomNormal(1, 2)': (seed) => tf.randomNormal([n], 1, 2, 'float32', seed),
  'randomNormal() of int32': (seed) => tf.randomNormal([n], -0.2, 3, 'int32', seed),
  'randomStandardNormal()': (seed) => tf.randomStandardNormal([n], 'float32', seed),
  'truncatedNormal(-1, 0.5)': (seed) => tf.truncatedNormal([n], -1, 0.5, 'float32', seed),
  'truncatedNormal() of int32': (seed) => tf.truncatedNormal([n], 0.5, 2, 'int32', seed),
  'randomUniform()': (seed) => tf.randomUniform([n], undefined, undefined, 'float32', seed),
  'randomUniform(-3, 5)': (seed) => tf.randomUniform([n], -3, 5, 'float32', seed),
  'randomUniform() of int32': (seed) => tf.randomUniform([n], -3, 5, 'int32', seed),
  'randomUniform() of bool': (seed) => tf.randomUniform([n], 0, 2, 'bool', seed),
  'randomUniformInt(2, 9)': (seed) => tf.randomUniformInt([n], 2, 9, seed),
  'randomGamma(0.5, 3)': (seed) => tf.randomGamma([n], 0.5, 3, 'float32', seed),
  'randomGamma(4)': (seed) => tf.randomGamma([n], 4, undefined, 'float32', seed),
  'randomGamma(2, 5) of int32': (seed) => tf.randomGamma([n], 2, 5, 'int32', seed),
  'dropout()': (seed) => tf.dropout(tf.ones([n]), 0.3, undefined, seed),
};

/** As something that a step returns. */
const returned = (x: tf.Tensor): tf.Tensor => (x.dtype === 'bool' ? tf.cast(x, 'int32') : x);

describe('the numbers of a compiled step', () => {
  it.each(Object.entries(operations))('%s', async (_, draw) => {
    const step = compileStep(() => ({ y: returned(draw()) }), { seed: 1, threads: 1 });
    const { y } = await step({});
    const eager = tf.tidy(() => returned(draw(2)));
    expect(y!.dtype).toBe(eager.dtype);
    const wanted = eager.dataSync();
    expect(sameDistribution(y!.values, wanted)).toBeGreaterThan(0.01);
    // As many values are possible.
    const [found, expected] = [new Set(y!.values), new Set(wanted)];
    if (expected.size < 10) expect(found).toEqual(expected);
    else expect(Math.abs(found.size / expected.size - 1)).toBeLessThan(0.1);
    // Others at the next call, that have nothing to do with them.
    const next = (await step({})).y!.values;
    expect(Math.abs(correlationOf(y!.values, next))).toBeLessThan(0.03);
    expect(Math.abs(correlationOf(y!.values.slice(1), y!.values.slice(0, -1)))).toBeLessThan(0.03);
    await step.dispose();
    eager.dispose();
  });

  it('multinomial', async () => {
    const logits = tf.tensor2d([
      [0, 1, 2, -1],
      [3, 0, 0, -50],
    ]);
    const probabilities = tf.softmax(logits);
    const step = compileStep(
      () => ({
        unscaled: tf.multinomial(logits, n),
        normalized: tf.multinomial(probabilities as tf.Tensor2D, n, undefined, true),
        vector: tf.multinomial([0.1, 0.2], 5),
      }),
      { seed: 1 },
    );
    const { unscaled, normalized, vector } = await step({});
    expect(vector).toMatchObject({ dtype: 'int32', shape: [5] });
    for (const { values, shape, dtype } of [unscaled!, normalized!]) {
      expect({ shape, dtype }).toEqual({ shape: [2, n], dtype: 'int32' });
      const expected = [...probabilities.dataSync()].map((share) => share * n);
      const counts = new Array<number>(8).fill(0);
      values.forEach((category, i) => {
        counts[4 * Math.floor(i / n) + category]! += 1;
      });
      expect(counts[7]).toBe(0);
      // 5 degrees of freedom: 20.5 in one of a thousand.
      expect(chiSquare(counts.slice(0, 7), expected.slice(0, 7))).toBeLessThan(20.5);
    }
    expect(meanOf(vector!.values)).toBeLessThanOrEqual(1);
    await step.dispose();
  });
});
