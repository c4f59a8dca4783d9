/** What a step draws, call by call: which numbers, and when they are the same. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type CompileOptions, compileStep } from '../../../src/compile/compile.js';
import type { DrawOptions } from '../../../src/compile/compiled.js';
import { CompileError } from '../../../src/compile/errors.js';
import { planStep } from '../../../src/compile/plan.js';
import { float32, type StepFunction } from '../../../src/compile/step.js';
import { targets } from '../../../src/compile/target.js';
import { correlationOf, meanOf } from './statistics.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const noise: StepFunction = () => ({
  a: tf.randomNormal([6]),
  b: tf.randomNormal([6]),
  c: tf.randomUniform([2, 3]),
});
const rows = (length: number) => float32([length, 3], new Float32Array(3 * length).fill(1));

/** What some calls of a step return, as lists of numbers. */
async function calls(step: StepFunction, options: DrawOptions, count: number) {
  const compiled = compileStep(step, { threads: 1, ...options });
  const results: Record<string, number[]>[] = [];
  for (let call = 0; call < count; call++) {
    const outputs = Object.entries(await compiled({}));
    results.push(Object.fromEntries(outputs.map(([name, { values }]) => [name, [...values]])));
  }
  await compiled.dispose();
  return results;
}

describe('the numbers that a step draws', () => {
  it('are the same for the same seed, and others for another', async () => {
    const first = await calls(noise, { seed: 3 }, 2);
    expect(await calls(noise, { seed: 3 }, 2)).toEqual(first);
    const all = [...first, ...(await calls(noise, { seed: 4 }, 2))];
    const lists = all.flatMap(({ a, b, c }) => [a!, b!, c!]);
    expect(new Set(lists.map(String)).size).toBe(lists.length);
  });

  it('are drawn by large seeds and numbers of calls as well', async () => {
    const options = [
      { seed: 2 ** 53 - 1 },
      { seed: 2 ** 52 - 1 },
      { seed: 2 ** 32 },
      { seed: 0 },
      { seed: 0, firstCall: 2 ** 32 },
      { seed: 0, firstCall: 2 ** 53 - 2 },
    ];
    const lists = await Promise.all(options.map((option) => calls(noise, option, 1)));
    expect(new Set(lists.map(([first]) => String(first!.a))).size).toBe(options.length);
  });

  it('go on where another step stopped', async () => {
    const whole = await calls(noise, { seed: 3 }, 5);
    expect(await calls(noise, { seed: 3, firstCall: 3 }, 2)).toEqual(whole.slice(3));
    const stopped = compileStep(noise, { threads: 1 });
    await stopped({});
    const next = await stopped({});
    const { seed } = stopped;
    expect(stopped.calls).toBe(2);
    const resumed = compileStep(noise, { threads: 1, seed, firstCall: 1 });
    expect(await resumed({})).toEqual(next);
    await stopped.dispose();
    await resumed.dispose();
  });

  it('are others for each step that has no seed', async () => {
    const steps = [compileStep(noise), compileStep(noise)];
    expect(steps[0]!.seed).not.toBe(steps[1]!.seed);
    expect(compileStep(noise, { random: 'refuse' }).seed).toBeUndefined();
  });

  it('are the same in two steps with one seed, where they draw alike', async () => {
    const other: StepFunction = () => ({ z: tf.mul(tf.randomNormal([6]), 2) });
    const [{ a }] = (await calls(noise, { seed: 3 }, 1)) as [Record<string, number[]>];
    const [{ z }] = (await calls(other, { seed: 3 }, 1)) as [Record<string, number[]>];
    expect(z).toEqual(a!.map((value) => 2 * value));
  });

  it('are drawn for each call over all signatures', async () => {
    const step = compileStep(({ x }) => ({ y: tf.add(x!, tf.randomUniform(x!.shape)) }), {
      seed: 5,
      threads: 1,
    });
    const first = await step({ x: rows(2) });
    const other = await step({ x: rows(4) });
    const again = await step({ x: rows(2) });
    expect(step.calls).toBe(3);
    expect(again.y!.values).not.toEqual(first.y!.values);
    expect(other.y!.values.slice(0, 6)).not.toEqual(first.y!.values);
    await step.dispose();
  });

  it('are drawn again after a call that failed', async () => {
    const step = compileStep(
      ({ x }) => {
        if (x!.shape[0] === 3) throw new Error('not three');
        return { y: tf.randomUniform([4]) };
      },
      { seed: 5, threads: 1 },
    );
    const wanted = await calls(() => ({ y: tf.randomUniform([4]) }), { seed: 5 }, 2);
    const values = async () => [...(await step({ x: rows(2) })).y!.values];
    expect(await values()).toEqual(wanted[0]!.y);
    await expect(step({ x: rows(3) })).rejects.toThrow('not three');
    expect(await values()).toEqual(wanted[1]!.y);
    await step.dispose();
  });

  it('are the same on any number of threads, in parts of the batch', async () => {
    const weights = tf.variable(tf.randomNormal([64, 4096], 0, 0.1, 'float32', 1));
    const images = float32([64, 64], new Float32Array(64 * 64).fill(0.5));
    const train: StepFunction = ({ x }) => {
      const loss = () => {
        const hidden = tf.relu(tf.matMul(tf.dropout(x!, 0.3) as tf.Tensor2D, weights));
        return tf.mean(tf.square(tf.dropout(hidden, 0.5))) as tf.Scalar;
      };
      const { value, grads } = tf.variableGrads(loss, [weights as tf.Variable]);
      return { value, gradient: grads[weights.name]! };
    };
    const { graph } = planStep(train, { x: images }, targets.cores, { seed: 9 });
    const sources = 'part' in graph ? graph.pieces.map(({ source }) => source.kind) : [];
    expect(sources.sort()).toEqual(['input', 'supplied', 'supplied']);
    const run = async (threads: number) => {
      const step = compileStep(train, { seed: 9, threads });
      const results = [await step({ x: images }), await step({ x: images })];
      await step.dispose();
      return results;
    };
    const alone = await run(1);
    expect(await run(2)).toEqual(alone);
    expect(alone[0]).not.toEqual(alone[1]);
    weights.dispose();
  });

  it('leave their arrays alone once they are returned', async () => {
    const step = compileStep(() => ({ y: tf.randomUniform([5]) }), { seed: 1, threads: 1 });
    const first = await step({});
    const copy = [...first.y!.values];
    await step({});
    expect([...first.y!.values]).toEqual(copy);
    await step.dispose();
  });
});

