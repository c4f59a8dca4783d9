import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { Affine, affine, layerScale } from '../../src/mixer/affine.js';
import { constant } from '../../src/mixer/initialisation.js';
import { addPositions } from '../../src/mixer/positions.js';
import { summarise } from '../../src/mixer/summary.js';
import { modelVariables, trainableVariables } from '../../src/train/variables.js';
import { assignInitialWeights, uniform } from '../golden/formula.js';
import { expectClose, valuesOf } from '../support/close.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

type Build = (x: tfl.SymbolicTensor) => tfl.SymbolicTensor;

function modelOf(build: Build, shape = [3, 4]): tfl.LayersModel {
  const x = tfl.input({ shape });
  return tfl.model({ inputs: x, outputs: build(x) });
}

const apply = (model: tfl.LayersModel, x: tf.Tensor, training = false): tf.Tensor =>
  model.apply(x, { training }) as tf.Tensor;

describe('Affine', () => {
  it('scales and moves every channel, in training as in evaluation', () => {
    const model = modelOf((x) => affine(x, 'affine'));
    model
      .getLayer('affine')
      .setWeights([
        tf.tensor1d([1, 2, 3, 4]),
        tf.tensor1d([0, 0, 10, -1]),
        tf.zeros([4]),
        tf.ones([4]),
      ]);
    const x = tf.tensor3d([1, 1, 1, 1, -1, 0, 2, 0.5, 0, 0, 0, 0], [1, 3, 4]);
    const expected = [1, 2, 13, 3, -1, 0, 16, 1, 0, 0, 10, -1];
    expect([...apply(model, x).dataSync()]).toEqual(expected);
    expect([...apply(model, x, true).dataSync()]).toEqual(expected);
    const [, , mean, variance] = model.getWeights();
    expect([...mean!.dataSync(), ...variance!.dataSync()]).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  });

  it('starts as the identity, LayerScale as a small multiple of it', () => {
    const x = uniform('x', [2, 3, 4]);
    expect(
      apply(
        modelOf((y) => affine(y, 'a')),
        x,
      ).dataSync(),
    ).toEqual(x.dataSync());
    const scaled = apply(
      modelOf((y) => layerScale(y, 's', 1e-4)),
      x,
    );
    expectClose(scaled, valuesOf(tf.mul(x, 1e-4)), { relative: 1e-6 });
  });

  it.each([
    ['scale and offset', {}],
    ['a scale', { offset: false }],
    ['an offset', { scale: false }],
  ] as const)(
    'computes what the stock layer of its class and configuration does: %s',
    (_, args) => {
      const own = modelOf(
        (x) => new Affine({ name: 'own', ...args }).apply(x) as tfl.SymbolicTensor,
      );
      assignInitialWeights(trainableVariables(own, 'm'));
      const layer = own.getLayer('own');
      expect(layer.getClassName()).toBe('BatchNormalization');
      // The stock layer writes into what it is given.
      const stockLayer = tfl.layers.batchNormalization(structuredClone(layer.getConfig()));
      expect(layer.getConfig()).toEqual(stockLayer.getConfig());
      const stock = modelOf((x) => stockLayer.apply(x) as tfl.SymbolicTensor);
      stock.setWeights(own.getWeights());
      const x = uniform('x', [2, 3, 4]);
      expectClose(apply(own, x), valuesOf(apply(stock, x)), { relative: 1e-6 });
    },
  );

  it('has as many parameters as it learns', () => {
    const build: Build = (x) => layerScale(affine(x, 'a'), 's', 1);
    expect(summarise(modelOf(build)).parameters).toBe(4 + 4 + 4);
    expect([...trainableVariables(modelOf(build), 'm').keys()]).toEqual([
      'm/a/gamma',
      'm/a/beta',
      'm/s/gamma',
    ]);
  });

  it('takes the first values that it is given', () => {
    const model = modelOf(
      (x) => new Affine({ name: 'a', offset: constant(3) }).apply(x) as tfl.SymbolicTensor,
    );
    expect([...modelVariables(model, 'm').get('m/a/beta')!.dataSync()]).toEqual([3, 3, 3, 3]);
  });
});

describe('addPositions', () => {
  const model = () => modelOf((x) => addPositions(x, { name: 'positions' }), [50, 40]);

  it('adds one vector for each place, the same for every example', () => {
    const positioned = model();
    const [vectors] = positioned.getWeights();
    expect(vectors!.shape).toEqual([2000]);
    const x = uniform('x', [3, 50, 40]);
    const expected = tf.add(x, tf.reshape(vectors!, [1, 50, 40]));
    expectClose(apply(positioned, x), valuesOf(expected), { relative: 1e-6 });
  });

  it('draws them from N(0, 0.02²), from the seed alone', () => {
    const values = [...model().getWeights()[0]!.dataSync()];
    const deviation = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
    expect(deviation).toBeGreaterThan(0.019);
    expect(deviation).toBeLessThan(0.021);
    expect([...model().getWeights()[0]!.dataSync()]).toEqual(values);
  });
});
