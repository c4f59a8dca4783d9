import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { nodeRuntime } from '../../../src/compile/runtime/node/runtime.js';
import type { Runtime } from '../../../src/compile/runtime/runtime.js';
import { float32 } from '../../../src/compile/step.js';

/** What a runtime is told when a step of a batch [8, …] is called, in order. */
async function told(length: number, target = nodeRuntime({ threads: 1 }).target) {
  const events: string[] = [];
  const node = nodeRuntime({ threads: 1 });
  const runtime: Runtime = {
    ...node,
    target,
    findTarget: () => Promise.resolve(target),
    expect: (parts) => void events.push(`expect ${parts}`),
    load: (graph) => {
      events.push('part' in graph ? `load ${graph.count}` : 'load whole');
      return node.load(graph);
    },
  };
  const step = compileStep(
    ({ x }) => {
      events.push('trace');
      return { y: tf.sum(tf.exp(x!)) };
    },
    { runtime },
  );
  await step({ x: float32([8, length], new Float32Array(8 * length)) });
  await step.dispose();
  return events;
}

it('a runtime is told in how many parts a step will come before it is traced to the end', async () => {
  expect(await told(32_768)).toEqual(['trace', 'expect 2', 'trace', 'load 2']);
});

it('a small step comes whole', async () => {
  expect(await told(8)).toEqual(['trace', 'expect 1', 'trace', 'load whole']);
});

it('nothing is expected where the target takes no batch apart', async () => {
  const { target } = nodeRuntime({ threads: 1 });
  expect(await told(32_768, { ...target, splits: false })).toEqual([
    'trace',
    'trace',
    'load whole',
  ]);
});
