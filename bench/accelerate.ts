/**
 * Races `accelerate(model)` against stock TensorFlow.js on digits, by a convolutional net with dropout:
 *
 *     npm run bench:accelerate -- [--batches 10] [--stock-batches 1] [--epochs 4] [--images 512]
 *
 * The full net is timed, for so many batches of 16 each: one of 128 takes plain JavaScript four minutes.
 * A net of the same kind with an eighth of its filters is trained for so many epochs by both, and
 * tested on 500 other digits, to compare what they learn.
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tfl from '@tensorflow/tfjs-layers';
import { accelerate } from '../src/compile/index.js';
import type { ImageDataset } from '../src/data/dataset.js';
import { loadMnistPackage } from '../src/data/mnist-package.js';
import { messageOf } from '../src/errors.js';
import { table } from '../src/text.js';

const { values } = parseArgs({
  options: {
    batches: { type: 'string', default: '10' },
    'stock-batches': { type: 'string', default: '1' },
    epochs: { type: 'string', default: '4' },
    images: { type: 'string', default: '512' },
  },
});
const batchSize = 16;
const tested = 500;
const backends = { 'stock, cpu': 'cpu', 'stock, wasm': 'wasm', accelerated: 'cpu' } as const;
type Racer = keyof typeof backends;

const digits = await loadMnistPackage();

/** @param filters of the first convolutions */
function makeNet(racer: Racer, filters: number): tfl.Sequential {
  const convolution = (factor: number, rest = {}) =>
    tfl.layers.conv2d({ filters: factor * filters, kernelSize: 3, activation: 'relu', ...rest });
  const net = tfl.sequential({
    layers: [
      convolution(1, { inputShape: [28, 28, 1] }),
      convolution(1),
      tfl.layers.maxPooling2d({ poolSize: 2 }),
      convolution(2),
      convolution(2),
      tfl.layers.maxPooling2d({ poolSize: 2 }),
      tfl.layers.flatten(),
      tfl.layers.dropout({ rate: 0.25 }),
      tfl.layers.dense({ units: 16 * filters, activation: 'relu' }),
      tfl.layers.dropout({ rate: 0.5 }),
      tfl.layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });
  net.compile({
    ...{ optimizer: 'rmsprop', loss: 'categoricalCrossentropy', metrics: ['accuracy'] },
  });
  return racer === 'accelerated' ? accelerate(net) : net;
}

/** The first images, 0 … 1, and their labels, one-hot. */
function tensorsOf({ images, labels }: ImageDataset, count: number): [tf.Tensor, tf.Tensor] {
  const pixels = Float32Array.from(images.subarray(0, count * 784), (byte) => byte / 255);
  const classes = tf.tensor1d(Array.from(labels!.subarray(0, count)), 'int32');
  return [tf.tensor4d(pixels, [count, 28, 28, 1]), tf.cast(tf.oneHot(classes, 10), 'float32')];
}

/** Trains, and returns the milliseconds that a batch took. */
async function train(net: tfl.Sequential, images: number, epochs: number): Promise<number> {
  const [x, y] = tensorsOf(digits.train, images);
  const start = performance.now();
  await net.fit(x, y, { batchSize, epochs, verbose: 0 });
  tf.dispose([x, y]);
  return (performance.now() - start) / (epochs * Math.ceil(images / batchSize));
}

/** Loss and accuracy on digits that no net has seen. */
function test(net: tfl.Sequential): readonly number[] {
  const [x, y] = tensorsOf(digits.test, tested);
  const results = net.evaluate(x, y, { batchSize: 100 }) as tf.Scalar[];
  return results.map((result) => result.dataSync()[0]!);
}

const times = new Map<Racer, number>();
const rows: string[][] = [];
for (const racer of ['accelerated', 'stock, cpu', 'stock, wasm'] as const) {
  process.stderr.write(`${racer}\n`);
  await tf.setBackend(backends[racer]);
  const full = makeNet(racer, 32);
  const batches = Number(racer === 'accelerated' ? values.batches : values['stock-batches']);
  try {
    // Compiling is no part of a batch.
    if (racer === 'accelerated') await train(full, batchSize, 1);
    times.set(racer, await train(full, batches * batchSize, 1));
    const small = makeNet(racer, 4);
    await train(small, Number(values.images), Number(values.epochs));
    const [loss, accuracy] = test(small) as [number, number];
    rows.push([
      ...[racer, times.get(racer)!.toFixed(1)],
      ...[(times.get(racer)! / times.get('accelerated')!).toFixed(1)],
      ...[loss.toFixed(3), `${(100 * accuracy).toFixed(1)} %`],
    ]);
  } catch (thrown) {
    process.stderr.write(`${messageOf(thrown)}\n`);
    rows.push([racer, 'cannot train it', '', '', '']);
  }
}
console.log(
  table(['fit', 'ms a batch of 16', 'times accelerated', 'test loss, small net', 'accuracy'], rows),
);
