/** A stock TensorFlow.js model, dropout and all, whose `fit` is made fast by one line. Argument: epochs. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { loadDataset } from 'mixgan';
import { accelerate } from 'mixgan/compile';

const { train, test } = await loadDataset('mnist');
const images = ({ images, count }: typeof train) =>
  tf.tensor4d(
    Float32Array.from(images, (byte) => byte / 255),
    [count, 28, 28, 1],
  );
const labels = ({ labels }: typeof train) => tf.oneHot(tf.tensor1d(labels!, 'int32'), 10);

const model = tfl.sequential();
model.add(
  tfl.layers.conv2d({ inputShape: [28, 28, 1], filters: 16, kernelSize: 3, activation: 'relu' }),
);
model.add(tfl.layers.maxPooling2d({ poolSize: 2 }));
model.add(tfl.layers.flatten());
model.add(tfl.layers.dropout({ rate: 0.25 }));
model.add(tfl.layers.dense({ units: 10, activation: 'softmax' }));
accelerate(model, { seed: 1 });

model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
await model.fit(images(train), labels(train), {
  epochs: Number(process.argv[2] ?? 3),
  verbose: 0,
  callbacks: { onEpochEnd: (epoch, logs) => console.log(`epoch ${epoch + 1}`, logs) },
});
const [, accuracy] = model.evaluate(images(test), labels(test)) as tf.Scalar[];
console.log(`${(100 * accuracy!.dataSync()[0]!).toFixed(2)}% of ${test.count} held-out digits`);
