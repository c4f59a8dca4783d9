import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { float32, int32 } from '../../../src/compile/step.js';
import { RandomStream } from '../../../src/random.js';
import { expectCompiledMatches, forward, integers, normal } from '../../support/compiled.js';

describe('bincount', () => {
  const random = RandomStream.fromSeed(1);
  const x = integers(random, [40], 0, 9);
  const weights = normal(random, [40]);
  const whole = integers(random, [40], -5, 5);

  it('counts, or sums weights, and leaves out what is too large', async () => {
    await expectCompiledMatches(
      ({ x, weights, whole }) =>
        [12, 6, 1].flatMap((size) => [
          tf.bincount(x! as tf.Tensor1D, tf.tensor1d([]), size),
          tf.bincount(x! as tf.Tensor1D, tf.tensor1d([], 'int32'), size),
          tf.bincount(x! as tf.Tensor1D, weights! as tf.Tensor1D, size),
          tf.bincount(x! as tf.Tensor1D, whole! as tf.Tensor1D, size),
        ]),
      { x, weights, whole },
      forward,
    );
  });

  it('by rows, how often or whether at all', async () => {
    await expectCompiledMatches(
      ({ x, rows, weights }) =>
        [false, true].flatMap((binary) => [
          tf.denseBincount(x! as tf.Tensor1D, weights! as tf.Tensor1D, 7, binary),
          tf.denseBincount(
            rows! as tf.Tensor2D,
            tf.reshape(weights!, [5, 8]) as tf.Tensor2D,
            7,
            binary,
          ),
          tf.denseBincount(rows! as tf.Tensor2D, tf.tensor2d([], [0, 0]), 10, binary),
        ]),
      { x, rows: { ...x, shape: [5, 8] }, weights },
      forward,
    );
  });

  it('fails the run at a negative number, at which TensorFlow.js throws', async () => {
    const step = compileStep(({ x }) => ({
      bins: tf.bincount(x! as tf.Tensor1D, tf.tensor1d([]), 3),
    }));
    await expect(step({ x: int32([2], Int32Array.of(1, -1)) })).rejects.toThrow('run');
  });
});

describe('searchSorted', () => {
  it.each(['left', 'right'] as const)('from the %s', async (side) => {
    const random = RandomStream.fromSeed(2);
    const sorted = integers(random, [3, 8], 0, 9);
    for (let row = 0; row < 3; row++) sorted.values.subarray(row * 8, row * 8 + 8).sort();
    const floats = float32([3, 8], Float32Array.from(sorted.values));
    await expectCompiledMatches(
      ({ sorted, floats, values, between }) => [
        tf.searchSorted(sorted!, values!, side),
        tf.searchSorted(floats!, between!, side),
        side === 'left' ? tf.lowerBound(sorted!, values!) : tf.upperBound(sorted!, values!),
      ],
      { sorted, floats, values: integers(random, [3, 5], -1, 10), between: normal(random, [3, 4]) },
      forward,
    );
  });
});
