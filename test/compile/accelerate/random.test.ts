/** Models that draw random numbers while they are trained. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { accelerate, restore } from '../../../src/compile/accelerate/accelerate.js';
import { expectAlike, normals, oneHot, pairOf, withSameRandomness } from './side-by-side.js';

const { layers } = tfl;
const rows = 48;
const recurrentInitializer = 'glorotNormal';

/** Draws a hidden value around the mean that it is given, and adds how far that is from normal. */
class Sampling extends layers.Layer {
  static className = 'Sampling';
  override computeOutputShape(shape: tfl.Shape): tfl.Shape {
    return shape;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const mean = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
    return tf.add(mean, tf.mul(0.1, tf.randomNormal(mean.shape)));
  }
}

const stacked = (list: tfl.layers.Layer[], activation: 'softmax' | 'linear' = 'softmax') => {
  const model = tfl.sequential({ layers: [...list, layers.dense({ units: 2, activation })] });
  model.compile({
    optimizer: tf.train.adam(0.02),
    loss: activation === 'softmax' ? 'categoricalCrossentropy' : 'meanSquaredError',
  });
  return model;
};

/** Classes that can be told apart, by the first number of an example. */
const flat = () => normals([rows, 6]);
const series = () => normals([rows, 4, 3]);
const classes = (x: tf.Tensor): tf.Tensor => {
  const first = tf.slice(tf.reshape(x, [rows, -1]), [0, 0], [rows, 1]);
  const positive = tf.cast(tf.greater(first, 0), 'float32');
  return tf.concat([positive, tf.sub(1, positive)], 1);
};

const examples: Readonly<Record<string, { make(): tfl.Sequential; x(): tf.Tensor }>> = {
  dropout: {
    make: () =>
      stacked([
        layers.dense({ units: 16, activation: 'relu', inputShape: [6] }),
        layers.dropout({ rate: 0.4 }),
      ]),
    x: flat,
  },
  'noise and dropout by noise': {
    make: () =>
      stacked([
        layers.gaussianNoise({ stddev: 0.3, inputShape: [6] }),
        layers.dense({ units: 16, activation: 'selu' }),
        layers.gaussianDropout({ rate: 0.2 }),
        layers.dense({ units: 8, activation: 'selu' }),
        layers.alphaDropout({ rate: 0.2 }),
      ]),
    x: flat,
  },
  'dropout in a GRU': {
    make: () =>
      stacked([
        layers.spatialDropout1d({ rate: 0.2, inputShape: [4, 3] }),
        layers.gru({ units: 8, dropout: 0.2, recurrentDropout: 0.2, recurrentInitializer }),
      ]),
    x: series,
  },
  'a hidden value that is drawn': {
    make: () => stacked([layers.dense({ units: 3, inputShape: [6] }), new Sampling({})], 'linear'),
    x: flat,
  },
};

describe.each(Object.entries(examples))('%s', (_, { make, x }) => {
  it('trains as stock does, as far as chance goes', async () => {
    const models = pairOf(make);
    const train = (model: tfl.Sequential) =>
      withSameRandomness(async () => {
        const { history } = await model.fit(x(), classes(x()), {
          ...{ epochs: 15, batchSize: 16, validationData: [x(), classes(x())] },
        });
        const losses = history.loss as number[];
        const mean = (list: readonly number[]) => list.reduce((a, b) => a + b) / list.length;
        return { first: mean(losses.slice(0, 5)), last: mean(losses.slice(-5)) };
      });
    const [actual, expected] = [await train(models.fast), await train(models.stock)];
    expectAlike(actual, expected, 0.25);
    expect(actual.last).toBeLessThan(actual.first);
  }, 20_000);
});

it('draws the same numbers for the same seed, and others for another one', async () => {
  const model = examples.dropout!.make();
  const start = model.getWeights().map((weight) => tf.clone(weight));
  const train = async (seed: number) => {
    model.setWeights(start);
    accelerate(model, { seed });
    const x = flat();
    const { history } = await model.fit(x, classes(x), { epochs: 2, shuffle: false });
    restore(model);
    return history.loss;
  };
  model.optimizer = tf.train.sgd(0.1);
  const first = await train(5);
  expect(await train(5)).toEqual(first);
  expect(await train(6)).not.toEqual(first);
});

it('draws nothing when it evaluates or predicts', () => {
  const { stock, fast } = pairOf(examples.dropout!.make);
  const results = (model: tfl.LayersModel) => [
    Array.from((model.predict(flat()) as tf.Tensor).dataSync()),
    (model.evaluate(flat(), oneHot(rows, 2)) as tf.Scalar).dataSync()[0],
  ];
  expectAlike(results(fast), results(stock));
});

it('refuses a seed that is none', () => {
  expect(() => accelerate(examples.dropout!.make(), { seed: -1 })).toThrow(/a seed is a whole/);
});
