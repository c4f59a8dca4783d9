/**
 * Stock kernels of the wasm backend against the mended ones, interleaved in one run:
 * `npx tsx bench/wasm-kernels.ts`. A kernel that stock lacks prints a dash.
 */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-wasm';
import { quantile } from '../src/arrays.js';
import { registerMendedWasmKernels } from '../src/engine/wasm/register.js';
import { RandomStream } from '../src/random.js';

type Kernels = ReadonlyMap<string, tf.KernelConfig>;

const warmups = 2;
const repetitions = 7;
const random = RandomStream.fromSeed(1);

function normal(...shape: number[]): tf.Tensor {
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  return tf.tensor(
    values.map(() => random.normal()),
    shape,
  );
}

function wasmKernels(): Kernels {
  return new Map(tf.getKernelsForBackend('wasm').map((kernel) => [kernel.kernelName, kernel]));
}

/** Puts `to` in the place of `from`, where they differ. */
function exchange(from: Kernels, to: Kernels): void {
  for (const name of new Set([...from.keys(), ...to.keys()])) {
    const kernel = to.get(name);
    if (from.get(name) === kernel) continue;
    if (from.has(name)) tf.unregisterKernel(name, 'wasm');
    if (kernel !== undefined) tf.registerKernel(kernel);
  }
}

/** Milliseconds of one call, or `undefined` where a kernel is missing. */
function timed(f: () => unknown): number | undefined {
  const start = performance.now();
  try {
    tf.tidy(() => {
      f();
    });
  } catch {
    return undefined;
  }
  return performance.now() - start;
}

/** The median, or `undefined` if one call failed. */
function median(times: readonly (number | undefined)[]): number | undefined {
  const sorted = times.filter((time) => time !== undefined).sort((a, b) => a - b);
  return sorted.length < times.length ? undefined : quantile(sorted, 0.5);
}

/** One token-mixing and one channel-mixing MLP with layer normalisation, forward and backward. */
function mixerBlock(): () => unknown {
  const [batch, tokens, channels] = [64, 49, 128];
  const x = normal(batch, tokens, channels);
  const weights = [
    [tokens, 64],
    [64, tokens],
    [channels, 256],
    [256, channels],
  ].map((shape) => tf.mul(0.1, normal(...shape)));
  const normalize = (x: tf.Tensor) => {
    const centred = tf.sub(x, tf.mean(x, -1, true));
    return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-6)));
  };
  const dense = (x: tf.Tensor, w: tf.Tensor) => {
    const product = tf.matMul(tf.reshape(x, [-1, w.shape[0]!]), w);
    return tf.reshape(product, [...x.shape.slice(0, -1), w.shape[1]!]);
  };
  const gelu = (x: tf.Tensor) => tf.mul(tf.mul(0.5, x), tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2))));
  const mlp = (x: tf.Tensor, up: tf.Tensor, down: tf.Tensor) => dense(gelu(dense(x, up)), down);
  const swap = (x: tf.Tensor) => tf.transpose(x, [0, 2, 1]);
  const loss = (...[w1, w2, w3, w4]: tf.Tensor[]) => {
    const mixed = tf.add(x, swap(mlp(swap(normalize(x)), w1!, w2!)));
    return tf.mean(tf.square(tf.add(mixed, mlp(normalize(mixed), w3!, w4!))));
  };
  return () => tf.grads(loss)(weights);
}

function cases(): [op: string, shape: string, f: () => unknown][] {
  const a = normal(512, 512);
  const b = normal(512, 512);
  const rows = normal(6272, 128);
  const wide = normal(6272, 256);
  const x = normal(128, 49, 128);
  const y = normal(128, 49, 128);
  const tokenWeights = normal(1, 64, 49);
  const bias = normal(512);
  const image = normal(64, 28, 28, 32) as tf.Tensor4D;
  const filter = normal(4, 4, 32, 64) as tf.Tensor4D;
  const code = normal(64, 14, 14, 64) as tf.Tensor4D;
  const filterAttrs = { strides: 2, pad: 'same', dataFormat: 'NHWC', filterShape: filter.shape };
  const column = tf.ones([128, 49, 1]);
  const fused = { a: a as tf.Tensor2D, b: b as tf.Tensor2D, bias, activation: 'relu' as const };
  return [
    ['matMul a·b', '512×512×512', () => tf.matMul(a, b)],
    ['matMul a·bᵀ', '512×512×512', () => tf.matMul(a, b, false, true)],
    ['matMul aᵀ·b', '512×512×512', () => tf.matMul(a, b, true)],
    ['matMul aᵀ·b', '128×6272×256', () => tf.matMul(rows, wide, true)],
    ['matMul shared left', '64×49 · [128,49,128]', () => tf.matMul(tokenWeights, x)],
    ['matMul batched a·bᵀ', '[128,49,128]', () => tf.matMul(x, y, false, true)],
    ['fused matMul a·bᵀ', '512×512×512', () => tf.fused.matMul({ ...fused, transposeB: true })],
    ['conv2d', '[64,28,28,32] 4×4→64 /2', () => tf.conv2d(image, filter, 2, 'same')],
    [
      'conv2d input gradient',
      '[64,14,14,64] 4×4→32 ×2',
      () => tf.conv2dTranspose(code, filter, [64, 28, 28, 32], 2, 'same'),
    ],
    [
      'conv2d filter gradient',
      '[64,28,28,32] 4×4→64 /2',
      () =>
        tf
          .engine()
          .runKernel(tf.Conv2DBackpropFilter, { x: image, dy: code }, filterAttrs as never),
    ],
    ['exp', '[128,49,128]', () => tf.exp(x)],
    ['tanh', '[128,49,128]', () => tf.tanh(x)],
    ['erf', '[128,49,128]', () => tf.erf(x)],
    ['pow 3', '[128,49,128]', () => tf.pow(x, 3)],
    ['maximum', '[128,49,128]', () => tf.maximum(x, y)],
    ['leakyRelu', '[128,49,128]', () => tf.leakyRelu(x)],
    ['sum over [0, 1]', '[128,49,128]', () => tf.sum(x, [0, 1])],
    ['sum over 0', '[6272,128]', () => tf.sum(rows, 0)],
    ['tile', '[128,49,1]→[128,49,128]', () => tf.tile(column, [1, 1, 128])],
    ['clone', '[128,49,128]', () => tf.clone(x)],
    ['Mixer block, gradients', '[64,49,128]', mixerBlock()],
  ];
}

function line(...cells: string[]): string {
  const [op, shape, ...numbers] = cells;
  return op!.padEnd(24) + shape!.padEnd(26) + numbers.map((n) => n.padStart(10)).join('');
}

await tf.setBackend('wasm');
const stock = wasmKernels();
registerMendedWasmKernels();
const mended = wasmKernels();

console.log(line('op', 'shape', 'stock ms', 'mended ms', 'ratio'));
for (const [op, shape, f] of cases()) {
  const times: { stock: (number | undefined)[]; mended: (number | undefined)[] } = {
    stock: [],
    mended: [],
  };
  for (let i = 0; i < warmups + repetitions; i++) {
    exchange(mended, stock);
    const stockTime = timed(f);
    exchange(stock, mended);
    const mendedTime = timed(f);
    if (i < warmups) continue;
    times.stock.push(stockTime);
    times.mended.push(mendedTime);
  }
  const [before, after] = [median(times.stock), median(times.mended)];
  const show = (ms?: number) => ms?.toFixed(2) ?? '-';
  const ratio = before !== undefined && after !== undefined ? before / after : undefined;
  console.log(line(op, shape, show(before), show(after), show(ratio)));
}
