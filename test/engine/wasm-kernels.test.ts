import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { registerMendedWasmKernels } from '../../src/engine/wasm/register.js';
import { EngineError } from '../../src/errors.js';
import { RandomStream } from '../../src/random.js';

const random = RandomStream.fromSeed(7);

beforeAll(async () => {
  expect(() => registerMendedWasmKernels()).toThrow(EngineError);
  await import('@tensorflow/tfjs-backend-wasm');
  registerMendedWasmKernels();
  await tf.setBackend('cpu');
  await tf.setBackend('wasm');
});

afterEach(async () => {
  await tf.setBackend('wasm');
});

/** Values of a shape, to be made into a tensor on each backend. */
interface Values {
  readonly shape: number[];
  readonly values: Float32Array;
}

function normal(...shape: number[]): Values {
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  return { shape, values: values.map(() => random.normal()) };
}

function computeOn(backend: string, inputs: readonly Values[], f: Compute): Values {
  // Both backends are up, so this takes effect at once.
  void tf.setBackend(backend);
  const result = tf.tidy(() => f(...inputs.map(({ shape, values }) => tf.tensor(values, shape))));
  const host = { shape: result.shape, values: Float32Array.from(result.dataSync()) };
  result.dispose();
  return host;
}

type Compute = (...inputs: tf.Tensor[]) => tf.Tensor;

/** Expects `f` to give the same on wasm as on cpu, within `tolerance` of the largest value. */
function expectSame(
  inputs: readonly Values[],
  f: Compute,
  tolerance = 1e-5,
  onCpu: Compute = f,
): void {
  const reference = computeOn('cpu', inputs, onCpu);
  const actual = computeOn('wasm', inputs, f);
  expect(actual.shape).toEqual(reference.shape);
  const scale = Math.max(1, ...reference.values.map(Math.abs));
  const worst = actual.values.reduce((error, value, i) => {
    const difference = Math.abs(value - reference.values[i]!) / scale;
    return Number.isNaN(difference) ? Infinity : Math.max(error, difference);
  }, 0);
  expect(worst).toBeLessThan(tolerance);
}

function wasmBackend(): BackendWasm {
  return tf.backend() as BackendWasm;
}

const booleans = [false, true];
const transposes = booleans.flatMap((a) => booleans.map((b) => [a, b] as const));

function matrix(rows: number, columns: number, transposed: boolean, ...batch: number[]): Values {
  return transposed ? normal(...batch, columns, rows) : normal(...batch, rows, columns);
}

describe('registerMendedWasmKernels', () => {
  it('does nothing the second time', () => {
    const before = tf.getKernel(tf.BatchMatMul, 'wasm');
    registerMendedWasmKernels();
    expect(tf.getKernel(tf.BatchMatMul, 'wasm')).toBe(before);
  });
});

