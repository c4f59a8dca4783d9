import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { float32, int32, type StepTensors } from '../../../src/compile/step.js';
import { RandomStream } from '../../../src/random.js';
import {
  cpuEngine,
  expectCompiledMatches,
  forward,
  integers,
  normal,
} from '../../support/compiled.js';

const stream = (name: string): RandomStream => RandomStream.fromSeed(1).split(name);

describe('gather', () => {
  it('looks rows up along any axis, with the gradient of repeated rows added up', async () => {
    const random = stream('gather');
    const inputs = {
      x: normal(random, [5, 4, 3]),
      i: integers(random, [7], 0, 2),
      table: integers(random, [2, 3], 0, 3),
    };
    await expectCompiledMatches(
      ({ x, i, table }) => [
        tf.gather(x!, i!),
        tf.gather(x!, i!, 1),
        tf.gather(x!, i!, 2),
        tf.gather(x!, tf.reshape(table!, [6]), 1),
      ],
      inputs,
    );
  });

  it('takes indices of any rank, and none', async () => {
    const random = stream('ranks');
    const inputs = {
      x: normal(random, [5, 4]),
      i: integers(random, [2, 3], 0, 3),
      one: integers(random, [], 0, 3),
      none: integers(random, [0], 0, 3),
    };
    await expectCompiledMatches(
      ({ x, i, one, none }) => [
        tf.gather(x!, i!),
        tf.gather(x!, i!, -1),
        tf.gather(x!, one!),
        tf.gather(x!, none!),
        tf.gather(tf.cast(tf.mul(x!, 9), 'int32'), i!),
      ],
      inputs,
      forward,
    );
  });

  it('gathers for each of a batch', async () => {
    const random = stream('batches');
    const inputs = {
      x: normal(random, [2, 3, 5, 4]),
      i: integers(random, [2, 6], 0, 2),
      j: integers(random, [2, 3, 2], 0, 3),
    };
    await expectCompiledMatches(
      ({ x, i, j }) => [
        tf.gather(x!, i!, 1, 1),
        tf.gather(x!, i!, 2, 1),
        tf.gather(x!, j!, 3, 2),
        tf.gather(x!, j!, 2, 2),
      ],
      inputs,
      forward,
    );
  });
});

describe.each<[string, (x: tf.Tensor, i: tf.Tensor) => tf.Tensor]>([
  ['gather', (x, i) => tf.gather(x, i as tf.Tensor1D)],
  ['gather along the last axis', (x, i) => tf.gather(x, i as tf.Tensor1D, 1)],
  ['gather for each of a batch', (x, i) => tf.gather(x, tf.reshape(i, [3, 1]), 1, 1)],
  ['gatherND', (x, i) => tf.gatherND(x, tf.reshape(i, [3, 1]))],
  ['scatterND', (x, i) => tf.scatterND(tf.reshape(i, [3, 1]), x, [3, 3])],
  ['tensorScatterUpdate', (x, i) => tf.tensorScatterUpdate(x, tf.reshape(i, [3, 1]), x)],
])('%s', (_, op) => {
  const x = normal(stream('outside'), [3, 3]);
  const indices = (...values: number[]) => int32([3], Int32Array.from(values));

  it.each([-1, 3, -4, 2 ** 31 - 1, -(2 ** 31)])(
    'refuses the index %i, as eager does',
    async (i) => {
      const step = ({ x, i }: StepTensors) => ({ y: op(x!, i!) });
      const compiled = compileStep(step);
      await expect(cpuEngine().compile(step)({ x, i: indices(0, i, 2) })).rejects.toThrow();
      await expect(compiled({ x, i: indices(0, i, 2) })).rejects.toThrow(/could not run.*ind/);
      expect((await compiled({ x, i: indices(0, 1, 2) })).y!.shape).toHaveLength(2);
    },
  );

  it('refuses an index that is known before', async () => {
    const step = compileStep(({ x }) => ({ y: op(x!, tf.tensor1d([0, 1, -1], 'int32')) }));
    await expect(step({ x })).rejects.toThrow(/-1/);
  });
});

