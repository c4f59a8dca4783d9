/**
 * Gradients that TensorFlow.js lacks: compiled as eagerly, and as those of the same function made of
 * operations that it differentiates itself.
 */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { mendSecondOrderGradients } from '../../../src/compile/trace/second-order.js';
import { RandomStream } from '../../../src/random.js';
import {
  cpuEngine,
  expectCompiledMatches,
  expectSameTensors,
  normal,
  type StepInputs,
} from '../../support/compiled.js';

beforeAll(mendSecondOrderGradients);

type Inputs = Readonly<Record<string, tf.Tensor>>;
type Fn = (inputs: Inputs) => tf.Tensor;

/** A function, and the same of operations that have stock gradients. */
type Case = readonly [name: string, f: Fn, same: Fn, shapes: Readonly<Record<string, number[]>>];

const as4D = (x: tf.Tensor | undefined) => x as tf.Tensor4D;
const as5D = (x: tf.Tensor | undefined) => x as tf.Tensor5D;

/** The filter with zeros between its taps. */
function spread(filter: tf.Tensor, dilations: readonly number[]): tf.Tensor {
  return dilations.reduce((result, dilation, axis) => {
    const rows = tf.unstack(result, axis);
    const gap = tf.zerosLike(rows[0]!);
    const all = rows.flatMap((row, i) =>
      i === 0 ? [row] : [...new Array<tf.Tensor>(dilation - 1).fill(gap), row],
    );
    return tf.stack(all, axis);
  }, filter);
}

const matrix = (rows: number, columns: number, f: (i: number, j: number) => number): tf.Tensor =>
  tf.tensor2d(
    Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => f(i, j))),
  );

const convolutions: Case[] = (['same', 'valid', 1] as const).flatMap((pad): Case[] => [
  [
    `conv2d dilated by 2 and 3, padding ${pad}`,
    ({ x, w }) => tf.conv2d(as4D(x), as4D(w), 1, pad, 'NHWC', [2, 3]),
    ({ x, w }) => tf.conv2d(as4D(x), as4D(spread(w!, [2, 3])), 1, pad),
    { x: [2, 6, 7, 2], w: [3, 2, 2, 3] },
  ],
  [
    `depthwiseConv2d dilated by 2, padding ${pad}`,
    ({ x, w }) => tf.depthwiseConv2d(as4D(x), as4D(w), 1, pad, 'NHWC', 2),
    ({ x, w }) => tf.depthwiseConv2d(as4D(x), as4D(spread(w!, [2, 2])), 1, pad),
    { x: [2, 6, 7, 2], w: [3, 2, 2, 2] },
  ],
  [
    `conv3d dilated by 2, 1 and 2, padding ${pad}`,
    ({ x, w }) => tf.conv3d(as5D(x), as5D(w), 1, pad as 'same', 'NDHWC', [2, 1, 2]),
    ({ x, w }) => tf.conv3d(as5D(x), as5D(spread(w!, [2, 1, 2])), 1, pad as 'same'),
    { x: [1, 4, 3, 5, 2], w: [2, 2, 3, 2, 2] },
  ],
]);