describe('BatchMatMul on wasm', () => {
  const sizes = [
    [1, 1, 1],
    [1, 7, 1],
    [47, 48, 49],
    [49, 47, 48],
    [3, 97, 130],
    [130, 97, 3],
  ] as const;

  it.each(transposes)('multiplies matrices of any size (transposed: %s, %s)', (ta, tb) => {
    for (const [m, k, n] of sizes) {
      expectSame([matrix(m, k, ta), matrix(k, n, tb)], (a, b) => tf.matMul(a, b, ta, tb));
    }
  });

  it.each(transposes)('broadcasts batches (transposed: %s, %s)', (ta, tb) => {
    const batches: [number[], number[]][] = [
      [[5], [5]],
      [[5], [1]],
      [[1], [5]],
      [[5], []],
      [[], [5]],
      [
        [2, 3],
        [2, 3],
      ],
      [
        [2, 1],
        [1, 3],
      ],
      [[2, 3], [3]],
    ];
    for (const [batchA, batchB] of batches) {
      // One product below the size that is left to the stock kernel, and one above.
      for (const [m, k, n] of [
        [3, 4, 5],
        [21, 49, 17],
      ] as const) {
        const operands = [matrix(m, k, ta, ...batchA), matrix(k, n, tb, ...batchB)];
        const batch = tf.broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
        const whole = (x: tf.Tensor) => tf.broadcastTo(x, [...batch, ...x.shape.slice(-2)]);
        const product: Compute = (a, b) => tf.matMul(a!, b!, ta, tb);
        // The cpu kernel cannot broadcast two axes at once.
        expectSame(operands, product, 1e-5, (a, b) => product(whole(a!), whole(b!)));
      }
    }
  });

  it('gives an exact product', () => {
    const a = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
    const b = tf.tensor2d([1, 0, 2, 1, 1, 1], [3, 2]);
    expect(tf.matMul(a, b, true, false).arraySync()).toEqual([
      [12, 8],
      [16, 10],
    ]);
  });

  it('is empty, or throws, where stock is and does', () => {
    expect(tf.matMul(tf.zeros([0, 3]), tf.zeros([3, 2])).shape).toEqual([0, 2]);
    expect(() => tf.matMul(tf.zeros([2, 3]), tf.zeros([2, 3]))).toThrow(/inner shapes/);
  });

  it('tells the same memory in two shapes apart', () => {
    expectSame([normal(5, 4), normal(5, 6), normal(4, 6)], (left, wide, x) =>
      tf.concat([
        tf.reshape(tf.matMul(left, x), [-1]),
        tf.reshape(tf.matMul(wide, tf.reshape(x, [6, 4])), [-1]),
      ]),
    );
  });

  it('sees a variable change', () => {
    const weights = tf.variable(tf.eye(3));
    const x = tf.tensor2d([1, 2, 3], [1, 3]);
    expect(tf.matMul(x, weights).arraySync()).toEqual([[1, 2, 3]]);
    weights.assign(tf.mul(tf.eye(3), 2));
    expect(tf.matMul(x, weights).arraySync()).toEqual([[2, 4, 6]]);
    weights.dispose();
  });
});

describe('_FusedMatMul on wasm', () => {
  const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu'] as const;

  it.each(transposes)('adds the bias and activates once (transposed: %s, %s)', (ta, tb) => {
    for (const activation of activations) {
      for (const [m, k, n] of [
        [1, 1, 1],
        [5, 49, 7],
        [20, 130, 48],
      ] as const) {
        expectSame([matrix(m, k, ta), matrix(k, n, tb), normal(n)], (a, b, bias) =>
          tf.fused.matMul({
            ...{ a: a as tf.Tensor2D, b: b as tf.Tensor2D, bias: bias! },
            ...{ transposeA: ta, transposeB: tb, activation, leakyreluAlpha: 0.3 },
          }),
        );
      }
    }
  });

  it('takes a batch, no bias, a bias for each row, and prelu', () => {
    expectSame([normal(4, 5, 60), normal(4, 60, 7)], (a, b) =>
      tf.fused.matMul({ a, b, activation: 'relu' } as never),
    );
    expectSame([normal(4, 5, 60), normal(4, 60, 7), normal(7)], (a, b, bias) =>
      tf.fused.matMul({ a, b, bias, activation: 'relu6' } as never),
    );
    expectSame([normal(5, 60), normal(60, 7), normal(5, 1)], (a, b, bias) =>
      tf.fused.matMul({ a, b, bias, activation: 'relu' } as never),
    );
    expectSame([normal(5, 60), normal(60, 7), normal(7)], (a, b, alpha) =>
      tf.fused.matMul({ a, b, activation: 'prelu', preluActivationWeights: alpha } as never),
    );
  });
});

describe('_FusedMatMul on wasm, asked too much', () => {
  it('names the activation', () => {
    const inputs = { a: tf.ones([1, 2, 2]), b: tf.ones([1, 2, 2]) };
    expect(() => tf.engine().runKernel(tf._FusedMatMul, inputs, { activation: 'gelu' })).toThrow(
      /^_FusedMatMul on the wasm engine cannot apply the activation gelu: apply it afterwards$/,
    );
  });
});

