import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileAtOnce } from '../../src/compile/at-once.js';
import { compileStep } from '../../src/compile/compile.js';
import { nodesOf } from '../../src/compile/graph/graph.js';
import { planStep } from '../../src/compile/plan.js';
import { nodeRuntime } from '../../src/compile/runtime/node/runtime.js';
import type { Runtime } from '../../src/compile/runtime/runtime.js';
import { float32, type StepFunction } from '../../src/compile/step.js';
import { targets } from '../../src/compile/target.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const rows = (count: number, width: number) =>
  float32(
    [count, width],
    Float32Array.from({ length: count * width }, (_, i) => Math.sin(i)),
  );

/** A product whose weights are made of two variables, and steps that change these. */
function makeNet(width = 3) {
  const w = tf.variable(tf.randomNormal<tf.Rank.R2>([width, width], 0, 1, 'float32', 7));
  const gain = tf.variable(tf.linspace(1, 2, width));
  const predict: StepFunction = ({ x }) => ({
    y: tf.matMul(x as tf.Tensor2D, tf.mul(tf.exp(w), gain)),
  });
  const train: StepFunction = () => {
    w.assign(tf.add(w, 0.25));
    return {};
  };
  return { w, gain, predict, train };
}

const eagerly = (predict: StepFunction, x: ReturnType<typeof rows>): number[] =>
  tf.tidy(() => Array.from(predict({ x: tf.tensor(x.values, [...x.shape]) }).y!.dataSync()));

function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  // One by one, hundreds of thousands of expectations would take their time.
  const largest = expected.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - actual[i]!)),
    0,
  );
  expect(largest).toBeLessThan(1e-3);
}

describe('what is made of variables alone', () => {
  it('is made apart from the step, where the step changes no variable', () => {
    const { predict, train } = makeNet();
    const plan = planStep(predict, { x: rows(2, 3) }, targets.cores);
    if ('part' in plan.graph) throw new Error('two rows are not taken apart');
    expect(nodesOf(plan.prepare!).map(({ op }) => op)).toEqual(['Exp', 'Mul']);
    expect(nodesOf(plan.graph).map(({ op }) => op)).toEqual(['Gemm']);
    expect(plan.graph.inputs.map(({ port }) => port.kind)).toEqual(['input', 'prepared']);
    const both: StepFunction = (inputs) => ({ ...predict(inputs), ...train(inputs) });
    expect(planStep(both, { x: rows(2, 3) }, targets.cores).prepare).toBeUndefined();
  });

  it('is made anew when a compiled step, an assign or an eager update has changed a variable', async () => {
    const { w, gain, predict, train } = makeNet();
    const compiled = compileStep(predict);
    const update = compileStep(train);
    const x = rows(2, 3);
    const check = async () => {
      expectClose((await compiled({ x })).y!.values, eagerly(predict, x));
    };
    await check();
    // Two arrays take turns in a variable: after two updates it has the first one again.
    for (let i = 0; i < 4; i++) {
      await update({});
      await check();
      await check();
    }
    gain.assign(tf.tensor1d([3, 2, 1]));
    await check();
    const clone = tf.tidy(() => tf.keep(w.clone()));
    await update({});
    await check();
    w.assign(clone);
    await check();
    await Promise.all([compiled.dispose(), update.dispose()]);
  });

  it('is made anew for steps that answer at once', () => {
    const { w, predict, train } = makeNet();
    const options = { threads: 1, seed: 0, firstCall: 0 };
    const compiled = compileAtOnce(predict, options);
    const update = compileAtOnce(train, options);
    const x = rows(2, 3);
    for (let i = 0; i < 3; i++) {
      update({});
      expectClose(compiled({ x }).y!.values, eagerly(predict, x));
    }
    w.assign(tf.zerosLike(w));
    expectClose(compiled({ x }).y!.values, eagerly(predict, x));
    compiled.dispose();
    update.dispose();
  });

  it('serves a batch in parts', async () => {
    const { predict, train } = makeNet(64);
    const x = rows(4096, 64);
    const plan = planStep(predict, { x }, targets.cores);
    expect('part' in plan.graph && plan.graph.count).toBeGreaterThan(1);
    const compiled = compileStep(predict, { threads: 2 });
    const update = compileStep(train);
    for (let i = 0; i < 2; i++) {
      expectClose((await compiled({ x })).y!.values, eagerly(predict, x));
      await update({});
    }
    await Promise.all([compiled.dispose(), update.dispose()]);
  });

  it('stays in the step where the step returns it', async () => {
    const { gain } = makeNet();
    const compiled = compileStep(({ x }) => ({ y: tf.exp(gain), z: tf.mul(x!, tf.exp(gain)) }));
    const { y } = await compiled({ x: rows(2, 3) });
    expectClose(y!.values, Array.from(tf.exp(gain).dataSync()));
    await compiled.dispose();
  });
});

describe('a frozen step', () => {
  it('takes variables for constants until one changes', async () => {
    const { w, gain, predict, train } = makeNet();
    const compiled = compileStep(predict, { frozen: true });
    const update = compileStep(train);
    const x = rows(2, 3);
    const check = async () => {
      expectClose((await compiled({ x })).y!.values, eagerly(predict, x));
    };
    await check();
    await check();
    for (let i = 0; i < 3; i++) {
      await update({});
      await check();
    }
    gain.assign(tf.tensor1d([3, 2, 1]));
    w.assign(tf.zerosLike(w));
    await check();
    await Promise.all([compiled.dispose(), update.dispose()]);
  });

  it('is loaded once where nothing changes, and without inputs but its own', async () => {
    const { gain, predict } = makeNet();
    const home = nodeRuntime({ threads: 1 });
    const loaded: string[][] = [];
    const runtime: Runtime = {
      ...home,
      load: (graph) => {
        loaded.push(graph.inputs.map(({ port }) => port.kind));
        return home.load(graph);
      },
    };
    const compiled = compileStep(predict, { runtime, frozen: true });
    const x = rows(2, 3);
    for (let i = 0; i < 3; i++) await compiled({ x });
    const once = [['state', 'state'], ['input']];
    expect(loaded).toEqual(once);
    gain.assign(tf.zerosLike(gain));
    expectClose((await compiled({ x })).y!.values, eagerly(predict, x));
    expect(loaded).toEqual([...once, ...once]);
    await compiled.dispose();
  });

  it('takes batches apart, and gives the same bits on any number of threads', async () => {
    const { w, predict } = makeNet(64);
    const x = rows(4096, 64);
    const one = compileStep(predict, { threads: 1, frozen: true });
    const two = compileStep(predict, { threads: 2, frozen: true });
    for (let i = 0; i < 2; i++) {
      const { y } = await one({ x });
      expectClose(y!.values, eagerly(predict, x));
      expect((await two({ x })).y).toEqual(y);
      w.assign(tf.zerosLike(w));
    }
    await Promise.all([one.dispose(), two.dispose()]);
  });

  it('changes no variable', async () => {
    const compiled = compileStep(makeNet().train, { frozen: true });
    await expect(compiled({})).rejects.toThrow(
      'a frozen step changes no variable, and this one does: compile it without `frozen`',
    );
    await compiled.dispose();
  });
});
