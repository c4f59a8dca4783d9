/** What processes that share the parts of a batch make of it is what one makes of all parts. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import type { Group } from '../../../src/compile/group.js';
import { splitInto } from '../../../src/compile/passes/split/assemble.js';
import { splitBatch } from '../../../src/compile/passes/split/choose.js';
import { float32 } from '../../../src/compile/step.js';
import { type Made, make, runSplit } from '../../support/graph.js';

/** A layer, its gradients, a mean, rows that go on when all are there, and what is no sum. */
const layer = (batch: number, units = 3): Made =>
  make(
    { x: [batch, 40], dy: [batch, units], 'state/0': [40, units] },
    (build, { x, dy, 'state/0': w }) => {
      const y = build.unary('Tanh', build.matMul(x!, w!));
      const slope = build.mul(dy!, build.sub(build.scalar(1), build.mul(y, y)));
      const gradient = build.matMul(x!, slope, { transA: true });
      const top = build.reduce('ReduceMax', build.unary('Exp', y), [0], false);
      return {
        w: build.sub(w!, build.scale(gradient, 0.1)),
        loss: build.reduce('ReduceMean', build.mul(y, dy!), [0, 1], false),
        above: build.sub(top, build.unary('Sigmoid', y)),
      };
    },
  );

/** So many processes, one after the other: each stops at the sum until the last has come to it. */
async function runShared(
  { build, graph }: Made,
  count: number,
  processes: number,
  threads: number,
) {
  const split = splitInto(count, graph, build, { processes });
  const told: Float32Array[] = [];
  const goOn: (() => void)[] = [];
  const runs = [];
  for (let rank = 0; rank < processes; rank++) {
    let arrive!: () => void;
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const group: Group = {
      ...{ rank, size: processes },
      async sum(values) {
        told[rank] = Float32Array.from(values);
        const all = new Promise<void>((resolve) => goOn.push(resolve));
        arrive();
        await all;
        const pairs = (from: number, to: number): Float32Array => {
          if (to === from + 1) return told[from]!;
          const [a, b] = [pairs(from, (from + to) / 2), pairs((from + to) / 2, to)];
          return a.map((value, i) => value + b[i]!);
        };
        values.set(pairs(0, processes));
      },
    };
    runs.push(runSplit(split, graph, threads, group));
    await Promise.race([arrived, runs.at(-1)]);
  }
  for (const resolve of goOn) resolve();
  return Promise.all(runs);
}

describe('processes that share parts', () => {
  it.each([
    [2, 2, 1],
    [4, 2, 1],
    [4, 2, 2],
    [4, 4, 1],
    [8, 4, 1],
    [6, 2, 1],
  ])(
    'of %i, %i of them, with threads: %i, come to the same bits',
    async (count, processes, threads) => {
      const made = layer(48);
      const alone = await runSplit(splitInto(count, made.graph, made.build), made.graph);
      const results = await runShared(made, count, processes, threads);
      for (const result of results) expect(result).toEqual(alone);
    },
  );

  it('are told which steps they cannot share, and who is none of them', async () => {
    const group = { rank: 1, size: 2, sum: async () => undefined };
    const step = compileStep(({ x }) => ({ y: tf.sum(tf.exp(x!)) }), { group, threads: 1 });
    await expect(step({ x: float32([3, 2], new Float32Array(6)) })).rejects.toThrow(
      'the batch of this step cannot be shared by 2 processes',
    );
    await step.dispose();
    const other = () => compileStep(() => ({}), { group: { ...group, rank: 2 } });
    expect(other).toThrow('in a group of 2 processes there is no rank 2');
  });

  const countOf = ({ build, graph }: Made, processes: number) =>
    splitBatch(graph, build, { processes })?.count;

  it('have the parts that one process has, where these can be shared', () => {
    expect(countOf(layer(64, 2 ** 15), 1)).toBe(4);
    expect([2, 4].map((processes) => countOf(layer(64, 2 ** 15), processes))).toEqual([4, 4]);
    // Two megabytes for each of 8.
    expect(countOf(layer(64, 2 ** 17), 8)).toBe(16);
  });

  it('have parts where one process has none', () => {
    expect(countOf(layer(12), 1)).toBeUndefined();
    expect(countOf(layer(12), 3)).toBe(3);
    expect(countOf(layer(12), 5)).toBeUndefined();
  });
});