describe('convolutions on wasm', () => {
  type Pad = 'same' | 'valid' | number | [[0, 0], [number, number], [number, number], [0, 0]];
  // Image (H, W, C), filter (h, w, O), stride, padding.
  const cases: [number[], number[], number | [number, number], Pad][] = [
    [[1, 1, 1], [1, 1, 1], 1, 'same'],
    [[8, 8, 3], [3, 3, 5], 1, 'same'],
    [[8, 8, 3], [3, 3, 5], 1, 'valid'],
    [[8, 8, 3], [3, 3, 5], 2, 'same'],
    [[9, 7, 3], [4, 4, 5], 2, 'same'],
    [[7, 9, 1], [3, 5, 1], 2, 'valid'],
    [[9, 9, 2], [3, 3, 2], [1, 2], 'same'],
    [[8, 8, 2], [2, 2, 3], 3, 'valid'],
    [[10, 10, 2], [2, 2, 3], 3, 'same'],
    [[8, 8, 4], [4, 4, 6], 4, 'valid'],
    [[4, 4, 2], [1, 1, 2], 1, 2],
    [
      [8, 8, 3],
      [5, 5, 5],
      2,
      [
        [0, 0],
        [2, 1],
        [1, 3],
        [0, 0],
      ],
    ],
    [
      [11, 8, 3],
      [3, 3, 5],
      3,
      [
        [0, 0],
        [2, 2],
        [2, 2],
        [0, 0],
      ],
    ],
  ];
  const name = (c: (typeof cases)[number]) => [JSON.stringify(c), ...c] as const;

  it.each(cases.map(name))('%s', (_, image, [height, width, outputs], strides, pad) => {
    const channels = image[2]!;
    const x = normal(2, ...image);
    const filter = normal(height!, width!, channels, outputs!);
    const convolve: Compute = (x, filter) =>
      tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, pad as never);
    expectSame([x, filter], convolve);
    // The gradients of Σ conv², which reach both backward kernels with a varied output gradient.
    const loss = (x: tf.Tensor, filter: tf.Tensor) =>
      tf.sum<tf.Scalar>(tf.square(convolve(x, filter)));
    for (const index of [0, 1]) {
      expectSame([x, filter], (...operands) => tf.grads(loss)(operands)[index]!);
    }
  });

  it('transposes a convolution', () => {
    expectSame([normal(2, 7, 7, 6), normal(4, 4, 3, 6)], (x, filter) =>
      tf.conv2dTranspose(x as tf.Tensor4D, filter as tf.Tensor4D, [2, 14, 14, 3], 2, 'same'),
    );
  });

  it('names what it cannot do', () => {
    const run = (attrs: object) =>
      tf
        .engine()
        .runKernel(
          tf.Conv2DBackpropFilter,
          { x: tf.zeros([1, 4, 4, 2]), dy: tf.zeros([1, 4, 4, 3]) },
          { strides: 1, pad: 'same', filterShape: [3, 3, 2, 3], ...attrs } as never,
        );
    expect(() => run({ dataFormat: 'NCHW' })).toThrow(
      /^Conv2DBackpropFilter on the wasm engine needs the layout NHWC .* not NCHW$/,
    );
    expect(() => run({ dataFormat: 'NHWC', dilations: [2, 2] })).toThrow(
      /^Conv2DBackpropFilter on the wasm engine needs dilation 1, not 2,2$/,
    );
  });
});

