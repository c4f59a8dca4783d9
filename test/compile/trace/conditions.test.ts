import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { float32, scalar } from '../../../src/compile/step.js';
import { run, succeeding } from '../../support/cli.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

afterEach(() => {
  tf.disposeVariables();
});

const numbers = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());
const x = () => ({ x: float32([1, 2], Float32Array.of(1, 2)) });

describe('what changes between calls', () => {
  it('may be which layers are trainable', async () => {
    const layers = [
      tfl.layers.dense({ units: 2, inputShape: [2], kernelInitializer: 'ones' }),
      tfl.layers.dense({ units: 1, kernelInitializer: 'ones' }),
    ];
    const model = tfl.sequential({ layers });
    const optimizer = tf.train.sgd(0.01);
    let traces = 0;
    const step = compileStep(({ x }) => {
      traces++;
      optimizer.minimize(() => tf.sum(model.apply(x!) as tf.Tensor) as tf.Scalar);
      return {};
    });
    const kernels = () => layers.map((layer) => numbers(layer.getWeights()[0]!));
    const changes = async () => {
      const before = kernels();
      await step(x());
      return kernels().map((kernel, i) => kernel.some((weight, j) => weight !== before[i]![j]));
    };
    expect(await changes()).toEqual([true, true]);
    layers[0]!.trainable = false;
    expect(await changes()).toEqual([false, true]);
    expect(await changes()).toEqual([false, true]);
    const once = traces;
    // What was compiled before is still there.
    layers[0]!.trainable = true;
    expect(await changes()).toEqual([true, true]);
    layers[0]!.trainable = false;
    expect(await changes()).toEqual([false, true]);
    expect(traces).toBe(once);
  });

  it('may be a tensor from outside that is disposed of, and another that takes its place', async () => {
    let factor = tf.tensor1d([2, 3]);
    const step = compileStep(({ x }) => ({ y: tf.mul(x!, factor) }));
    expect(Array.from((await step(x())).y!.values)).toEqual([2, 6]);
    factor.dispose();
    factor = tf.tensor1d([5, 7]);
    expect(Array.from((await step(x())).y!.values)).toEqual([5, 14]);
    factor.dispose();
    await expect(step(x())).rejects.toThrow('a step uses a tensor that was disposed of, called at');
  });

  it('may be a variable that is disposed of, and another that takes its place', async () => {
    let weight = tf.variable(tf.scalar(2));
    const step = compileStep(({ x }) => ({ y: tf.mul(x!, weight) }));
    expect((await step({ x: scalar(3) })).y!.values[0]).toBe(6);
    weight.dispose();
    weight = tf.variable(tf.scalar(5));
    expect((await step({ x: scalar(3) })).y!.values[0]).toBe(15);
  });
});

it('a tensor from outside is read where it is, whatever other backends there are', async () => {
  const root = new URL('../../..', import.meta.url).pathname;
  const door = new URL('../../../src/compile/index.ts', import.meta.url).href;
  const script = `
    import '@tensorflow/tfjs-backend-wasm';
    import * as tf from '@tensorflow/tfjs-core';
    import '@tensorflow/tfjs-backend-cpu';
    import { compile, scalar } from ${JSON.stringify(door)};
    await tf.setBackend('cpu');
    const two = tf.scalar(2);
    const step = compile(({ x }) => ({ y: tf.mul(x, two) }));
    for (const x of [3, 4]) console.log((await step({ x: scalar(x) })).y.values[0]);
  `;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
  const { stdout } = await succeeding(run(process.execPath, args, { cwd: root }));
  expect(stdout).toBe('6\n8\n');
});
