import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { it } from 'vitest';

import { expectAlikeTraining, normals } from './side-by-side.js';

const { layers } = tfl;
const recurrentInitializer = 'glorotNormal';

const stateful = () => {
  const model = tfl.sequential({
    layers: [
      layers.lstm({
        ...{ units: 3, stateful: true, batchInputShape: [4, 3, 2], recurrentInitializer },
      }),
      layers.dense({ units: 1 }),
    ],
  });
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  return model;
};

it('keeps the state of layers from batch to batch', async () => {
  await expectAlikeTraining(stateful, async (model) => {
    const [x, y] = [normals([12, 3, 2]), normals([12, 1], 3)];
    const seen: unknown[] = [];
    for (let epoch = 0; epoch < 3; epoch++) {
      const { history } = await model.fit(x, y, { batchSize: 4, shuffle: false, epochs: 2 });
      seen.push(history, Array.from((model.predict(x, { batchSize: 4 }) as tf.Tensor).dataSync()));
      if (epoch === 1) model.resetStates();
    }
    return seen;
  });
});
