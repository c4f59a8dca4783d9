import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import '@tensorflow/tfjs-backend-cpu';
import { compileStep } from '../../src/compile/compile.js';
import type { PortValue, Value } from '../../src/compile/graph/graph.js';
import { splitInto } from '../../src/compile/passes/split/assemble.js';
import { createProgram } from '../../src/compile/program.js';
import { nodeRuntime } from '../../src/compile/runtime/node/runtime.js';
import { float32 } from '../../src/compile/step.js';
import type { Supply } from '../../src/compile/supply.js';
import { make, outputPorts } from '../support/graph.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const rate: Supply = {
  dtype: 'float32',
  shape: [],
  what: 'a rate',
  next: (call) => Float32Array.of(call),
};
/** Rows of a batch of four. */
const rows: Supply = {
  dtype: 'float32',
  shape: [4, 2],
  what: 'rows',
  next: (call, index) => Float32Array.from({ length: 8 }, (_, i) => 100 * call + 10 * index + i),
};
const supplies = [rate, rows];

/** tanh(x + rows) · rate, over each row, and over all of them. */
function example() {
  let supplied: PortValue[] = [];
  const made = make({ x: [4, 2] }, (build, { x }) => {
    const values = supplies.map(({ dtype, shape }) => build.input(dtype, shape));
    supplied = values.map((value, index) => ({ port: { kind: 'supplied', index }, value }));
    const [rate, rows] = values as [Value, Value];
    const y = build.mul(build.sub(x!, rows), rate);
    return { y, sum: build.reduce('ReduceSum', y, [0, 1], false) };
  });
  return {
    build: made.build,
    graph: { ...made.graph, inputs: [...made.graph.inputs, ...supplied] },
  };
}

const inputs = { x: float32([4, 2], new Float32Array(8).fill(500)) };
const wanted = (call: number) => {
  const y = Float32Array.from({ length: 8 }, (_, i) => (500 - (100 * call + 10 + i)) * call);
  return { y: float32([4, 2], y), sum: float32([], Float32Array.of(y.reduce((a, b) => a + b))) };
};

describe('what is supplied', () => {
  it('is asked for at each call, with its number and place', async () => {
    const { graph } = example();
    const program = await createProgram(
      { state: [], optimisers: [], supplies, standing: () => 'holds', graph },
      nodeRuntime({ threads: 1 }),
    );
    for (const call of [0, 1, 7]) expect(await program.run(inputs, call)).toEqual(wanted(call));
    await program.release();
  });

  it.each([1, 2])('goes to the parts of the batch row by row, on %d threads', async (threads) => {
    const { graph, build } = example();
    const split = splitInto(2, graph, build);
    const sources = split.pieces.map(({ source }) => source);
    expect(sources).toContainEqual({ kind: 'supplied', index: 1 });
    const program = await createProgram(
      { state: [], optimisers: [], supplies, standing: () => 'holds', graph: split },
      nodeRuntime({ threads }),
    );
    for (const call of [3, 4]) expect(await program.run(inputs, call)).toEqual(wanted(call));
    await program.release();
  });

  it('is the batch where a step is given none', async () => {
    const { build, graph } = make({ scale: [] }, (build) => ({ one: build.scalar(1) }));
    const value = build.input('float32', [4, 2]);
    const split = splitInto(
      2,
      {
        inputs: [...graph.inputs, { port: { kind: 'supplied', index: 0 }, value }],
        outputs: outputPorts({ y: build.unary('Tanh', value) }),
      },
      build,
    );
    expect(split.pieces.map(({ rows }) => rows)).toEqual([2]);
  });
});

describe('calls of a step', () => {
  it('are counted, from the first on, when they have come to their end', async () => {
    const step = compileStep(({ x }) => ({ y: tf.neg(x!) }), { threads: 1, firstCall: 5 });
    expect(step.calls).toBe(5);
    await Promise.all([step(inputs), step(inputs)]);
    expect(step.calls).toBe(7);
    await expect(step({})).rejects.toThrow();
    expect(step.calls).toBe(7);
    await step.dispose();
  });

  it.each([-1, 0.5, Number.NaN])('do not begin with %s', (firstCall) => {
    expect(() => compileStep(({ x }) => ({ x: x! }), { firstCall })).toThrow(
      `firstCall is the number of a call, 0 or more, not ${firstCall}`,
    );
  });
});
