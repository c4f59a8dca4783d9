import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { mendSecondOrderGradients } from '../../../src/compile/trace/second-order.js';
import { RandomStream } from '../../../src/random.js';

type Op = (x: tf.Tensor) => tf.Tensor;

/** An op of one tensor [4, 6], elementwise or not. */
interface Case {
  readonly op: Op;
  /** Where the op is defined, if not everywhere. */
  readonly positive?: true;
}

const layerNorm: Op = (x) => {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  return tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-3)));
};
const activation = (name: string): Op => {
  const layer = tfl.layers.activation({ activation: name as 'relu' });
  return (x) => layer.apply(x) as tf.Tensor;
};
const half = (x: tf.Tensor, index: number) => tf.slice(x, [0, 3 * index], [4, 3]);
/** A function of two tensors, of the two halves of one. */
const ofHalves =
  (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Op =>
  (x) =>
    f(half(x, 0), half(x, 1));
const asImage = (x: tf.Tensor) => tf.reshape(x, [1, 4, 3, 2]) as tf.Tensor4D;
/** Made anew at every call, as those of TensorFlow.js are: what makes it may have been mended. */
const ownExp: Op = (x) =>
  tf.customGrad((x, save) => {
    const y = tf.exp(x as tf.Tensor);
    (save as tf.GradSaveFunc)([y]);
    return { value: y, gradFunc: (dy, saved) => tf.mul(dy, saved[0]!) };
  })(x);

const cases: Record<string, Case> = {
  matMul: { op: (x) => tf.matMul(x, x, false, true) },
  'matMul, batched': {
    op: (x) => tf.matMul(tf.reshape(x, [2, 2, 6]), tf.reshape(x, [2, 2, 6]), true, false),
  },
  add: { op: ofHalves((a, b) => tf.square(tf.add(a, b))) },
  sub: { op: ofHalves((a, b) => tf.square(tf.sub(a, b))) },
  mul: { op: ofHalves((a, b) => tf.mul(a, b)) },
  div: { op: ofHalves((a, b) => tf.div(a, b)), positive: true },
  maximum: { op: ofHalves((a, b) => tf.maximum(tf.square(a), b)) },
  minimum: { op: ofHalves((a, b) => tf.minimum(tf.square(a), b)) },
  where: {
    op: ofHalves((a, b) => {
      const cube = tf.pow(tf.sub(a, b), 3);
      return tf.where(tf.greater(a, b), cube, tf.mul(2, cube));
    }),
  },
  relu: { op: (x) => tf.square(tf.relu(x)) },
  relu6: { op: (x) => tf.square(tf.relu6(x)) },
  leakyRelu: { op: (x) => tf.square(tf.leakyRelu(x, 0.2)) },
  'leakyRelu as maximum': { op: (x) => tf.square(tf.maximum(x, tf.mul(0.2, x))) },
  prelu: { op: (x) => tf.square(tf.prelu(x, tf.scalar(0.3))) },
  clipByValue: { op: (x) => tf.square(tf.clipByValue(x, -0.8, 0.9)) },
  abs: { op: (x) => tf.square(tf.abs(x)) },
  max: { op: (x) => tf.square(tf.max(x, -1)) },
  min: { op: (x) => tf.square(tf.min(x, 0)) },
  elu: { op: (x) => tf.elu(x) },
  selu: { op: (x) => tf.selu(x) },
  tanh: { op: (x) => tf.tanh(x) },
  sigmoid: { op: (x) => tf.sigmoid(x) },
  swish: { op: (x) => tf.mul(x, tf.sigmoid(x)) },
  softplus: { op: (x) => tf.softplus(x) },
  exp: { op: (x) => tf.exp(x) },
  log: { op: (x) => tf.log(x), positive: true },
  erf: { op: (x) => tf.erf(x) },
  sqrt: { op: (x) => tf.sqrt(x), positive: true },
  rsqrt: { op: (x) => tf.rsqrt(x), positive: true },
  square: { op: (x) => tf.square(x) },
  pow: { op: (x) => tf.pow(x, 3) },
  'pow of its exponent': { op: ofHalves((a, b) => tf.pow(a, b)), positive: true },
  mean: { op: (x) => tf.square(tf.mean(x, 0)) },
  sum: { op: (x) => tf.square(tf.sum(x, 1, true)) },
  tile: { op: (x) => tf.square(tf.tile(x, [2, 3])) },
  reshape: { op: (x) => tf.square(tf.reshape(x, [3, 8])) },
  transpose: { op: (x) => tf.square(tf.transpose(x)) },
  concat: { op: (x) => tf.square(tf.concat([half(x, 1), tf.exp(half(x, 0))], 1)) },
  softmax: { op: (x) => tf.softmax(x) },
  logSoftmax: { op: (x) => tf.logSoftmax(x) },
  'an op with a gradient of its own': { op: (x) => ownExp(x) },
  avgPool: { op: (x) => tf.exp(tf.avgPool(asImage(x), 2, 1, 'same')) },
  'conv2d by itself': {
    op: (x) => {
      const filter = tf.reshape(half(x, 0), [1, 2, 2, 3]) as tf.Tensor4D;
      return tf.conv2d(asImage(x), filter, 1, 'same');
    },
  },
  gelu: { op: activation('gelu') },
  gelu_new: { op: activation('gelu_new') },
  'layer normalisation': { op: layerNorm },
};

const names = Object.keys(cases);

/** The gradient of Σ c · op(x) for fixed, varied c. */
function firstGradient({ op, positive }: Case): number[] {
  const x = sample(3, positive);
  return [
    ...tf.tidy(() =>
      tf
        .grad((x) => weighted(op(x)))(x)
        .dataSync(),
    ),
  ];
}

const stockGradients: Record<string, number[]> = {};

beforeAll(async () => {
  await tf.setBackend('cpu');
  for (const name of names) {
    // Stock cannot differentiate a comparison even once.
    if (name !== 'where') stockGradients[name] = firstGradient(cases[name]!);
  }
  mendSecondOrderGradients();
});

function sample(seed: number, positive = false, shape = [4, 6]): tf.Tensor {
  const random = RandomStream.fromSeed(seed);
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => random.normal());
  return tf.tensor(positive ? values.map((x) => 0.5 + Math.abs(x)) : values, shape);
}

