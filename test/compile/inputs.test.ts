import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileStep } from '../../src/compile/compile.js';
import { CompileError } from '../../src/compile/errors.js';
import { float32, type HostTensor, int32, type StepInput } from '../../src/compile/step.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const vector = (...values: number[]) => float32([values.length], Float32Array.from(values));

describe('an input', () => {
  it('may be a tensor of TensorFlow.js, of any type that compile has', async () => {
    const step = compileStep(({ float, int, bool }) => ({
      float: tf.mul(float!, 2),
      int: tf.add(int!, tf.scalar(1, 'int32')),
      bool: tf.cast(tf.logicalNot(bool!), 'int32'),
    }));
    const tensors = {
      float: tf.tensor1d([1.5, 2]),
      int: tf.tensor2d([[2 ** 24 + 1]], undefined, 'int32'),
      bool: tf.tensor1d([true, false], 'bool'),
    };
    const run = step(tensors);
    tensors.float.dispose();
    expect(await run).toEqual({
      float: vector(3, 4),
      int: int32([1, 1], Int32Array.of(2 ** 24 + 2)),
      bool: int32([2], Int32Array.of(0, 1)),
    });
    await expect(step({ ...tensors })).rejects.toThrow("step input 'float' was disposed of");
    tf.dispose(tensors);
  });

  it('may be truth values', async () => {
    const step = compileStep(({ x }) => ({ y: tf.where(x!, 1, 2) }));
    const x = { dtype: 'bool', shape: [2], values: Uint8Array.of(1, 0) } as const;
    expect((await step({ x })).y!.values).toEqual(Float32Array.of(1, 2));
  });

  it.each<[tf.Tensor, string]>([
    [tf.tensor1d(['a']), 'string'],
    [tf.complex([1], [2]), 'complex64'],
  ])('is refused when it is a tensor of another type', async (x, dtype) => {
    await expect(compileStep(({ x }) => ({ x: x! }))({ x })).rejects.toThrow(
      new CompileError(`step input 'x' is a tensor of dtype ${dtype}: compile has none`),
    );
  });

  it.each<[unknown, string]>([
    [null, "step input 'x' is no host tensor"],
    [undefined, "step input 'x' is no host tensor"],
    [{ dtype: 'constructor', shape: [0], values: [] }, "step input 'x' is no host tensor"],
    [{ ...vector(1), shape: undefined }, "step input 'x': a shape is a list of lengths"],
    [{ ...vector(1), shape: [-1, -1] }, "step input 'x': a shape is a list of lengths"],
    [{ ...vector(1), shape: [0.5, 2] }, "step input 'x': a shape is a list of lengths"],
    [{ ...vector(1), shape: [2 ** 31, 2 ** 31] }, 'holds 4611686018427388000 values, but 1'],
  ])('is refused when it is %j', async (x, why) => {
    const thrown: unknown = await compileStep(({ x }) => ({ x: x! }))({ x: x as HostTensor }).catch(
      (error: unknown) => error,
    );
    expect(thrown).toBeInstanceOf(CompileError);
    expect(String(thrown)).toContain(why);
  });

  it.each([null, [vector(1)], tf.scalar(1)])('is not all of them: %s', async (inputs) => {
    await expect(compileStep(({ x }) => ({ x: x! }))(inputs as never)).rejects.toThrow(
      new CompileError('a step is called with an object of inputs, such as { x }'),
    );
  });

  it('has a string for a name', async () => {
    const x = Symbol('x');
    await expect(compileStep(() => ({ x: tf.scalar(1) }))({ [x]: vector(1) })).rejects.toThrow(
      new CompileError('step input Symbol(x) has no name: use a string'),
    );
    await expect(compileStep(() => ({ [x]: tf.scalar(1) }))({})).rejects.toThrow(
      new CompileError('step output Symbol(x) has no name: use a string'),
    );
  });

  it.each(['', '__proto__', 'constructor', 'toString', 'a b', 'in/x', 'é'])(
    'may be called "%s", and so may an output',
    async (name) => {
      const step = compileStep((inputs) => Object.fromEntries([[name, tf.neg(inputs[name]!)]]));
      for (const values of [[1, 2], [3]]) {
        const result = await step(Object.fromEntries([[name, vector(...values)]]));
        expect(Object.keys(result)).toEqual([name]);
        expect(Object.values(result)).toEqual([vector(...values.map((value) => -value))]);
      }
    },
  );

  it('is told from another one by its name alone, whatever that is', async () => {
    const step = compileStep((inputs) => ({ count: tf.scalar(Object.keys(inputs).length) }));
    const counts = async (inputs: Record<string, StepInput>) =>
      (await step(inputs)).count!.values[0];
    expect(await counts({ a: vector(1), b: vector(1) })).toBe(2);
    expect(await counts({ 'a:float32[1] b': vector(1) })).toBe(1);
  });

  it('may be missing where the step can do without', async () => {
    const step = compileStep(({ x }) => ({ y: x === undefined ? tf.scalar(7) : tf.sum(x) }));
    expect((await step()).y!.values[0]).toBe(7);
    expect((await step({ x: vector(1, 2) })).y!.values[0]).toBe(3);
    expect((await step({})).y!.values[0]).toBe(7);
  });
});

describe('a tensor', () => {
  it.each([0, 1, 2, 3, 4, 5, 6])('may have rank %d', async (rank) => {
    const shape = [2, 3, 1, 2, 1, 2].slice(0, rank);
    const values = Float32Array.from(
      { length: shape.reduce((product, length) => product * length, 1) },
      (_, i) => i,
    );
    const step = compileStep(({ x }) => ({ same: x!, twice: tf.mul(x!, 2), sum: tf.sum(x!) }));
    const { same, twice, sum } = await step({ x: float32(shape, values) });
    expect(same).toEqual(float32(shape, values));
    expect(twice).toEqual(
      float32(
        shape,
        values.map((value) => 2 * value),
      ),
    );
    expect(sum!.values[0]).toBe(values.reduce((a, b) => a + b, 0));
  });

  it('may have no elements', async () => {
    const step = compileStep(({ x, y }) => ({
      same: x!,
      twice: tf.mul(x!, 2),
      sum: tf.sum(x!, 0),
      joined: tf.concat([x!, y!]),
    }));
    const empty = float32([0, 2], new Float32Array());
    const y = float32([1, 2], Float32Array.of(5, 6));
    expect(await step({ x: empty, y })).toEqual({
      same: empty,
      twice: empty,
      sum: vector(0, 0),
      joined: y,
    });
  });
});
