import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { compileStep } from '../../src/compile/compile.js';
import { CompileError } from '../../src/compile/errors.js';
import { endLanes } from '../../src/compile/runtime/node/lanes.js';
import { nodeRuntime } from '../../src/compile/runtime/node/runtime.js';
import type { Runtime } from '../../src/compile/runtime/runtime.js';
import { float32 } from '../../src/compile/step.js';
import { cpuEngine } from '../support/compiled.js';

afterAll(endLanes);

/** onnxruntime, with a count of the sessions that are there. */
function counting(): Runtime & { sessions: number; loaded: number } {
  const runtime = nodeRuntime({ threads: 2 });
  const counted = {
    ...{ target: runtime.target, store: runtime.store, sessions: 0, loaded: 0 },
    async load(graph: Parameters<Runtime['load']>[0]) {
      const session = await runtime.load(graph);
      counted.sessions++;
      counted.loaded++;
      return {
        ...session,
        async release() {
          counted.sessions--;
          await session.release();
        },
      };
    },
  };
  return counted;
}

const ones = (length: number) => ({ x: float32([length], new Float32Array(length).fill(1)) });

describe('dispose', () => {
  it('frees what was compiled, after the runs that were asked for', async () => {
    const runtime = counting();
    const step = compileStep(({ x }) => ({ sum: tf.sum(x!) }), { runtime });
    await step(ones(2));
    const last = step(ones(3));
    const disposed = step.dispose();
    expect((await last).sum!.values[0]).toBe(3);
    await disposed;
    expect([runtime.loaded, runtime.sessions]).toEqual([2, 0]);
    await expect(step(ones(2))).rejects.toThrow(
      new CompileError('a compiled step was called after its dispose()'),
    );
    await step.dispose();
  });

  it('frees the parts that lanes hold, and leaves variables alone', async () => {
    const weight = tf.variable(tf.scalar(2));
    const step = compileStep(
      ({ x }) => {
        const loss = tf.sum(tf.mul(tf.tanh(x!), weight));
        weight.assign(tf.add(weight, 1));
        return { loss };
      },
      { threads: 2 },
    );
    const x = float32([64, 4096], new Float32Array(64 * 4096).fill(1));
    await step({ x });
    await step.dispose();
    expect(weight.dataSync()[0]).toBe(3);
    weight.dispose();
  });

  it('is there on eager engines too', async () => {
    const step = cpuEngine().compile(({ x }) => ({ sum: tf.sum(x!) }));
    await step(ones(2));
    await step.dispose();
  });
});

it('a build that failed is tried again', async () => {
  const makes = vi.fn(() => tf.scalar(1));
  const step = compileStep(({ x }) => {
    if (makes.mock.calls.length === 0) {
      makes();
      throw new RangeError('not yet');
    }
    return { sum: tf.sum(x!) };
  });
  await expect(step(ones(2))).rejects.toThrow('not yet');
  expect((await step(ones(2))).sum!.values[0]).toBe(2);
});

describe('a step with inputs of many shapes', () => {
  it('keeps the programs that were used last', async () => {
    const runtime = counting();
    const step = compileStep(({ x }) => ({ sum: tf.sum(x!) }), { runtime });
    for (let length = 1; length <= 20; length++) {
      await step(ones(length));
      await step(ones(1));
    }
    expect([runtime.loaded, runtime.sessions]).toEqual([20, 16]);
    await step(ones(20));
    expect(runtime.loaded).toBe(20);
    await step(ones(2));
    expect([runtime.loaded, runtime.sessions]).toEqual([21, 16]);
    await step.dispose();
    expect(runtime.sessions).toBe(0);
  });

  it('takes no more memory after 200 of them', async () => {
    // A program holds its constants. Kept, the 150 would take 217 MB; what is not collected yet comes
    // to some 50.
    const [a, b] = [tf.linspace(0, 1, 65_536), tf.linspace(1, 2, 65_536)];
    const weights = tf.variable(tf.ones([65_536]));
    const step = compileStep(
      ({ x }) => {
        weights.assign(tf.mul(tf.add(tf.mul(weights, a), b), tf.mean(x!)));
        return { mean: tf.mean(weights) };
      },
      { threads: 1 },
    );
    const run = async (from: number, to: number) => {
      for (let length = from; length < to; length++) await step(ones(length));
      return { tensors: tf.memory().numTensors, bytes: process.memoryUsage().rss };
    };
    const early = await run(1, 51);
    const late = await run(51, 201);
    expect(late.tensors).toBe(early.tensors);
    expect(late.bytes - early.bytes).toBeLessThan(100e6);
    await step.dispose();
    tf.dispose([a, b, weights]);
  });
});
