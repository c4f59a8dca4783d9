import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { nodeRuntime } from '../../../src/compile/runtime/node/runtime.js';
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
    variable.assign(tf.mul(variable, tf.scalar(2, variable.dtype)));
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

  it('may hold truth values', async () => {
    const flags = tf.tidy(() => tf.variable(tf.tensor1d([true, false], 'bool')));
    const step = compileStep(() => {
      flags.assign(tf.logicalNot(flags));
      return { flags: tf.cast(flags, 'float32') };
    });
    expect(numbers((await step({})).flags!)).toEqual([0, 1]);
    expect(numbers((await step({})).flags!)).toEqual([1, 0]);
    expect(flags.dataSync()).toEqual(Uint8Array.of(1, 0));
    flags.dispose();
  });

  it('may be gone when it is only assigned', async () => {
    const a = vector(1);
    const step = compileStep(({ x }) => {
      a.assign(tf.reshape(x!, [1]));
      return { twice: tf.mul(x!, 2) };
    });
    await step({ x: scalar(1) });
    a.dispose();
    expect(numbers((await step({ x: scalar(2) })).twice!)).toEqual([4]);
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

/** A moment after a run has begun, and before it is over. */
const runUnderWay = () => new Promise((resolve) => setImmediate(resolve));

describe('a variable that is changed while a run is under way', () => {
  /** Doubles, as a runtime that takes its time. */
  const slowly = (variable: tf.Variable, during: () => unknown) => {
    const runtime = nodeRuntime({ threads: 1 });
    return compileStep(
      () => {
        variable.assign(tf.mul(variable, tf.scalar(2, variable.dtype)));
        return { value: tf.clone(variable) };
      },
      {
        runtime: {
          ...runtime,
          async load(graph) {
            const session = await runtime.load(graph);
            return {
              ...session,
              async run(...args) {
                await during();
                return session.run(...args);
              },
            };
          },
        },
      },
    );
  };
  const assign = (variable: tf.Variable, ...values: number[]) =>
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape, variable.dtype)));

  it('has what was assigned, which comes after the run', async () => {
    const a = vector(1, 3);
    let pending: (() => void) | undefined = () => assign(a, 10, 20);
    const step = slowly(a, () => {
      pending?.();
      pending = undefined;
    });
    expect(numbers((await step({})).value!)).toEqual([2, 6]);
    expect(numbers(a)).toEqual([10, 20]);
    expect(numbers((await step({})).value!)).toEqual([20, 40]);
    expect(numbers((await step({})).value!)).toEqual([40, 80]);
    expect(numbers(a)).toEqual([40, 80]);
  });

  it('has what was assigned, be it a clone of what the run began with', async () => {
    const a = vector(1);
    await doubling(a)({});
    const kept = tf.clone(a);
    let first = true;
    const step = slowly(a, () => {
      if (first) a.assign(kept);
      first = false;
    });
    for (const after of [2, 4, 8]) {
      await step({});
      expect(numbers(a)).toEqual([after]);
    }
    expect(numbers(kept)).toEqual([2]);
    kept.dispose();
  });

  it('is read by the runs that have not begun', async () => {
    const a = vector(1);
    let first = true;
    const step = slowly(a, () => {
      if (first) assign(a, 10);
      first = false;
    });
    const runs = await Promise.all([step({}), step({}), step({})]);
    expect(runs.map(({ value }) => numbers(value!))).toEqual([[2], [20], [40]]);
    expect(numbers(a)).toEqual([40]);
  });

  it('is not lost whenever the assignment comes', async () => {
    const a = vector(1);
    const step = doubling(a);
    for (const wait of [() => undefined, () => Promise.resolve(), runUnderWay]) {
      const run = step({});
      await wait();
      assign(a, 100);
      await run;
      // Before the run or after it.
      expect([100, 200]).toContain(numbers(a)[0]);
    }
  });

  it('may hold integers, and be assigned another variable', async () => {
    const count = tf.variable(tf.scalar(1, 'int32'));
    const other = tf.variable(tf.scalar(7, 'int32'));
    const step = slowly(count, () => count.assign(other));
    expect(numbers((await step({})).value!)).toEqual([2]);
    expect([count, other].map(numbers)).toEqual([[7], [7]]);
    expect(numbers((await doubling(count)({})).value!)).toEqual([14]);
    expect([count, other].map(numbers)).toEqual([[14], [7]]);
  });

  it('may be cloned, or go to another backend, and still gets what the run wrote', async () => {
    const a = vector(1, 3);
    const clones: tf.Tensor[] = [];
    const step = slowly(a, async () => {
      clones.push(tf.clone(a));
      await tf.setBackend('wasm');
      expect(numbers(tf.add(a, 1))).toHaveLength(2);
      await tf.setBackend('cpu');
    });
    await step({});
    await step({});
    expect(numbers(a)).toEqual([4, 12]);
    expect(clones.map(numbers)).toEqual([
      [1, 3],
      [2, 6],
    ]);
  });

  it('may be disposed of: the run ends as it would have, later ones name it', async () => {
    const a = tf.tidy(() => tf.variable(tf.tensor1d([1]), true, 'gone'));
    const before = tf.memory().numTensors;
    const step = slowly(a, () => a.dispose());
    expect(numbers((await step({})).value!)).toEqual([2]);
    expect(tf.memory().numTensors).toBe(before - 1);
    await expect(step({})).rejects.toThrow(
      'a step uses the variable gone, which was disposed of, called at',
    );
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
    // Two passes for each signature.
    expect(traces).toBe(4);
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
      return { y: tf.unique(tf.reshape(x!, [-1]) as tf.Tensor1D).values };
    });
    await expect(step({ x: scalar(1) })).rejects.toThrow('no lowering of Unique');
    expect(numbers(made!)).toEqual([1, 1]);
  });

  it('is refused when its value is not known yet', async () => {
    const step = compileStep(({ x }) => ({ y: tf.mul(tf.variable(x!), 2) }));
    await expect(step({ x: scalar(1) })).rejects.toThrow(
      'a traced step makes a variable from a value that is not known yet: make it outside of the step, called at',
    );
  });
});