describe('elementwise kernels on wasm', () => {
  const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 1023];
  const unary: [string, (x: tf.Tensor) => tf.Tensor][] = [
    ['exp', tf.exp],
    ['tanh', tf.tanh],
    ['erf', tf.erf],
    ['leakyRelu', (x) => tf.leakyRelu(x, 0.2)],
    ['leakyRelu above 1', (x) => tf.leakyRelu(x, 1.5)],
    ['step with a slope', (x) => tf.step(x, 0.2)],
    ['maximum with a scalar', (x) => tf.maximum(x, 0.3)],
    ['minimum with a scalar', (x) => tf.minimum(x, 0.3)],
    ['pow 1', (x) => tf.pow(x, 1)],
    ['pow 2', (x) => tf.pow(x, 2)],
    ['pow 3', (x) => tf.pow(x, 3)],
    ['pow 4', (x) => tf.pow(x, 4)],
  ];

  it.each(unary)('%s', (_, f) => {
    for (const size of sizes) expectSame([normal(size)], f, 2e-6);
  });

  it('maximum and minimum of two tensors, broadcast or not', () => {
    for (const f of [tf.maximum, tf.minimum]) {
      expectSame([normal(3, 5), normal(3, 5)], f);
      expectSame([normal(3, 5), normal(5)], f);
      expectSame([normal(1, 5), normal(3, 1)], f);
    }
    expect(tf.maximum(tf.tensor1d([1, 5], 'int32'), 3).arraySync()).toEqual([3, 5]);
  });

  /** The largest relative error of `f` against `exact` on 20,000 points of [low, high]. */
  function worstError(
    f: (x: tf.Tensor) => tf.Tensor,
    exact: (x: number) => number,
    low: number,
    high: number,
  ): number {
    const x = Float32Array.from({ length: 20_000 }, (_, i) => low + ((high - low) * i) / 19_999);
    return Array.from(f(tf.tensor1d(x)).dataSync()).reduce((worst, y, i) => {
      const expected = exact(x[i]!);
      return Math.max(worst, expected === 0 ? Math.abs(y) : Math.abs(y / expected - 1));
    }, 0);
  }

  it('exp and tanh keep float32 accuracy everywhere', () => {
    expect(worstError(tf.exp, Math.exp, -87, 88.7)).toBeLessThan(2e-7);
    expect(worstError(tf.tanh, Math.tanh, -12, 12)).toBeLessThan(3e-7);
    expect(worstError(tf.tanh, Math.tanh, -1e-3, 1e-3)).toBeLessThan(3e-7);
  });

  it('erf meets published values', () => {
    // Abramowitz and Stegun, table 7.1.
    const x = [0, 0.02, 0.5, 0.98, 1, 1.5, 2, -0.5, -2, 4, 5, 100];
    const y = [
      0, 0.0225645747, 0.5204998778, 0.8342315043, 0.8427007929, 0.9661051465, 0.995322265,
      -0.5204998778, -0.995322265, 0.9999999846, 1, 1,
    ];
    const actual = tf.erf(tf.tensor1d(x)).dataSync();
    for (const [i, expected] of y.entries()) expect(actual[i]).toBeCloseTo(expected, 6);
    expect(tf.erf(tf.fill([5], 0.02)).dataSync()[4]).toBeCloseTo(0.0225645747, 8);
  });

  it('keeps signs of zero, infinities and NaN', () => {
    const x = tf.tensor1d([0, -0, Infinity, -Infinity, NaN, 200, -200, -103]);
    expect([...tf.exp(x).dataSync()].slice(0, 7)).toEqual([1, 1, Infinity, 0, NaN, Infinity, 0]);
    expect(tf.exp(x).dataSync()[7]).toBeGreaterThan(0);
    expect([...tf.tanh(x).dataSync()].slice(0, 5)).toEqual([0, -0, 1, -1, NaN]);
    expect([...tf.leakyRelu(x, 0.5).dataSync()].slice(2)).toEqual([
      ...[Infinity, -Infinity, NaN, 200, -100, -51.5],
    ]);
    expect(tf.erf(x).dataSync()[4]).toBeNaN();
  });
});