describe('one draw', () => {
  it('is one mask, in the loss and in its gradient', async () => {
    const step = compileStep(
      ({ x }) => {
        const { value, grad } = tf.valueAndGrad((x) => tf.dropout(x, 0.4))(x!);
        return { value, grad };
      },
      { seed: 1, threads: 1 },
    );
    const { value, grad } = await step({ x: rows(1000) });
    expect(grad!.values).toEqual(value!.values);
    expect(meanOf(Float32Array.from(value!.values, (kept) => Math.sign(kept)))).toBeCloseTo(0.6, 1);
    expect(value!.values.find((kept) => kept > 0)).toBeCloseTo(1 / 0.6, 6);
    await step.dispose();
  });

  it('is not another one', async () => {
    const n = 4000;
    const pair: StepFunction = () => ({ a: tf.randomNormal([n]), b: tf.randomNormal([n]) });
    const [{ a, b }] = (await calls(pair, { seed: 1 }, 1)) as [Record<string, number[]>];
    expect(Math.abs(correlationOf(a!, b!))).toBeLessThan(0.05);
  });
});

describe('a seed of an operation', () => {
  const logits = [
    [1, 2, 0, -1],
    [0, 0, 3, 0],
  ];
  const shares = [0.2, 0.5, 0, 0.3];
  it.each<[string, () => tf.Tensor]>([
    ['randomNormal', () => tf.randomNormal([5], 1, 2, 'float32', 7)],
    ['randomUniform', () => tf.randomUniform([5], -1, 1, 'float32', 'seed')],
    ['truncatedNormal', () => tf.truncatedNormal([5], 0, 1, 'float32', 7)],
    ['randomGamma', () => tf.randomGamma([5], 2, 1, 'float32', 7)],
    ['dropout', () => tf.dropout(tf.ones([20]), 0.5, undefined, 7)],
    ['multinomial', () => tf.multinomial(logits, 50, 7)],
    ['multinomial of shares', () => tf.multinomial(shares, 50, 7, true)],
    ['a large one', () => tf.sum(tf.randomNormal([70_000], 0, 1, 'float32', 7))],
  ])('gives the numbers of eager TensorFlow.js at every call: %s', async (_, draw) => {
    const [first, second] = (await calls(() => ({ y: draw() }), {}, 2)) as [
      Record<string, number[]>,
      Record<string, number[]>,
    ];
    const eager = tf.tidy(() => [...draw().dataSync()]);
    expect(first).toEqual(second);
    for (const [i, value] of eager.entries()) expect(first.y![i]).toBeCloseTo(value, 3);
  });

  it('that is 0 is none, where TensorFlow.js takes it for none', async () => {
    const [first, second] = await calls(
      () => ({
        normal: tf.randomNormal([3], 0, 1, 'float32', 0),
        uniform: tf.randomUniform([3], 0, 1, 'float32', 0),
      }),
      {},
      2,
    );
    expect(first!.normal).not.toEqual(second!.normal);
    expect(first!.uniform).toEqual(second!.uniform);
  });
});

