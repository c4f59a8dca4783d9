import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CompileOptions, compileStep } from '../../../src/compile/compile.js';
import { CompileError } from '../../../src/compile/errors.js';
import { float32, type StepFunction } from '../../../src/compile/step.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

afterEach(() => {
  tf.disposeVariables();
});

const thisFile = fileURLToPath(import.meta.url);
const x = () => ({ x: float32([2], Float32Array.of(1, 2)) });

/** What a step is refused with, and the line of this file that is to blame. */
async function refusal(step: StepFunction, options: CompileOptions = {}) {
  const thrown: unknown = await compileStep(step, options)(x()).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(CompileError);
  const [why, place = ''] = (thrown as CompileError).message.split(', called at ') as [string];
  const lines = (await readFile(thisFile, 'utf8')).split('\n');
  const [, line] = /:(\d+):\d+$/.exec(place) ?? [];
  return { why, line: line === undefined ? undefined : lines[Number(line) - 1]!.trim() };
}

const changing = 'a step does something else each time that it is traced';

describe('a step is refused that does something else at each call:', () => {
  it('a counter that is a number', async () => {
    let count = 0;
    const { why, line } = await refusal(({ x }) => {
      const twice = tf.mul(x!, 2);
      return { y: tf.add(twice, count++) };
    });
    expect(why).toBe(
      `${changing}, here constant of 2, before of 1: make what changes an input of the step, or compile with { changes: 'freeze' }`,
    );
    expect(line).toContain('tf.add(twice, count++)');
  });

  it.each<[string, () => number]>([
    ['Math.random', () => Math.random()],
    ['the time', () => performance.now()],
  ])('%s', async (_, next) => {
    const { why, line } = await refusal(({ x }) => ({ y: tf.mul(x!, tf.scalar(next())) }));
    expect(why).toContain(`${changing}, here constant of `);
    expect(line).toContain('tf.scalar(next())');
  });

  it('a counter that is an attribute', async () => {
    let most = 0;
    const { why, line } = await refusal(({ x }) => ({ y: tf.clipByValue(x!, 0, ++most) }));
    expect(why).toContain(`${changing}, here ClipByValue`);
    expect(line).toContain('tf.clipByValue(');
  });

  it('a list of attributes that is changed where it is', async () => {
    const padding: [number, number][] = [[0, 0]];
    const { why, line } = await refusal(({ x }) => {
      padding[0]![1]++;
      return { y: tf.pad(x!, padding) };
    });
    expect(why).toContain(`${changing}, here PadV2 of [5], before of [4]`);
    expect(line).toContain('tf.pad(x!, padding)');
  });

  it('a list that grows', async () => {
    const list: number[] = [];
    const { why, line } = await refusal(({ x }) => {
      list.push(1);
      return { y: list.reduce((sum: tf.Tensor, one) => tf.add(sum, one), x!) };
    });
    expect(why).toContain(`${changing}, here constant`);
    expect(line).toContain('tf.add(sum, one)');
  });

  it('indices that are shuffled', async () => {
    const order = Array.from({ length: 40 }, (_, i) => i);
    const { why, line } = await refusal(({ x }) => {
      tf.util.shuffle(order);
      return { y: tf.gather(tf.tile(x!, [20]), tf.tensor1d(order, 'int32')) };
    });
    expect(why).toContain(`${changing}, here constant`);
    expect(line).toContain("tf.tensor1d(order, 'int32')");
  });

  it('a choice', async () => {
    let calls = 0;
    const { why, line } = await refusal(({ x }) => {
      calls += 1;
      return { y: calls % 2 === 0 ? tf.relu(x!) : tf.neg(x!) };
    });
    expect(why).toContain(`${changing}, here Neg`);
    expect(line).toContain('tf.neg(x!)');
  });

  it('names of what it returns', async () => {
    let calls = 0;
    const { why } = await refusal(({ x }) => ({ [`y${calls++}`]: x! }));
    expect(why).toContain('a step returns, assigns or keeps something else each time');
  });

  it('a variable that is made anew', async () => {
    const { why, line } = await refusal(({ x }) => {
      const sum = tf.variable(tf.zeros([2]));
      sum.assign(tf.add(sum, x!));
      return { y: tf.clone(sum) };
    });
    expect(why).toBe('a step makes a variable at every call: make it once, or outside of the step');
    expect(line).toContain('tf.variable(tf.zeros([2]))');
  });

  it('state in kept tensors beside a counter, even if it may be frozen', async () => {
    let [kept, count] = [tf.tensor1d([0, 0]) as tf.Tensor, 0];
    const step: StepFunction = ({ x }) => {
      const next = tf.add(tf.mul(kept, count++), x!);
      kept.dispose();
      kept = tf.keep(next);
      return { y: tf.clone(next) };
    };
    expect((await refusal(step, { changes: 'freeze' })).why).toContain(changing);
    // As it was before.
    expect(Array.from(kept.dataSync())).toEqual([0, 0]);
  });
});