const cases: Case[] = [
  ...convolutions,
  [
    'conv2d channels first, dilated',
    ({ x, w }) => tf.conv2d(as4D(x), as4D(w), 1, 'same', 'NCHW', 2),
    ({ x, w }) => tf.conv2d(as4D(x), as4D(spread(w!, [2, 2])), 1, 'same', 'NCHW'),
    { x: [2, 2, 5, 6], w: [2, 3, 2, 3] },
  ],
  [
    'fused.conv2d dilated, with a bias',
    ({ x, w, b }) =>
      tf.fused.conv2d({
        ...{ x: as4D(x), filter: as4D(w), bias: b!, strides: 1, pad: 'same', dilations: 2 },
      }),
    ({ x, w, b }) => tf.add(tf.conv2d(as4D(x), as4D(spread(w!, [2, 2])), 1, 'same'), b!),
    { x: [2, 5, 6, 2], w: [2, 3, 2, 3], b: [3] },
  ],
  [
    'fused.conv2d of one dilated image',
    ({ x, w }) =>
      tf.fused.conv2d({
        ...{ x: x as tf.Tensor3D, filter: as4D(w), strides: 1, pad: 'valid', dilations: 2 },
      }),
    ({ x, w }) => tf.conv2d(x as tf.Tensor3D, as4D(spread(w!, [2, 2])), 1, 'valid'),
    { x: [5, 6, 2], w: [2, 3, 2, 3] },
  ],
  [
    'fused.depthwiseConv2d dilated, with a bias',
    ({ x, w, b }) =>
      tf.fused.depthwiseConv2d({
        ...{ x: as4D(x), filter: as4D(w), bias: b!, strides: 1, pad: 'same', dilations: 2 },
      }),
    ({ x, w, b }) => tf.add(tf.depthwiseConv2d(as4D(x), as4D(spread(w!, [2, 2])), 1, 'same'), b!),
    { x: [2, 5, 6, 2], w: [2, 3, 2, 2], b: [4] },
  ],
  [
    'conv1d dilated',
    ({ x, w }) => tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, 1, 'valid', 'NWC', 3),
    ({ x, w }) => tf.conv1d(x as tf.Tensor3D, spread(w!, [3]) as tf.Tensor3D, 1, 'valid'),
    { x: [2, 9, 2], w: [3, 2, 2] },
  ],
  [
    'conv3dTranspose',
    ({ x, w }) => tf.conv3dTranspose(as5D(x), as5D(w), [1, 2, 2, 2, 3], 2, 'same'),
    ({ x, w }) =>
      tf.reshape(
        tf.matMul(tf.reshape(x!, [1, 2]), tf.reshape(tf.transpose(w!, [4, 0, 1, 2, 3]), [2, 24])),
        [1, 2, 2, 2, 3],
      ),
    { x: [1, 1, 1, 1, 2], w: [2, 2, 2, 3, 2] },
  ],
  ...(
    [
      ['ij,jk->ik', [2, 3], [3, 4], (a, b) => tf.matMul(a, b)],
      ['bij,bkj->bki', [2, 3, 4], [2, 5, 4], (a, b) => tf.matMul(b, a, false, true)],
      ['i,j->ij', [3], [4], (a, b) => tf.mul(tf.expandDims(a, 1), b)],
      ['i,i->', [3], [3], (a, b) => tf.sum(tf.mul(a, b))],
      [
        'kij,kl->lji',
        [2, 3, 4],
        [2, 5],
        (a, b) =>
          tf.reshape(
            tf.matMul(b, tf.reshape(tf.transpose(a, [0, 2, 1]), [2, 12]), true),
            [5, 4, 3],
          ),
      ],
    ] as [string, number[], number[], (a: tf.Tensor, b: tf.Tensor) => tf.Tensor][]
  ).map(
    ([equation, a, b, same]): Case => [
      `einsum ${equation}`,
      ({ a, b }) => tf.einsum(equation, a!, b!),
      ({ a, b }) => same(a!, b!),
      { a, b },
    ],
  ),
  [
    'einsum of one',
    ({ x }) => tf.einsum('ijk->kj', x!),
    ({ x }) => tf.transpose(tf.sum(x!, 0)),
    { x: [2, 3, 4] },
  ],
  ...[false, true].flatMap((exclusive) =>
    [false, true].map(
      (reverse): Case => [
        `cumsum along the first axis, exclusive ${exclusive}, reverse ${reverse}`,
        ({ x }) => tf.cumsum(x!, 0, exclusive, reverse),
        ({ x }) =>
          tf.matMul(
            matrix(3, 3, (i, j) => Number(i === j ? !exclusive : reverse ? j > i : j < i)),
            x!,
          ),
        { x: [3, 3] },
      ],
    ),
  ),
  [
    'stridedSlice forwards and backwards',
    ({ x }) => tf.stridedSlice(x!, [1, -1, 0], [6, -6, 2], [2, -2, 1]),
    ({ x }) => tf.gather(tf.gather(tf.slice(x!, [0, 0, 0], [7, 6, 2]), [1, 3, 5], 0), [5, 3, 1], 1),
    { x: [7, 6, 3] },
  ],
  [
    'stridedSlice with masks',
    ({ x }) => tf.stridedSlice(x!, [1, 0, 0], [2, 0, 3], [1, 1, 1], 0, 2, 0, 0, 1),
    ({ x }) => tf.reshape(tf.slice(x!, [1, 0, 0], [1, 3, 3]), [3, 3]),
    { x: [2, 3, 4] },
  ],
  [
    'depthToSpace',
    ({ x }) => tf.depthToSpace(as4D(x), 2),
    ({ x }) =>
      tf.reshape(
        tf.transpose(tf.reshape(x!, [2, 2, 3, 2, 2, 3]), [0, 1, 3, 2, 4, 5]),
        [2, 4, 6, 3],
      ),
    { x: [2, 2, 3, 12] },
  ],
  [
    'gatherND',
    ({ x }) => tf.gatherND(x!, tf.tensor2d([2, 1, 0, 0, 2, 1], [3, 2], 'int32')),
    ({ x }) => tf.gather(tf.reshape(x!, [9, 2]), tf.tensor1d([7, 0, 7], 'int32')),
    { x: [3, 3, 2] },
  ],
  [
    'scatterND',
    ({ x }) => tf.scatterND(tf.tensor2d([3, 0, 3], [3, 1], 'int32'), x!, [4, 2]),
    ({ x }) => tf.unsortedSegmentSum(x!, tf.tensor1d([3, 0, 3], 'int32'), 4),
    { x: [3, 2] },
  ],
  [
    'flipLeftRight',
    ({ x }) => tf.image.flipLeftRight(as4D(x)),
    ({ x }) => tf.reverse(x!, 2),
    { x: [2, 3, 4, 2] },
  ],
  [
    'diag',
    ({ x }) => tf.diag(x!),
    ({ x }) => tf.reshape(tf.mul(tf.eye(6), tf.reshape(x!, [6])), [2, 3, 2, 3]),
    { x: [2, 3] },
  ],
  [
    'topk',
    ({ x }) => tf.mul(tf.topk(x!, 2).values, 1),
    ({ x }) => {
      const most = tf.max(x!, -1, true);
      const rest = tf.sub(x!, tf.mul(tf.cast(tf.equal(x!, most), 'float32'), 1e3));
      return tf.concat([most, tf.max(rest, -1, true)], -1);
    },
    { x: [3, 5] },
  ],
];

