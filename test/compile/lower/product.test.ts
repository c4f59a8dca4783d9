import * as tf from '@tensorflow/tfjs-core';
import { describe, it } from 'vitest';
import { float32 } from '../../../src/compile/step.js';
import { RandomStream } from '../../../src/random.js';
import { expectCompiledMatches, integers, normal } from '../../support/compiled.js';

type Shapes = [number[], number[]];

const swapped = (shape: readonly number[]): number[] => [
  ...shape.slice(0, -2),
  shape.at(-1)!,
  shape.at(-2)!,
];

describe('matMul', () => {
  it.each<Shapes>([
    [
      [3, 4],
      [4, 5],
    ],
    [
      [1, 4],
      [4, 1],
    ],
    [
      [1, 1],
      [1, 1],
    ],
    [
      [2, 3, 4],
      [2, 4, 5],
    ],
    [
      [2, 3, 4],
      [4, 5],
    ],
    [
      [3, 4],
      [2, 4, 5],
    ],
    [
      [1, 3, 4],
      [6, 4, 2],
    ],
  ])('of %j and %j, each transposed or not', async (a, b) => {
    const random = RandomStream.fromSeed(1);
    const inputs = {
      a: normal(random, a),
      b: normal(random, b),
      at: normal(random, swapped(a)),
      bt: normal(random, swapped(b)),
    };
    await expectCompiledMatches(
      ({ a, b, at, bt }) => [
        tf.matMul(a!, b!),
        tf.matMul(at!, b!, true, false),
        tf.matMul(a!, bt!, false, true),
        tf.matMul(at!, bt!, true, true),
      ],
      inputs,
      // TensorFlow.js does not differentiate a product that broadcasts.
      a.slice(0, -2).join() === b.slice(0, -2).join() ? {} : { gradientsOf: [] },
    );
  });

  it('of tensors without elements is zero', async () => {
    const inputs = {
      a: float32([2, 0], new Float32Array()),
      b: float32([0, 3], new Float32Array()),
      c: float32([3, 2], new Float32Array(6).fill(1)),
    };
    await expectCompiledMatches(
      ({ a, b, c }) => [tf.matMul(a!, b!), tf.matMul(b!, c!), tf.matMul(c!, b!, true, true)],
      inputs,
      { gradientsOf: [] },
    );
  });

  it('takes constant factors, transposed operands and sums along', async () => {
    const random = RandomStream.fromSeed(2);
    const inputs = {
      x: normal(random, [4, 3, 5]),
      w: normal(random, [3, 6]),
      v: normal(random, [6, 3]),
      bias: normal(random, [6]),
    };
    await expectCompiledMatches(({ x, w, v, bias }) => {
      const columns = tf.reshape(tf.transpose(x!, [0, 2, 1]), [20, 3]);
      const hidden = tf.tanh(tf.add(tf.matMul(columns, w!), bias!));
      const mixed = tf.reshape(tf.matMul(tf.mul(hidden, 0.5), tf.neg(v!)), [4, 5, 3]);
      return [
        tf.add(x!, tf.transpose(mixed, [0, 2, 1])),
        tf.mul(tf.matMul(columns, tf.mul(w!, 3)), -2),
      ];
    }, inputs);
  });
});

describe('dot', () => {
  it('of vectors and matrices', async () => {
    const random = RandomStream.fromSeed(3);
    const inputs = { v: normal(random, [4]), m: normal(random, [4, 3]) };
    await expectCompiledMatches(
      ({ v, m }) => [
        tf.dot(v!, v!),
        tf.dot(v!, m!),
        tf.outerProduct(v! as tf.Tensor1D, v! as tf.Tensor1D),
      ],
      inputs,
    );
  });
});

describe('fused.matMul', () => {
  const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu'] as const;

  it.each(activations)('adds a bias and applies %s', async (activation) => {
    const random = RandomStream.fromSeed(4);
    const inputs = {
      a: normal(random, [3, 4]),
      b: normal(random, [4, 5]),
      bias: normal(random, [5]),
    };
    await expectCompiledMatches(
      ({ a, b, bias }) =>
        tf.fused.matMul({ a: a!, b: b!, bias: bias!, activation, leakyreluAlpha: 0.3 }),
      inputs,
    );
  });

  it('applies prelu, transposes, and adds a bias to every batch', async () => {
    const random = RandomStream.fromSeed(5);
    const inputs = {
      a: normal(random, [2, 4, 3]),
      b: normal(random, [2, 5, 4]),
      bias: normal(random, [5]),
      slopes: normal(random, [5]),
    };
    await expectCompiledMatches(
      ({ a, b, bias, slopes }) =>
        tf.fused.matMul({
          a: a!,
          b: b!,
          bias: bias!,
          transposeA: true,
          transposeB: true,
          activation: 'prelu',
          preluActivationWeights: slopes!,
        }),
      inputs,
      { gradientsOf: [] },
    );
  });
});

describe('einsum', () => {
  it('sums over any axes', async () => {
    const random = RandomStream.fromSeed(6);
    const inputs = { a: normal(random, [2, 3, 4]), b: normal(random, [4, 5]) };
    await expectCompiledMatches(
      ({ a, b }) => [
        tf.einsum('bij,jk->bik', a!, b!),
        tf.einsum('bij,jk->kbi', a!, b!),
        tf.einsum('ij->ji', b!),
        tf.einsum('ij->', b!),
      ],
      inputs,
      { gradientsOf: [] },
    );
  });
});

describe('a product of integers', () => {
  it('stays one', async () => {
    const random = RandomStream.fromSeed(7);
    const inputs = { a: integers(random, [3, 4], -5, 5), b: integers(random, [4, 2], -5, 5) };
    await expectCompiledMatches(
      ({ a, b }) => tf.matMul(tf.cast(a!, 'float32'), tf.cast(b!, 'float32')),
      inputs,
    );
  });
});
