/** Accelerated models where WebAssembly holds tensors. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accelerate } from '../../../src/compile/accelerate/accelerate.js';
import { expectAlikeTraining, normals, oneHot } from './side-by-side.js';

const { layers } = tfl;

beforeAll(async () => {
  await tf.setBackend('wasm');
});
afterAll(async () => {
  await tf.setBackend('cpu');
});

it('train, predict and evaluate as stock does there', async () => {
  const make = () => {
    const model = tfl.sequential({
      layers: [
        layers.dense({ units: 8, activation: 'relu', inputShape: [4] }),
        layers.dense({ units: 3, activation: 'softmax' }),
      ],
    });
    model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
    return model;
  };
  await expectAlikeTraining(make, async (model) => {
    const [x, y] = [normals([20, 4]), oneHot(20, 3)];
    const { history } = await model.fit(x, y, { epochs: 3, batchSize: 8, validationSplit: 0.2 });
    const predicted = model.predict(x) as tf.Tensor;
    const losses = model.evaluate(x, y) as tf.Scalar[];
    return [history, Array.from(predicted.dataSync()), losses.map((loss) => loss.dataSync()[0])];
  });
  expect(tf.getBackend()).toBe('wasm');
});

it('train what stock cannot train there', async () => {
  const model = tfl.sequential({
    layers: [
      layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [6, 6, 1] }),
      layers.flatten(),
      layers.dense({ units: 1 }),
    ],
  });
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const train = () => model.fit(normals([8, 6, 6, 1]), normals([8, 1]), { epochs: 3 });
  await expect(train()).rejects.toThrow(/Conv2DBackpropFilter/);
  accelerate(model);
  const losses = (await train()).history.loss as number[];
  expect(losses[2]).toBeLessThan(losses[0]!);
});
