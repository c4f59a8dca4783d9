import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { accelerate, restore } from '../../../src/compile/accelerate/accelerate.js';
import { expectAlike, expectAlikeTraining, normals, oneHot, pairOf } from './side-by-side.js';

const classifier = () => {
  const model = tfl.sequential({
    layers: [
      tfl.layers.dense({ units: 8, activation: 'relu', inputShape: [4] }),
      tfl.layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });
  model.compile({
    optimizer: tf.train.adam(0.01),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
  return model;
};

describe('fit', () => {
  it('gives the history of stock, with a last short batch and validation', async () => {
    await expectAlikeTraining(classifier, async (model) => {
      const { history, epoch } = await model.fit(normals([50, 4]), oneHot(50, 3), {
        epochs: 3,
        batchSize: 16,
        validationSplit: 0.2,
      });
      return { history, epoch };
    });
  });

  it('calls every hook of callbacks as stock does', async () => {
    await expectAlikeTraining(classifier, async (model) => {
      const calls: unknown[] = [];
      const note = (name: string) => async (at?: number, logs?: tfl.Logs) => {
        calls.push([name, at ?? -1, { ...logs }]);
      };
      await model.fit(normals([20, 4]), oneHot(20, 3), {
        epochs: 4,
        initialEpoch: 1,
        batchSize: 8,
        validationData: [normals([10, 4], 3), oneHot(10, 3, 4)],
        callbacks: {
          onTrainBegin: async () => void calls.push('train begins'),
          onTrainEnd: async () => void calls.push('train ends'),
          onEpochBegin: note('epoch begins'),
          onEpochEnd: note('epoch ends'),
          onBatchBegin: note('batch begins'),
          onBatchEnd: note('batch ends'),
        },
      });
      return calls;
    });
  });
});

describe('predict', () => {
  it('gives what stock gives, in batches and not', () => {
    const { stock, fast } = pairOf(classifier);
    const x = normals([70, 4]);
    const values = (model: tfl.LayersModel) => {
      const all = model.predict(x) as tf.Tensor;
      const once = model.predictOnBatch(x) as tf.Tensor;
      return [all.shape, Array.from(all.dataSync()), Array.from(once.dataSync())];
    };
    expectAlike(values(fast), values(stock));
  });
});

describe('evaluate', () => {
  it('gives what stock gives', () => {
    const { stock, fast } = pairOf(classifier);
    const evaluate = (model: tfl.LayersModel) =>
      (model.evaluate(normals([70, 4]), oneHot(70, 3)) as tf.Scalar[]).map(
        (result) => result.dataSync()[0],
      );
    expectAlike(evaluate(fast), evaluate(stock));
  });
});

describe('trainOnBatch', () => {
  it('gives what stock gives', async () => {
    await expectAlikeTraining(classifier, async (model) => {
      const results: unknown[] = [];
      for (let i = 0; i < 5; i++) {
        results.push(await model.trainOnBatch(normals([12, 4], i), oneHot(12, 3, i)));
      }
      return results;
    });
  });
});

describe('accelerate', () => {
  it('returns the model, and restore gives the stock one back', async () => {
    const model = classifier();
    const { fit } = model;
    expect(accelerate(model)).toBe(model);
    expect(restore(model)).toBe(model);
    expect(model.fit).toBe(fit);
    expect(Object.hasOwn(model, 'build')).toBe(false);
    await model.fit(normals([8, 4]), oneHot(8, 3));
  });

  it('leaves no tensors behind', async () => {
    const model = accelerate(classifier());
    const x = normals([20, 4]);
    const y = oneHot(20, 3);
    await model.fit(x, y, { batchSize: 8, validationSplit: 0.2 });
    const before = tf.memory().numTensors;
    await model.fit(x, y, { batchSize: 8, validationSplit: 0.2 });
    tf.dispose(model.predict(x));
    tf.dispose(model.evaluate(x, y));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses what is no model', () => {
    expect(() => accelerate({} as tfl.LayersModel)).toThrow(/takes a tf.LayersModel/);
  });
});