it('drawing leaves Math.random and Object.prototype as they were', async () => {
  const { random } = Math;
  const properties = Reflect.ownKeys(Object.prototype);
  await calls(noise, {}, 1);
  const failing: StepFunction = () => ({ y: tf.randomNormal([2], 0, 1, 'bool' as 'int32') });
  await expect(calls(failing, {}, 1)).rejects.toThrow('Unsupported data type bool');
  await expect(calls(() => ({ y: tf.rand([2], () => 1) }), {}, 1)).rejects.toThrow('tf.rand');
  expect(Math.random).toBe(random);
  expect(Reflect.ownKeys(Object.prototype)).toEqual(properties);
});

it('variables that a step makes begin as its seed has it', async () => {
  const first = async (seed: number): Promise<number[]> => {
    let made: tf.Variable | undefined;
    const step = compileStep(
      () => {
        made ??= tf.variable(tf.randomNormal([4]));
        return { made: tf.add(made, 0), drawn: tf.randomNormal([4]) };
      },
      { seed, threads: 1 },
    );
    const outputs = Object.values(await step({})).map(({ values }) => [...values]);
    expect(await step({})).toMatchObject({ made: { values: Float32Array.from(outputs[0]!) } });
    await step.dispose();
    made!.dispose();
    return outputs.flat();
  };
  const numbers = await first(1);
  expect(await first(1)).toEqual(numbers);
  expect(new Set([...numbers, ...(await first(2))]).size).toBe(16);
});

it('variables that a step makes begin with numbers of their distribution', async () => {
  let made: tf.Variable | undefined;
  const step = compileStep(
    () => {
      made ??= tf.variable(tf.randomNormal([70_000], 3, 0.5));
      return { mean: tf.mean(made) };
    },
    { seed: 1, threads: 1 },
  );
  const first = await step({});
  expect(first.mean!.values[0]).toBeCloseTo(3, 1);
  expect(await step({})).toEqual(first);
  expect(meanOf(made!.dataSync())).toBeCloseTo(first.mean!.values[0]!, 4);
  await step.dispose();
  made!.dispose();
});

describe('a step is refused when it', () => {
  const randomWidth = tfl.layers.randomWidth({ factor: 0.3, interpolation: 'nearest' });
  const refusal = async (step: StepFunction): Promise<string> => {
    const thrown = await compileStep(step)({ x: rows(2) }).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(CompileError);
    return (thrown as CompileError).message;
  };

  it.each<[string, StepFunction, string]>([
    [
      'draws with a function of its own',
      () => ({ y: tf.rand([3], () => 1) }),
      'a traced step draws random numbers with tf.rand, whose function would be called while tracing alone: ' +
        'use another operation, or make them an input of the step, called at ',
    ],
    [
      'draws truth values that are none',
      () => ({ y: tf.cast(tf.randomUniform([3], 0, 5, 'bool'), 'int32') }),
      'a traced step draws random numbers with tf.randomUniform of dtype bool that are not 0 and 1: ' +
        'make them an input of the step, called at ',
    ],
    [
      'applies a layer that reads what it draws',
      ({ x }) => ({ y: randomWidth.apply(tf.reshape(x!, [1, 2, 3, 1])) as tf.Tensor }),
      'a step read a value while it was traced; a step is a pure function of tensors, called at ',
    ],
    [
      'reads what it draws',
      () => ({ y: tf.scalar(tf.randomUniform([1]).dataSync()[0]!) }),
      'a step read a value while it was traced; a step is a pure function of tensors, called at ',
    ],
  ])('%s', async (_, step, why) => {
    expect(await refusal(step)).toContain(why);
    expect(await refusal(step)).toContain(import.meta.filename);
  });

  it('draws in a way that is not known', async () => {
    // As if a version of TensorFlow.js kept its numbers elsewhere.
    const define = vi.spyOn(Reflect, 'defineProperty').mockReturnValue(false);
    try {
      expect(await refusal(() => ({ y: tf.randomNormal([3]) }))).toContain(
        'a traced step draws random numbers with tf.randomNormal, from what cannot be told: make them an input of the step',
      );
    } finally {
      define.mockRestore();
    }
  });
});

describe('options', () => {
  it.each<[CompileOptions, string]>([
    [{ seed: -1 }, 'a seed is a whole number from 0 to 2^53 - 1, not -1'],
    [{ seed: 0.5 }, 'a seed is a whole number from 0 to 2^53 - 1, not 0.5'],
    [{ random: 'sometimes' as 'draw' }, "random is 'draw' or 'refuse', not sometimes"],
    [
      { random: 'refuse', seed: 1 },
      "a step that draws no random numbers, random: 'refuse', has no seed",
    ],
  ])('%o', (options, why) => {
    expect(() => compileStep(noise, options)).toThrow(new CompileError(why));
  });
});