function weighted(y: tf.Tensor): tf.Scalar {
  const size = tf.util.sizeFromShape(y.shape);
  const weights = Float32Array.from({ length: size }, (_, i) => 0.5 + ((i * 7) % 5) / 4);
  return tf.sum(tf.mul(y, tf.tensor(weights, y.shape)));
}

type Scalars = (x: tf.Tensor, w: tf.Tensor) => tf.Scalar;

/** A gradient penalty: Σ (∂f / ∂x)². */
const penaltyOf =
  (f: Scalars): Scalars =>
  (x, w) =>
    tf.sum(tf.square(tf.grad((x) => f(x, w))(x)));

/**
 * Expects the gradient of `f`'s penalty by `x` and by `w` to match central differences of the
 * penalty itself, which takes first gradients only.
 */
function expectSecondOrder(f: Scalars, x: tf.Tensor, w: tf.Tensor): void {
  const penalty = penaltyOf(f);
  const gradients = tf.grads((x, w) => tf.add(penalty(x!, w!), tf.mul(0, tf.sum(w!))))([x, w]);
  const step = 2e-3;
  for (const [index, gradient] of gradients.entries()) {
    for (const seed of [11, 12, 13]) {
      const direction = sample(seed, false, gradient.shape);
      const at = (sign: number) => {
        const move = (t: tf.Tensor, i: number) =>
          i === index ? tf.add(t, tf.mul(sign * step, direction)) : t;
        return tf.tidy(() => penalty(move(x, 0), move(w, 1)).dataSync()[0]!);
      };
      const numeric = (at(1) - at(-1)) / (2 * step);
      const analytic = tf.tidy(() => tf.sum(tf.mul(gradient, direction)).dataSync()[0]!);
      const size = tf.tidy(() => tf.norm(gradient).dataSync()[0]! * 0.2);
      expect(Math.abs(analytic - numeric)).toBeLessThan(0.01 * (Math.abs(numeric) + size) + 2e-3);
    }
  }
}

