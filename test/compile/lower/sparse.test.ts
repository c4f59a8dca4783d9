import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { int32 } from '../../../src/compile/step.js';
import { RandomStream } from '../../../src/random.js';
import { expectCompiledMatches, forward, integers, normal } from '../../support/compiled.js';

const random = RandomStream.fromSeed(1);

describe('sparseToDense', () => {
  it('of places in a vector and in a matrix, of one value and of many, and by default', async () => {
    await expectCompiledMatches(
      ({ places, values, cells, whole }) => [
        tf.sparseToDense(places!, values!, [6], 0),
        tf.sparseToDense(places!, tf.scalar(3), [6], -1),
        tf.sparseToDense(cells!, values!, [3, 4], 0.5),
        tf.sparseToDense(cells!, whole!, [3, 4], tf.scalar(9, 'int32')),
        tf.sparseToDense(cells!, tf.greater(values!, 0), [3, 4], tf.scalar(true, 'bool')),
      ],
      {
        places: int32([4], Int32Array.of(5, 0, 2, 3)),
        cells: int32([4, 2], Int32Array.of(0, 1, 2, 3, 1, 1, 2, 0)),
        values: normal(random, [4]),
        whole: integers(random, [4], -9, 9),
      },
      forward,
    );
  });

  it('keeps the last of several values for one place, always', async () => {
    const count = 3000;
    const step = compileStep(({ places, values }) => ({
      dense: tf.sparseToDense(places!, values!, [3], -1),
      updated: tf.tensorScatterUpdate(tf.zeros([3], 'int32'), tf.expandDims(places!, 1), values!),
    }));
    const { dense, updated } = await step({
      places: int32(
        [count],
        Int32Array.from({ length: count }, (_, i) => i % 3),
      ),
      values: int32(
        [count],
        Int32Array.from({ length: count }, (_, i) => i),
      ),
    });
    expect(Array.from(dense!.values)).toEqual([count - 3, count - 2, count - 1]);
    expect(Array.from(updated!.values)).toEqual([count - 3, count - 2, count - 1]);
  });
});

describe('sparse segments', () => {
  const data = normal(random, [5, 2, 3]);
  const whole = integers(random, [5, 2], -9, 9);

  it('are summed and averaged, where their numbers are known', async () => {
    await expectCompiledMatches(
      ({ data, whole }) => {
        const rows = tf.tensor1d([4, 0, 0, 2, 3], 'int32');
        // No row is in segment 1.
        const ids = tf.tensor1d([0, 0, 2, 2, 3], 'int32');
        return [data!, whole!].flatMap((x) => [
          tf.sparse.sparseSegmentSum(x, rows, ids),
          tf.sparse.sparseSegmentMean(x, rows, ids),
        ]);
      },
      { data, whole },
      forward,
    );
  });

  it('are refused where their number follows from the values of an input', async () => {
    const step = compileStep(({ data, ids }) => ({
      sums: tf.sparse.sparseSegmentSum(data!, ids! as tf.Tensor1D, ids! as tf.Tensor1D),
    }));
    await expect(step({ data, ids: int32([2], Int32Array.of(0, 1)) })).rejects.toThrow(
      "no lowering of a result whose shape follows from the values of 'segmentIds' in SparseSegmentSum, called",
    );
  });
});

describe('sparseReshape', () => {
  it('moves places to those of another shape', async () => {
    await expectCompiledMatches(
      ({ places }) =>
        [
          [9, 4],
          [4, 9],
          [-1, 6],
          [2, 3, -1],
        ].flatMap((to) => {
          const { outputIndices, outputShape } = tf.sparse.sparseReshape(
            places! as tf.Tensor2D,
            tf.tensor1d([2, 3, 6], 'int32'),
            tf.tensor1d(to, 'int32'),
          ) as { outputIndices: tf.Tensor; outputShape: tf.Tensor };
          return [outputIndices, outputShape];
        }),
      { places: int32([3, 3], Int32Array.of(0, 0, 5, 1, 2, 3, 0, 1, 0)) },
      forward,
    );
  });
});
