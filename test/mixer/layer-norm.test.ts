import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { LayerNorm } from '../../src/mixer/layer-norm.js';
import { uniform } from '../golden/formula.js';
import { expectClose, valuesOf } from '../support/close.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('LayerNorm', () => {
  it.each([1e-6, 1e-3])('gives the values and gradients of the stock layer, ε %d', (epsilon) => {
    const x = uniform('x', [2, 3, 8], { scale: 0.1 });
    const weights = [uniform('gamma', [8], { offset: 1 }), uniform('beta', [8])];
    const [own, stock] = [
      new LayerNorm({ epsilon }),
      tfl.layers.layerNormalization({ axis: -1, epsilon }),
    ].map((layer) => {
      layer.apply(x);
      layer.setWeights(weights);
      const output = (at: tf.Tensor): tf.Tensor => layer.apply(at) as tf.Tensor;
      return { output: output(x), gradient: tf.grad(output)(x, uniform('dy', [2, 3, 8])) };
    });
    expectClose(own!.output, valuesOf(stock!.output), { relative: 1e-6 });
    expectClose(own!.gradient, valuesOf(stock!.gradient), { relative: 1e-5 });
  });

  it('writes the stock class name and a configuration that makes the stock layer', () => {
    const layer = new LayerNorm({ name: 'norm', epsilon: 1e-5 });
    expect(layer.getClassName()).toBe('LayerNormalization');
    const stock = tfl.layers.layerNormalization(layer.getConfig() as { epsilon: number });
    const { dtype: _own, ...own } = layer.getConfig();
    const { dtype: _stock, ...expected } = stock.getConfig();
    expect(own).toEqual(expected);
  });

  it('is finite where all channels are equal', () => {
    const layer = new LayerNorm();
    const output = layer.apply(tf.fill([1, 4], 7)) as tf.Tensor;
    expect([...output.dataSync()]).toEqual([0, 0, 0, 0]);
  });

  it('does not lose small differences on a large mean', () => {
    const layer = new LayerNorm();
    const output = layer.apply(tf.tensor2d([[4096, 4097, 4098, 4099]])) as tf.Tensor;
    const [near, far] = [0.5 / Math.sqrt(1.25), 1.5 / Math.sqrt(1.25)];
    expectClose(output, { shape: [1, 4], values: [-far, -near, near, far] }, { relative: 1e-5 });
  });
});