describe('Sum, Mean and Tile on wasm', () => {
  it('sums over any axes, kept or not', () => {
    const axes = [0, 1, 2, 3, -1, [0, 1], [1, 2], [0, 2], [2, 3], [0, 1, 2], [0, 1, 2, 3]];
    for (const shape of [
      [3, 5, 2, 7],
      [9, 1, 3, 4],
      [1, 1, 1, 1],
    ]) {
      for (const axis of axes) {
        for (const keepDims of booleans) {
          expectSame([normal(...shape)], (x) => tf.sum(x, axis, keepDims));
          expectSame([normal(...shape)], (x) => tf.mean(x, axis, keepDims));
        }
      }
    }
    expectSame([normal(4, 6)], (x) => tf.sum(x));
    expect(tf.sum(tf.ones([3, 8], 'int32'), 0).dtype).toBe('int32');
    expect(tf.sum(tf.zeros([0, 8]), 0).arraySync()).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('sums a long column without drift', () => {
    const column = tf.sum(tf.fill([100_000, 4], 0.1), 0).dataSync();
    expect(column[0]).toBeCloseTo(10_000, 2);
  });

  it('tiles any axis of any type', () => {
    for (const reps of [
      [1, 1, 1],
      [2, 1, 1],
      [1, 3, 1],
      [1, 1, 5],
      [2, 3, 4],
      [7, 1, 2],
    ]) {
      expectSame([normal(2, 3, 4)], (x) => tf.tile(x, reps), 1e-12);
      expectSame([normal(2, 1, 1)], (x) => tf.tile(x, reps), 1e-12);
    }
    expect(tf.tile(tf.tensor1d([1, 2], 'int32'), [3]).arraySync()).toEqual([1, 2, 1, 2, 1, 2]);
    expect(tf.tile(tf.tensor1d([true, false], 'bool'), [2]).arraySync()).toEqual([1, 0, 1, 0]);
    expect(tf.tile(tf.ones([2, 2]), [0, 1]).shape).toEqual([0, 2]);
  });
});

describe('Identity and Cast on wasm', () => {
  it('share the data and outlive the original', () => {
    const before = wasmBackend().numDataIds();
    const x = tf.tensor1d([1, 2, 3]);
    const copies = [tf.clone(x), tf.cast(x, 'float32'), tf.pow(x, 1)];
    expect(copies.every((copy) => copy.dataId === x.dataId)).toBe(true);
    x.dispose();
    expect(copies.map((copy) => copy.arraySync())).toEqual(Array(3).fill([1, 2, 3]));
    tf.dispose(copies);
    expect(wasmBackend().numDataIds()).toBe(before);
  });

  it('do not let a variable change a copy of it', () => {
    const weights = tf.variable(tf.tensor1d([1, 2]));
    const copy = tf.clone(weights);
    weights.assign(tf.tensor1d([3, 4]));
    expect(copy.arraySync()).toEqual([1, 2]);
    weights.dispose();
    copy.dispose();
  });

  it('still convert', () => {
    expect(tf.cast(tf.tensor1d([0.5, -1.5, 2]), 'int32').arraySync()).toEqual([0, -1, 2]);
    expect(tf.cast(tf.tensor1d([true, false], 'bool'), 'float32').arraySync()).toEqual([1, 0]);
    expect(tf.clone(tf.tensor1d(['a'], 'string')).arraySync()).toEqual(['a']);
  });
});

describe('memory', () => {
  it('stays the same, in tensors, in data and in heap', () => {
    const a = tf.ones([6, 40, 50]);
    const b = tf.ones([6, 60, 40]);
    const bias = tf.ones([60]);
    const image = tf.ones([2, 8, 8, 3]) as tf.Tensor4D;
    const filter = tf.ones([3, 3, 3, 4]) as tf.Tensor4D;
    const step = () =>
      tf.tidy(() => {
        tf.matMul(a, b, true, true);
        tf.matMul(tf.reshape(a, [240, 50]), tf.ones([240, 70]), true, false);
        for (const activation of ['relu', 'sigmoid'] as const) {
          const options = { a, b, transposeA: true, transposeB: true, bias, activation };
          tf.fused.matMul(options as never);
        }
        tf.grads((x, f) => tf.sum(tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 2, 'same')))([
          image,
          filter,
        ]);
        for (const f of [tf.exp, tf.tanh, tf.erf]) f(a);
        tf.pow(a, 3);
        tf.mean(tf.tile(tf.maximum(a, 0), [1, 1, 3]), [0, 1]);
      });
    const measure = () => ({
      tensors: tf.memory().numTensors,
      data: wasmBackend().numDataIds(),
      heap: (wasmBackend().wasm as unknown as { HEAPU8: Uint8Array }).HEAPU8.length,
    });
    for (let i = 0; i < 5; i++) step();
    const before = measure();
    for (let i = 0; i < 100; i++) step();
    expect(measure()).toEqual(before);
  });
});