it('what to do with changes is one of two', () => {
  expect(() => compileStep(() => ({}), { changes: 'ignore' as never })).toThrow(
    new CompileError("changes is 'refuse' or 'freeze', not ignore"),
  );
});

describe('a step', () => {
  it('may be frozen as it was when it ran first', async () => {
    let count = 1;
    const step = compileStep(({ x }) => ({ y: tf.mul(x!, count++) }), { changes: 'freeze' });
    for (let i = 0; i < 2; i++) expect(Array.from((await step(x())).y!.values)).toEqual([1, 2]);
  });

  it('may count what changes nothing', async () => {
    let count = 0;
    const step = compileStep(({ x }) => {
      count++;
      return { y: tf.neg(x!) };
    });
    expect(Array.from((await step(x())).y!.values)).toEqual([-1, -2]);
    expect(count).toBe(2);
  });

  it('may make its model and its optimiser when it is first called', async () => {
    let model: tfl.Sequential | undefined;
    let optimizer: tf.Optimizer | undefined;
    const step = compileStep(({ x }) => {
      model ??= tfl.sequential({
        layers: [tfl.layers.dense({ units: 1, inputShape: [2], kernelInitializer: 'ones' })],
      });
      optimizer ??= tf.train.adam(0.1);
      const loss = optimizer.minimize(
        () => tf.sum(model!.apply(tf.reshape(x!, [1, 2])) as tf.Tensor) as tf.Scalar,
        true,
      )!;
      return { loss };
    });
    const losses: number[] = [];
    for (let i = 0; i < 3; i++) losses.push((await step(x())).loss!.values[0]!);
    expect(losses[0]).toBe(3);
    expect(losses[1]).toBeCloseTo(3 - 0.1 * (1 + 2 + 1), 4);
    expect(losses[2]).toBeCloseTo(3 - 0.2 * (1 + 2 + 1), 4);
  });

  it('may do something else at its first call', async () => {
    let calls = 0;
    const weight = tf.variable(tf.scalar(1));
    const step = compileStep(({ x }) => {
      calls += 1;
      weight.assign(tf.add(weight, calls === 1 ? 100 : 1));
      return { y: tf.mul(x!, weight) };
    });
    for (const times of [101, 102, 103]) {
      expect(Array.from((await step(x())).y!.values)).toEqual([times, 2 * times]);
    }
  });
});

describe('Math.random in a step', () => {
  /** Runs with a `Math.random` that draws the same number every time. */
  const lucky = async (run: () => Promise<void>) => {
    const spy = vi.spyOn(Math, 'random').mockReturnValue(0.5);
    await run().finally(() => spy.mockRestore());
  };

  it('is refused even where every pass makes the same choice', async () => {
    await lucky(async () => {
      const { why, line } = await refusal(({ x }) => ({
        y: Math.random() < 0.05 ? tf.sub(1, x!) : tf.mul(x!, 2),
      }));
      expect(why).toBe(
        "a step draws random numbers in JavaScript, which runs while it is traced alone: make them an input of the step, draw them with operations of TensorFlow.js, or compile with { changes: 'freeze' }",
      );
      expect(line).toContain('Math.random() < 0.05');
    });
  });

  it('is refused in an order that is shuffled alike', async () => {
    await lucky(async () => {
      const { line } = await refusal(({ x }) => {
        const order = [...tf.util.createShuffledIndices(2)];
        return { y: tf.gather(x!, tf.tensor1d(order, 'int32')) };
      });
      expect(line).toContain('createShuffledIndices(2)');
    });
  });

  it('may be frozen, and may be asked for at the first call alone', async () => {
    const frozen = compileStep(({ x }) => ({ y: tf.mul(x!, Math.random() < 2 ? 3 : 4) }), {
      changes: 'freeze',
    });
    expect([...(await frozen(x())).y!.values]).toEqual([3, 6]);
    let scale: number | undefined;
    const step = compileStep(({ x }) => {
      scale ??= Math.random() < 2 ? 5 : 6;
      return { y: tf.mul(x!, scale) };
    });
    expect([...(await step(x())).y!.values]).toEqual([5, 10]);
  });

  it('is asked for by operations and initialisers, which are not refused', async () => {
    let layer: ReturnType<typeof tfl.layers.dense> | undefined;
    const step = compileStep(({ x }) => {
      layer ??= tfl.layers.dense({ units: 2, kernelInitializer: 'glorotNormal' });
      const noise = tf.dropout(tf.randomNormal([1, 2]), 0.5);
      const y = layer.apply(tf.add(tf.reshape(x!, [1, 2]), noise)) as tf.Tensor;
      return { y, index: tf.multinomial(tf.reshape(x!, [2]) as tf.Tensor1D, 3) };
    });
    expect((await step(x())).y!.shape).toEqual([1, 2]);
  });
});