const inputsOf = (shapes: Case[3]): StepInputs => {
  const random = RandomStream.fromSeed(1);
  return Object.fromEntries(Object.entries(shapes).map(([name, s]) => [name, normal(random, s)]));
};

describe('the gradient of', () => {
  it.each(cases)('%s', async (_, f, same, shapes) => {
    const inputs = inputsOf(shapes);
    await expectCompiledMatches(f, inputs);
    const names = Object.keys(shapes);
    const gradientsOf = (fn: Fn) =>
      cpuEngine().compile((tensors) => {
        const values = names.map((name) => tensors[name]!);
        const gradients = tf.grads((...xs) => {
          const y = fn(Object.fromEntries(names.map((name, i) => [name, xs[i]!])));
          // Squared, so that every element has a gradient of its own.
          return tf.sum(tf.square(y));
        })(values);
        return Object.fromEntries(names.map((name, i) => [name, gradients[i]!]));
      })(inputs);
    expectSameTensors(await gradientsOf(f), await gradientsOf(same), 1e-5);
  });
});

describe('a gradient of a gradient', () => {
  it('of a dilated convolution is right', () => {
    const penalty = (convolve: (x: tf.Tensor, w: tf.Tensor) => tf.Tensor) => {
      const random = RandomStream.fromSeed(2);
      const tensor = (shape: number[]) => tf.tensor(normal(random, shape).values, shape);
      const [x, w] = [tensor([1, 6, 6, 2]), tensor([2, 2, 2, 2])];
      const ofW = (w: tf.Tensor) => {
        const dx = tf.grad((x) => tf.sum(tf.square(convolve(x, w))))(x);
        return tf.sum(tf.square(dx));
      };
      return Array.from(tf.grad(ofW)(w).dataSync());
    };
    const dilated = penalty((x, w) => tf.conv2d(as4D(x), as4D(w), 1, 'same', 'NHWC', 2));
    const wanted = penalty((x, w) => tf.conv2d(as4D(x), as4D(spread(w, [2, 2])), 1, 'same'));
    wanted.forEach((value, i) => {
      expect(dilated[i]! / value).toBeCloseTo(1, 4);
    });
  });
});
