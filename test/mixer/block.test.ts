import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { type MixerBlockOptions, mixerBlock } from '../../src/mixer/block.js';
import { modelVariables } from '../../src/train/variables.js';
import { assignInitialWeights, uniform } from '../golden/formula.js';
import { expectClose, valuesOf } from '../support/close.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const [tokens, channels] = [6, 8];

/** One block on [B, 6, 8]. */
function blockModel(options: Partial<MixerBlockOptions> = {}): tfl.LayersModel {
  const x = tfl.input({ shape: [tokens, channels], name: 'x' });
  const y = mixerBlock(x, { name: 'block', tokenDim: 5, channelDim: 11, ...options });
  return tfl.model({ inputs: x, outputs: y });
}

const run = (model: tfl.LayersModel, x: tf.Tensor): tf.Tensor => model.apply(x) as tf.Tensor;

describe('mixerBlock', () => {
  it('keeps the shape of its input', () => {
    const model = blockModel();
    expect(model.outputShape).toEqual([null, tokens, channels]);
    expect(run(model, uniform('x', [3, tokens, channels])).shape).toEqual([3, tokens, channels]);
  });

  it('starts as the identity with a branch gain of 0, and not without', () => {
    const x = uniform('x', [2, tokens, channels]);
    expect(run(blockModel({ branchGain: 0 }), x).dataSync()).toEqual(x.dataSync());
    expect(run(blockModel(), x).dataSync()).not.toEqual(x.dataSync());
  });

  it('scales the last kernel of each branch, and no other, by the branch gain', () => {
    const whole = modelVariables(blockModel(), 'm');
    const half = modelVariables(blockModel({ branchGain: 0.5 }), 'm');
    for (const [name, variable] of whole) {
      const factor = name.endsWith('/dense_1/kernel') ? 0.5 : 1;
      expectClose(half.get(name)!, valuesOf(tf.mul(variable, factor)), { relative: 1e-6 });
    }
  });

  it('mixes tokens first, then channels', () => {
    expect(blockModel().layers.map((layer) => layer.name)).toEqual([
      'x',
      'block/layer_norm_0',
      'block/to_tokens',
      'block/token_mixing/dense_0',
      'block/token_mixing/dense_1',
      'block/to_channels',
      'block/token_residual',
      'block/layer_norm_1',
      'block/channel_mixing/dense_0',
      'block/channel_mixing/dense_1',
      'block/channel_residual',
    ]);
  });

  it('has weights of the paper’s shapes, normalised over the channels', () => {
    const shapes = [...modelVariables(blockModel(), 'm')].map(([name, v]) => [name, v.shape]);
    expect(shapes).toEqual([
      ['m/block/layer_norm_0/gamma', [8]],
      ['m/block/layer_norm_0/beta', [8]],
      ['m/block/token_mixing/dense_0/kernel', [6, 5]],
      ['m/block/token_mixing/dense_0/bias', [5]],
      ['m/block/token_mixing/dense_1/kernel', [5, 6]],
      ['m/block/token_mixing/dense_1/bias', [6]],
      ['m/block/layer_norm_1/gamma', [8]],
      ['m/block/layer_norm_1/beta', [8]],
      ['m/block/channel_mixing/dense_0/kernel', [8, 11]],
      ['m/block/channel_mixing/dense_0/bias', [11]],
      ['m/block/channel_mixing/dense_1/kernel', [11, 8]],
      ['m/block/channel_mixing/dense_1/bias', [8]],
    ]);
  });

  it('permutes its output when tokens and token-mixing weights are permuted alike', () => {
    const order = tf.tensor1d([3, 0, 5, 1, 4, 2], 'int32');
    const model = blockModel();
    const variables = modelVariables(model, 'm');
    assignInitialWeights(variables);
    const x = uniform('x', [2, tokens, channels]);
    const permuted = valuesOf(tf.gather(run(model, x), order, 1));

    const unmatched = run(model, tf.gather(x, order, 1));
    const tokenAxes = { 'dense_0/kernel': 0, 'dense_1/kernel': 1, 'dense_1/bias': 0 };
    for (const [weight, axis] of Object.entries(tokenAxes)) {
      const variable = variables.get(`m/block/token_mixing/${weight}`)!;
      variable.assign(tf.gather(variable, order, axis));
    }
    const matched = run(model, tf.gather(x, order, 1));
    expectClose(matched, permuted, { relative: 1e-6 });
    expect(() => expectClose(unmatched, permuted, { relative: 1e-2 })).toThrow('are off');
  });
});
