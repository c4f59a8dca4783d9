import * as tf from '@tensorflow/tfjs-core';
import { describe, it } from 'vitest';
import { RandomStream } from '../../../src/random.js';
import { expectCompiledMatches, normal, uniform } from '../../support/compiled.js';

describe('batchNorm', () => {
  const random = RandomStream.fromSeed(1);
  const inputs = {
    x: normal(random, [3, 4, 4, 5]),
    mean: normal(random, [5]),
    variance: uniform(random, [5], 0.2, 2),
    offset: normal(random, [5]),
    scale: normal(random, [5]),
  };

  it('normalises, scales and moves', async () => {
    await expectCompiledMatches(
      ({ x, mean, variance, offset, scale }) =>
        tf.batchNorm(
          x!,
          mean! as tf.Tensor1D,
          variance! as tf.Tensor1D,
          offset! as tf.Tensor1D,
          scale! as tf.Tensor1D,
          0.01,
        ),
      inputs,
    );
  });

  it('does without offset and scale', async () => {
    const { x, mean, variance } = inputs;
    await expectCompiledMatches(
      ({ x, mean, variance }) => tf.batchNorm(x!, mean! as tf.Tensor1D, variance! as tf.Tensor1D),
      { x, mean, variance },
      { gradientsOf: [] },
    );
  });
});

describe('localResponseNormalization', () => {
  it('normalises by neighbouring channels', async () => {
    const x = normal(RandomStream.fromSeed(2), [2, 3, 3, 7]);
    await expectCompiledMatches(
      ({ x }) => [
        tf.localResponseNormalization(x! as tf.Tensor4D, 2, 1, 0.5, 0.75),
        tf.localResponseNormalization(x! as tf.Tensor4D),
      ],
      { x },
    );
  });
});
