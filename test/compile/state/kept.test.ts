import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import {
  float32,
  type HostTensor,
  type RunnableStep,
  type StepFunction,
} from '../../../src/compile/step.js';
import { cpuEngine } from '../../support/compiled.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const numbers = (tensor: tf.Tensor | HostTensor): number[] =>
  Array.from('values' in tensor ? tensor.values : tensor.dataSync());
const vector = (...values: number[]): HostTensor =>
  float32([values.length], Float32Array.from(values));

/** What calls of a step give, one after the other: as it stands, and compiled. */
async function both(
  make: () => StepFunction,
  calls: readonly Readonly<Record<string, HostTensor>>[],
): Promise<{ eager: number[][]; compiled: number[][] }> {
  const run = async (step: RunnableStep) => {
    const results: number[][] = [];
    for (const inputs of calls) {
      results.push(Object.values(await step(inputs)).flatMap((output) => numbers(output)));
    }
    return results;
  };
  const eager = await run(cpuEngine().compile(make()));
  const compiled = await run(compileStep(make()));
  return { eager, compiled };
}

function expectClose(actual: readonly number[][], expected: readonly number[][]): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((list, i) => {
    expect(list.length).toBe(expected[i]!.length);
    list.forEach((value, j) => {
      expect(value).toBeCloseTo(expected[i]![j]!, 5);
    });
  });
}

const recurrent = {
  simpleRNN: tfl.layers.simpleRNN,
  gru: tfl.layers.gru,
  lstm: tfl.layers.lstm,
} as const;

const statefulModel = (kind: keyof typeof recurrent): tfl.LayersModel => {
  const layer = recurrent[kind]({
    ...{ units: 2, stateful: true, batchInputShape: [1, 1, 1], returnSequences: false },
    ...{ kernelInitializer: 'ones', recurrentInitializer: 'ones', biasInitializer: 'zeros' },
  } as never);
  return tfl.sequential({ layers: [layer] });
};
const ones = { x: float32([1, 1, 1], Float32Array.of(0.3)) };

describe.each(['simpleRNN', 'gru', 'lstm'] as const)('a stateful %s', (kind) => {
  it.each([false, true])('goes on from call to call, training: %s', async (training) => {
    const make = (): StepFunction => {
      const model = statefulModel(kind);
      return ({ x }) => ({ y: model.apply(x!, { training }) as tf.Tensor });
    };
    const { eager, compiled } = await both(make, [ones, ones, ones, ones]);
    expectClose(compiled, eager);
    expect(eager[1]).not.toEqual(eager[0]);
  });

  it('is shared with TensorFlow.js, and begins again when it is told to', async () => {
    const [model, twin] = [statefulModel(kind), statefulModel(kind)];
    const step = compileStep(({ x }) => ({ y: model.apply(x!) as tf.Tensor }));
    const eagerly = (of: tfl.LayersModel) =>
      numbers(of.predict(tf.tensor(ones.x.values, [1, 1, 1])) as tf.Tensor);
    const compiled = async () => numbers((await step(ones)).y!);
    const expectTwins = (values: number[]) => expectClose([values], [eagerly(twin)]);
    expectTwins(await compiled());
    expectTwins(await compiled());
    expectTwins(eagerly(model));
    expectTwins(await compiled());
    expectTwins(await compiled());
    model.resetStates();
    twin.resetStates();
    expectTwins(await compiled());
    expectTwins(eagerly(model));
    expectTwins(await compiled());
  });
});

/** Momentum that is kept in a field. */
class Momentum {
  velocity: tf.Tensor | undefined;
  step(
    gradient: tf.Tensor,
    how: { dispose?: boolean; begin?: 'zeros' | 'gradient' } = {},
  ): tf.Tensor {
    const before = this.velocity ?? (how.begin === 'gradient' ? undefined : tf.zerosLike(gradient));
    const next = before === undefined ? tf.clone(gradient) : tf.add(tf.mul(before, 0.9), gradient);
    if (how.dispose !== false) this.velocity?.dispose();
    this.velocity = tf.keep(next);
    return tf.clone(next);
  }
}

const gradients = [vector(1, 2), vector(3, -1), vector(0.5, 0), vector(2, 2)].map((x) => ({ x }));