describe('an embedding', () => {
  it('has the gradient of a table looked up by ids of rank 2', async () => {
    const random = stream('embedding');
    const inputs = { table: normal(random, [11, 4]), ids: integers(random, [3, 5], 0, 10) };
    await expectCompiledMatches(({ table, ids }) => {
      const rows = tf.gather(table!, tf.reshape(ids!, [15]));
      return tf.tanh(tf.reshape(rows, [3, 5, 4]));
    }, inputs);
  });
});

describe('unsortedSegmentSum', () => {
  it('adds up by segment in values and gradients, out of range left out', async () => {
    const random = stream('segments');
    const inputs = { x: normal(random, [9, 2, 3]), ids: integers(random, [9], 0, 3) };
    await expectCompiledMatches(
      ({ x, ids }) => [tf.unsortedSegmentSum(x!, ids! as tf.Tensor1D, 5)],
      inputs,
    );
    await expectCompiledMatches(
      ({ x, ids }) =>
        tf.unsortedSegmentSum(x!, tf.sub(ids!, tf.scalar(1, 'int32')) as tf.Tensor1D, 2),
      inputs,
      forward,
    );
  });

  it('adds many rows of one segment', async () => {
    const x = float32([50_000], new Float32Array(50_000).fill(1));
    const ids = int32(
      [50_000],
      Int32Array.from({ length: 50_000 }, (_, i) => i % 2),
    );
    const step = compileStep(({ x, ids }) => ({
      sums: tf.unsortedSegmentSum(x!, ids! as tf.Tensor1D, 3),
    }));
    expect(Array.from((await step({ x, ids })).sums!.values)).toEqual([25_000, 25_000, 0]);
  });
});

describe('gatherND, scatterND and tensorScatterUpdate', () => {
  it('index by several axes', async () => {
    const random = stream('nd');
    const inputs = {
      x: normal(random, [3, 4, 2]),
      places: int32([3, 2], Int32Array.of(0, 1, 2, 3, 0, 1)),
      rows: int32([3, 1], Int32Array.of(2, 0, 1)),
      updates: normal(random, [3, 2]),
    };
    await expectCompiledMatches(
      ({ x, places, rows, updates }) => [
        tf.gatherND(x!, places!),
        tf.gatherND(x!, rows!),
        tf.scatterND(places!, updates!, [3, 4, 2]),
        tf.tensorScatterUpdate(
          tf.slice(x!, [0, 0, 0], [3, 1, 2]),
          tf.concat([rows!, tf.zerosLike(rows!)], 1),
          updates!,
        ),
      ],
      inputs,
      forward,
    );
  });
});

describe('oneHot', () => {
  it('marks the class, and nothing for one that is out of range', async () => {
    const labels = int32([2, 3], Int32Array.of(0, 1, 2, 3, -1, 4));
    await expectCompiledMatches(
      ({ labels }) => [
        tf.oneHot(labels!, 4),
        tf.oneHot(labels!, 4, 0.9, 0.1, 'float32'),
        tf.oneHot(labels!, 4, 1, 0, 'float32'),
        tf.oneHot(labels!, 2),
      ],
      { labels },
    );
  });
});

describe('reverse', () => {
  it('turns any axes round', async () => {
    const x = normal(stream('reverse'), [3, 4, 1]);
    await expectCompiledMatches(
      ({ x }) => [tf.reverse(x!, 0), tf.reverse(x!, [-2, 2]), tf.reverse(x!)],
      { x },
    );
  });
});

describe('mirrorPad', () => {
  it.each(['reflect', 'symmetric'] as const)('mirrors: %s', async (mode) => {
    const random = stream('mirrorPad');
    const inputs = { x: normal(random, [3, 4]), n: integers(random, [5], 0, 9) };
    await expectCompiledMatches(
      ({ x, n }) => [
        tf.mirrorPad(
          x!,
          [
            [2, 1],
            [0, 3],
          ],
          mode,
        ),
        tf.mirrorPad(n!, [[2, 2]], mode),
      ],
      inputs,
    );
  });
});
