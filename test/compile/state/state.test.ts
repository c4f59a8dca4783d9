import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { float32, type HostTensor, scalar } from '../../../src/compile/step.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

afterEach(() => {
  tf.disposeVariables();
});

const vector = (...values: number[]): tf.Variable =>
  tf.tidy(() => tf.variable(tf.tensor1d(values)));
const numbers = (tensor: tf.Tensor | HostTensor): number[] =>
  Array.from('values' in tensor ? tensor.values : tensor.dataSync());

/** Doubles a variable and tells what it became. */
const doubling = (variable: tf.Variable) =>
  compileStep(() => {
    variable.assign(tf.mul(variable, 2));
    return { value: tf.clone(variable) };
  });

describe('a variable', () => {
  it('goes from run to run, and is there for TensorFlow.js after each', async () => {
    const a = vector(1, 3);
    const step = doubling(a);
    for (const times of [2, 4, 8]) {
      expect(numbers((await step({})).value!)).toEqual([times, 3 * times]);
      expect(numbers(a)).toEqual([times, 3 * times]);
      expect(numbers(tf.add(a, 1))).toEqual([times + 1, 3 * times + 1]);
    }
  });

  it('is left alone by tracing', async () => {
    const a = vector(1, 3);
    const step = compileStep(({ x }) => {
      a.assign(tf.add(a, x!));
      return { sum: tf.sum(a) };
    });
    await step({ x: scalar(1) });
    await step({ x: float32([2], Float32Array.of(10, 20)) });
    expect(numbers(a)).toEqual([12, 24]);
  });

  it('takes no more memory from run to run', async () => {
    const a = vector(1, 2);
    const before = tf.memory();
    const step = doubling(a);
    for (let i = 0; i < 3; i++) await step({});
    expect(tf.memory()).toEqual(before);
  });

  it('is shared by steps', async () => {
    const a = vector(1);
    const double = doubling(a);
    const increment = compileStep(({ x }) => {
      a.assign(tf.add(a, x!));
      return { value: tf.clone(a) };
    });
    await double({});
    await increment({ x: scalar(5) });
    await double({});
    expect(numbers((await increment({ x: scalar(1) })).value!)).toEqual([15]);
  });

  it('takes what is assigned from outside between runs', async () => {
    const a = vector(1);
    const step = doubling(a);
    await step({});
    const assigned = tf.tensor1d([100]);
    a.assign(assigned);
    await step({});
    await step({});
    expect(numbers(a)).toEqual([400]);
    expect(numbers(assigned)).toEqual([100]);
  });

  it('keeps its old values for a clone', async () => {
    const a = vector(1, 2);
    const step = doubling(a);
    const clones: tf.Tensor[] = [];
    for (let i = 0; i < 4; i++) {
      clones.push(tf.clone(a));
      await step({});
    }
    expect(clones.map(numbers)).toEqual([
      [1, 2],
      [2, 4],
      [4, 8],
      [8, 16],
    ]);
  });

  it('goes its own way after it was assigned another variable', async () => {
    const [a, b] = [vector(1), vector(0)];
    // From here on they share their data.
    b.assign(a);
    const step = compileStep(() => {
      a.assign(tf.mul(a, 2));
      return { b: tf.clone(b) };
    });
    for (let i = 0; i < 3; i++) expect(numbers((await step({})).b!)).toEqual([1]);
    expect(numbers(a)).toEqual([8]);
  });

  it('changes places with another', async () => {
    const [a, b] = [vector(1), vector(2)];
    const step = compileStep(() => {
      const first = tf.clone(a);
      a.assign(b);
      b.assign(first);
      return {};
    });
    for (let i = 0; i < 3; i++) await step({});
    expect([a, b].map(numbers)).toEqual([[2], [1]]);
  });

  it('may hold integers', async () => {
    const count = tf.variable(tf.scalar(1, 'int32'));
    const step = compileStep(() => {
      count.assign(tf.add(count, tf.scalar(1, 'int32')));
      return { count: tf.clone(count) };
    });
    await step({});
    expect(await step({})).toEqual({
      count: { dtype: 'int32', shape: [], values: Int32Array.of(3) },
    });
    expect(count.dataSync()).toEqual(Int32Array.of(3));
  });

  it('comes over from another backend', async () => {
    const a = vector(1, 3);
    const step = doubling(a);
    await step({});
    await tf.setBackend('wasm');
    expect(numbers(tf.add(a, 1))).toEqual([3, 7]);
    await step({});
    // A new signature, traced while the values are elsewhere.
    const sum = compileStep(({ x }) => ({ sum: tf.add(tf.sum(a), x!) }));
    expect(numbers(tf.neg(a))).toEqual([-4, -12]);
    expect(numbers((await sum({ x: scalar(1) })).sum!)).toEqual([17]);
    expect(tf.getBackend()).toBe('wasm');
    await tf.setBackend('cpu');
    expect(numbers(a)).toEqual([4, 12]);
  });

  it('is read whole by runs that were asked for at once', async () => {
    const a = vector(1);
    const step = doubling(a);
    const runs = await Promise.all([step({}), step({}), step({})]);
    expect(runs.map(({ value }) => numbers(value!))).toEqual([[2], [4], [8]]);
  });
});

describe('a variable that the step makes', () => {
  it('starts from what it was made from, and is made once', async () => {
    let made: tf.Variable | undefined;
    let traces = 0;
    const step = compileStep(({ x }) => {
      traces++;
      made ??= tf.variable(tf.fill([2], 10), false, 'sum');
      made.assign(tf.add(made, x!));
      return { sum: tf.clone(made) };
    });
    expect(numbers((await step({ x: scalar(1) })).sum!)).toEqual([11, 11]);
    expect(numbers((await step({ x: scalar(2) })).sum!)).toEqual([13, 13]);
    const x = float32([2], Float32Array.of(100, 200));
    expect(numbers((await step({ x })).sum!)).toEqual([113, 213]);
    expect(numbers(made!)).toEqual([113, 213]);
    expect(traces).toBe(2);
  });

  it('may start from random numbers', async () => {
    let weights: tf.Variable | undefined;
    const step = compileStep(({ x }) => {
      weights ??= tf.variable(tf.randomNormal([3], 0, 1, 'float32', 7));
      return { product: tf.mul(weights, x!) };
    });
    const { product } = await step({ x: scalar(1) });
    expect(numbers(product!)).toEqual(numbers(weights!));
    expect(numbers(tf.randomNormal([3], 0, 1, 'float32', 7))).toEqual(numbers(product!));
  });

  it('is there, as it was made, when the trace fails', async () => {
    let made: tf.Variable | undefined;
    const step = compileStep(({ x }) => {
      made = tf.variable(tf.ones([2]));
      made.assign(tf.zeros([2]));
      return { y: tf.real(tf.complex(x!, x!)) };
    });
    await expect(step({ x: scalar(1) })).rejects.toThrow('no lowering of Complex');
    expect(numbers(made!)).toEqual([1, 1]);
  });

  it('is refused when its value is not known yet', async () => {
    const step = compileStep(({ x }) => ({ y: tf.mul(tf.variable(x!), 2) }));
    await expect(step({ x: scalar(1) })).rejects.toThrow(
      'a traced step makes a variable from a value that is not known yet: make it outside of the step, called at',
    );
  });
});