describe('momentum in a kept tensor', () => {
  it.each([
    { dispose: true, begin: 'zeros' },
    { dispose: true, begin: 'gradient' },
    { dispose: false, begin: 'zeros' },
    { dispose: false, begin: 'gradient' },
  ] as const)('goes on from call to call: %o', async (how) => {
    const make = (): StepFunction => {
      const momentum = new Momentum();
      return ({ x }) => ({ v: momentum.step(x!, how) });
    };
    const { eager, compiled } = await both(make, gradients);
    expectClose(compiled, eager);
  });

  it.each([true, false])('may begin outside, disposed of: %s', async (dispose) => {
    const make = (): StepFunction => {
      const momentum = new Momentum();
      momentum.velocity = tf.tensor1d([10, 20]);
      return ({ x }) => ({ v: momentum.step(x!, { dispose }) });
    };
    const { eager, compiled } = await both(make, gradients);
    expectClose(compiled, eager);
    expectClose(compiled.slice(0, 1), [[10, 20]]);
  });

  it('may be large', async () => {
    const size = 70_000;
    const momentum = new Momentum();
    momentum.velocity = tf.range(0, size);
    const step = compileStep(({ x }) => ({ v: tf.slice(momentum.step(x!), [size - 1], [1]) }));
    const x = float32([size], new Float32Array(size).fill(1));
    let expected = size - 1;
    for (let i = 0; i < 3; i++) {
      expected = expected * 0.9 + 1;
      expect((await step({ x })).v!.values[0]).toBeCloseTo(expected, 1);
    }
  });

  it('is there for TensorFlow.js after each call, on any backend', async () => {
    const momentum = new Momentum();
    const step = compileStep(({ x }) => ({ v: momentum.step(x!) }));
    const tensors = tf.memory().numTensors;
    for (const inputs of gradients) {
      const { v } = await step(inputs);
      expect(numbers(momentum.velocity!)).toEqual(numbers(v!));
      expect(tf.memory().numTensors).toBe(tensors + 1);
    }
    await tf.setBackend('wasm');
    const before = numbers(momentum.velocity!);
    expect(numbers(tf.neg(momentum.velocity!))).toEqual(before.map((value) => -value));
    const { v } = await step(gradients[0]!);
    await tf.setBackend('cpu');
    expectClose(
      [numbers(v!)],
      [before.map((value, i) => value * 0.9 + gradients[0]!.x.values[i]!)],
    );
    expect(numbers(momentum.velocity!)).toEqual(numbers(v!));
  });

  it('leaves a clone what it was', async () => {
    const momentum = new Momentum();
    const step = compileStep(({ x }) => ({ v: momentum.step(x!) }));
    const clones: tf.Tensor[] = [];
    const results: number[][] = [];
    for (const inputs of gradients) {
      results.push(numbers((await step(inputs)).v!));
      clones.push(tf.clone(momentum.velocity!));
    }
    expect(clones.map(numbers)).toEqual(results);
  });

  it('goes on where TensorFlow.js left it', async () => {
    const [momentum, twin] = [new Momentum(), new Momentum()];
    const step = compileStep(({ x }) => ({ v: momentum.step(x!) }));
    for (const [i, { x }] of gradients.entries()) {
      const tensor = tf.tensor1d(x.values);
      const expected = numbers(twin.step(tensor));
      const actual = i === 2 ? momentum.step(tensor) : (await step({ x })).v!;
      expectClose([numbers(actual)], [expected]);
    }
  });

  it.each([true, false])('is one for inputs of all shapes, disposed of: %s', async (dispose) => {
    const make = (): StepFunction => {
      const momentum = new Momentum();
      return ({ x }) => ({ v: momentum.step(tf.sum(x!), { dispose }) });
    };
    const calls = [[1, 2], [3], [4, 5], [6], [7, 8]].map((values) => ({ x: vector(...values) }));
    const { eager, compiled } = await both(make, calls);
    expectClose(compiled, eager);
  });

  it('is what it was when the step fails, and the next call goes on', async () => {
    const momentum = new Momentum();
    momentum.velocity = tf.tensor1d([10, 20]);
    let fails = true;
    const step = compileStep(({ x }) => {
      const v = momentum.step(x!);
      if (fails) throw new RangeError('half-way');
      return { v };
    });
    await expect(step(gradients[0]!)).rejects.toThrow('half-way');
    expect(numbers(momentum.velocity)).toEqual([10, 20]);
    fails = false;
    expectClose([numbers((await step(gradients[0]!)).v!)], [[10, 20]]);
  });
});

describe('what a step keeps', () => {
  it.each([true, false])(
    'and never reads has the last values, disposed of: %s',
    async (dispose) => {
      let loss: tf.Tensor | undefined;
      const step = compileStep(({ x }) => {
        if (dispose) loss?.dispose();
        loss = tf.keep(tf.sum(x!));
        return {};
      });
      await step({ x: vector(1, 2) });
      expect(numbers(loss!)).toEqual([3]);
      await step({ x: vector(3, 4) });
      expect(numbers(loss!)).toEqual([7]);
      await step({ x: vector(5) });
      expect(numbers(loss!)).toEqual([5]);
      await step({ x: vector(6, 7) });
      expect(numbers(loss!)).toEqual([13]);
    },
  );

  it('of the shape of the batch has the last values', async () => {
    let kept: tf.Tensor | undefined;
    const step = compileStep(({ x }) => {
      kept = tf.keep(tf.neg(x!));
      return {};
    });
    for (const values of [[1, 2], [3], [4, 5], [6]]) {
      await step({ x: vector(...values) });
      expect(numbers(kept!)).toEqual(values.map((value) => -value));
    }
  });

  it('once, and reads ever after, stays as it was', async () => {
    const make = (): StepFunction => {
      let first: tf.Tensor | undefined;
      return ({ x }) => {
        first ??= tf.keep(tf.mul(x!, 2));
        return { y: tf.add(first, x!) };
      };
    };
    const { eager, compiled } = await both(make, gradients);
    expectClose(compiled, eager);
  });

  it('of constants is a tensor like any other', async () => {
    let table: tf.Tensor | undefined;
    const step = compileStep(({ x }) => {
      table ??= tf.keep(tf.tensor1d([1, 2]));
      return { y: tf.mul(x!, table) };
    });
    expect(numbers((await step({ x: vector(3, 4) })).y!)).toEqual([3, 8]);
    expect(numbers(tf.neg(table!))).toEqual([-1, -2]);
    expect(numbers((await step({ x: vector(5, 6) })).y!)).toEqual([5, 12]);
  });
});
