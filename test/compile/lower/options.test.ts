/** The options of operations, as far as the files of their own do not try them; and nothing at all. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { float32 } from '../../../src/compile/step.js';
import { RandomStream } from '../../../src/random.js';
import { expectCompiledMatches, forward, normal } from '../../support/compiled.js';

const activations = ['linear', 'relu', 'relu6', 'elu', 'leakyrelu', 'prelu', 'sigmoid'] as const;
const image = (x: tf.Tensor | undefined) => x as tf.Tensor4D;

describe.each(activations)('a fused activation %s', (activation) => {
  const random = RandomStream.fromSeed(1);
  const settings = (slopes: tf.Tensor | undefined) => ({
    activation,
    leakyreluAlpha: 0.2,
    ...(activation === 'prelu' ? { preluActivationWeights: slopes! } : {}),
  });

  it('of products', async () => {
    await expectCompiledMatches(
      ({ a, b, bias, slopes }) =>
        [false, true].flatMap((turned) => [
          tf.fused.matMul({ a: a!, b: b!, bias: bias!, transposeB: turned, ...settings(slopes) }),
          tf.fused.matMul({ a: a!, b: b!, transposeA: turned, ...settings(slopes) }),
        ]),
      {
        ...{ a: normal(random, [4, 4]), b: normal(random, [4, 4]) },
        ...{ bias: normal(random, [4]), slopes: normal(random, [4]) },
      },
      forward,
    );
  });

  it('of convolutions, whichever way the channels lie', async () => {
    await expectCompiledMatches(
      ({ x, w, bias, slopes }) => {
        const [filter, added] = [image(w), bias as tf.Tensor1D];
        const common = {
          filter,
          strides: 1,
          pad: 'same',
          bias: added,
          ...settings(slopes),
        } as const;
        return [
          tf.fused.conv2d({ x: image(x), ...common }),
          tf.fused.conv2d({
            x: image(tf.transpose(x!, [0, 3, 1, 2])),
            ...common,
            dataFormat: 'NCHW',
          }),
          tf.fused.conv2d({ x: image(x), ...common, dilations: 2 }),
        ];
      },
      {
        ...{ x: normal(random, [2, 4, 4, 4]), w: normal(random, [2, 3, 4, 4]) },
        ...{ bias: normal(random, [4]), slopes: normal(random, [4]) },
      },
      forward,
    );
  });

  it('of depthwise convolutions', async () => {
    await expectCompiledMatches(
      ({ x, w, bias, slopes }) =>
        tf.fused.depthwiseConv2d({
          ...{ x: image(x), filter: image(w), strides: 2, pad: 'same' },
          ...{ bias: bias!, ...settings(slopes) },
        }),
      {
        ...{ x: normal(random, [2, 5, 4, 2]), w: normal(random, [2, 3, 2, 2]) },
        ...{ bias: normal(random, [4]), slopes: normal(random, [4]) },
      },
      forward,
    );
  });
});

describe('stridedSlice', () => {
  it('with every mask', async () => {
    const x = normal(RandomStream.fromSeed(2), [4, 3, 5]);
    const masks = Array.from({ length: 8 }, (_, mask) => mask);
    await expectCompiledMatches(
      ({ x }) => [
        ...masks.map((mask) => tf.stridedSlice(x!, [1, 1, 1], [3, 2, 4], [1, 1, 2], mask)),
        ...masks.map((mask) => tf.stridedSlice(x!, [1, 0, 1], [3, 2, 4], [2, 1, 1], 0, mask)),
        ...[1, 2, 4].map((mask) => tf.stridedSlice(x!, [1, 1], [3, 2], [1, 1], 0, 0, mask)),
        ...masks.map((mask) => tf.stridedSlice(x!, [0, 1, 2], [2, 2, 4], [1, 1, 1], 0, 0, 0, mask)),
        ...masks.map((mask) =>
          tf.stridedSlice(x!, [1, 1, 1], [2, 2, 2], [1, 1, 1], 0, 0, 0, 0, mask),
        ),
        tf.stridedSlice(x!, [-1, 2, -2], [-4, 0, 0], [-2, -1, -1]),
        tf.stridedSlice(x!, [2], [2], [1]),
      ],
      { x },
      forward,
    );
  });
});

/** Two images, of which the second must not get the first one's gradient. */
describe('resizeNearestNeighbor', () => {
  it('gives each image of a batch its own gradient, which the `cpu` backend does not', async () => {
    const gradientOf = (x: tf.Tensor, y: tf.Tensor) =>
      tf.grad((x) => tf.sum(tf.mul(tf.image.resizeNearestNeighbor(image(x), [4, 4]), y)))(x);
    const step = compileStep(({ x, y }) => ({ dx: gradientOf(x!, y!) }));
    // Doubled pixels: each gets the sum of its four.
    const y = Float32Array.from({ length: 2 * 16 }, (_, i) => i);
    const { dx } = await step({
      x: float32([2, 2, 2, 1], new Float32Array(8)),
      y: float32([2, 4, 4, 1], y),
    });
    const sums = [0, 16].flatMap((start) =>
      [0, 2, 8, 10].map((corner) =>
        [0, 1, 4, 5].reduce((sum, step) => sum + y[start + corner + step]!, 0),
      ),
    );
    expect(Array.from(dx!.values)).toEqual(sums);
  });
});

describe('nothing', () => {
  const none = float32([0, 3], new Float32Array());
  const ops: Record<string, (x: tf.Tensor) => tf.Tensor | tf.Tensor[]> = {
    arithmetic: (x) => [tf.add(x, 1), tf.mul(x, x), tf.exp(x), tf.relu(x)],
    reductions: (x) => [tf.sum(x), tf.sum(x, 0), tf.prod(x, 1), tf.max(x, 1), tf.mean(x, 1)],
    shapes: (x) => [tf.transpose(x), tf.reshape(x, [3, 0]), tf.tile(x, [2, 2]), tf.expandDims(x)],
    joins: (x) => [tf.concat([x, x], 1), tf.concat([x, tf.ones([2, 3])], 0), tf.stack([x, x])],
    cuts: (x) => [tf.slice(x, [0, 1], [0, 2]), ...tf.split(x, 3, 1), tf.reverse(x, 1)],
    products: (x) => [tf.matMul(x, tf.ones([3, 2])), tf.matMul(x, tf.ones([0, 2]), true)],
    padding: (x) => [
      tf.pad(
        x,
        [
          [1, 1],
          [0, 0],
        ],
        2,
      ),
      tf.cumsum(x, 1),
    ],
    comparisons: (x) => [tf.greater(x, 0), tf.where(tf.greater(x, 0), x, x)],
    softmax: (x) => [tf.softmax(x), tf.logSoftmax(x)],
    lookups: (x) => [tf.gather(x, tf.tensor1d([], 'int32'), 1), tf.oneHot(tf.cast(x, 'int32'), 2)],
    pooling: (x) => [
      tf.maxPool(image(tf.reshape(x, [0, 3, 1, 1])), [2, 1], 1, 'valid'),
      tf.avgPool(image(tf.reshape(x, [0, 3, 1, 1])), [2, 1], 1, 'same'),
    ],
  };
  it.each(Object.entries(ops))('goes through %s', async (_, op) => {
    await expectCompiledMatches(({ x }) => op(x!), { x: none }, forward);
  });
});