describe('mendSecondOrderGradients', () => {
  it('does nothing the second time', () => {
    const before = tf.getGradient(tf.Tanh);
    mendSecondOrderGradients();
    expect(tf.getGradient(tf.Tanh)).toBe(before);
  });

  it.each(names.filter((name) => name !== 'where'))('leaves the first gradient of %s', (name) => {
    const mended = firstGradient(cases[name]!);
    for (const [i, stock] of stockGradients[name]!.entries())
      expect(mended[i]).toBeCloseTo(stock, 5);
  });
});

describe('the gradient of a gradient penalty', () => {
  const none = tf.scalar(0);

  it.each(names)('through %s alone', (name) => {
    const { op, positive } = cases[name]!;
    expectSecondOrder((x) => weighted(op(x)), sample(3, positive), none);
  });

  it.each(names)('through %s mixed with another path', (name) => {
    const { op, positive } = cases[name]!;
    const f: Scalars = (x, w) => {
      const hidden = tf.matMul(x, w);
      return tf.add(weighted(op(hidden)), weighted(tf.mul(hidden, tf.square(hidden))));
    };
    const scale = tf.scalar(positive ? 0.2 : 0.4);
    expectSecondOrder(f, sample(3, positive), tf.mul(scale, sample(5, positive, [6, 6])));
  });

  const convolutions: [string, (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor][] = [
    ['conv2d', (x, filter) => tf.conv2d(x, filter, 2, 'same')],
    ['conv2dTranspose', (x, filter) => tf.conv2dTranspose(x, filter, [1, 8, 8, 3], 2, 'same')],
  ];

  it.each(convolutions)('through %s, of its input and of its filter', (name, op) => {
    const x = sample(3, false, name === 'conv2d' ? [1, 5, 5, 3] : [1, 4, 4, 2]);
    const filter = sample(4, false, [3, 3, 3, 2]);
    const f: Scalars = (x, w) => weighted(tf.tanh(op(x as tf.Tensor4D, w as tf.Tensor4D)));
    expectSecondOrder(f, x, tf.mul(0.2, filter));
    expectSecondOrder((w, x) => f(x, w), tf.mul(0.2, filter), x);
  });

  it('through a fused matrix product, as a dense layer makes it', () => {
    const bias = sample(6, false, [5]);
    const f: Scalars = (x, w) =>
      weighted(tf.tanh(tf.fused.matMul({ a: x as tf.Tensor2D, b: w as tf.Tensor2D, bias })));
    expectSecondOrder(f, sample(3), sample(4, false, [6, 5]));
  });
});

describe('known second derivatives at 0.7', () => {
  const second = (op: Op) => {
    const first = (x: tf.Tensor) => tf.grad(op)(x);
    return tf.tidy(() => tf.grad(first)(tf.scalar(0.7)).dataSync()[0]!);
  };
  const tanh = Math.tanh(0.7);
  const sigmoid = 1 / (1 + Math.exp(-0.7));
  const density = Math.exp(-(0.7 ** 2) / 2) / Math.sqrt(2 * Math.PI);
  const known: [string, Op, number][] = [
    ['tanh', tf.tanh, -2 * tanh * (1 - tanh ** 2)],
    ['sigmoid', tf.sigmoid, sigmoid * (1 - sigmoid) * (1 - 2 * sigmoid)],
    ['exp', tf.exp, Math.exp(0.7)],
    ['elu of -0.7', (x) => tf.elu(tf.neg(x)), Math.exp(-0.7)],
    ['gelu', activation('gelu'), density * (2 - 0.7 ** 2)],
    ['gelu_new', activation('gelu_new'), 0.4709],
    ['where', (x) => tf.where(tf.greater(x, 0), tf.mul(x, tf.square(x)), x), 4.2],
  ];

  it.each(known)('%s', (_, op, expected) => {
    expect(second(op)).toBeCloseTo(expected, 3);
  });

  it('and the third of tanh', () => {
    const third = tf.grad((x: tf.Tensor) => tf.grad((x: tf.Tensor) => tf.grad(tf.tanh)(x))(x));
    expect(third(tf.scalar(0.7)).dataSync()[0]).toBeCloseTo(
      -2 * (1 - tanh ** 2) ** 2 + 4 * tanh ** 2 * (1 - tanh ** 2),
      3,
    );
  });
});
