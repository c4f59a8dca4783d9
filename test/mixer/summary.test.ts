import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildGenerator } from '../../gan/generator.js';
import { withAbstractModel } from '../../src/mixer/abstract.js';
import { gMlpSizes } from '../../src/mixer/configs/gmlp.js';
import {
  cifar10Sizes,
  type MixerConfig,
  type MixerSize,
  mixerSizes,
} from '../../src/mixer/configs/mixer.js';
import { resMlpSizes } from '../../src/mixer/configs/resmlp.js';
import { vitSizes } from '../../src/mixer/configs/vit.js';
import { gMlp } from '../../src/mixer/gmlp.js';
import { mlpMixer } from '../../src/mixer/mixer.js';
import { resMlp } from '../../src/mixer/resmlp.js';
import { type ModelSummary, summarise } from '../../src/mixer/summary.js';
import { vit } from '../../src/mixer/vit.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const summaryOf = (config: MixerConfig): ModelSummary =>
  withAbstractModel((init) => mlpMixer(config, { init }), summarise);

/** Parameters by layer, without the layers that have none. */
const parametersByLayer = ({ layers }: ModelSummary): Record<string, number> =>
  Object.fromEntries(
    layers.filter((layer) => layer.parameters > 0).map((layer) => [layer.name, layer.parameters]),
  );

describe('parameters', () => {
  const published: Record<MixerSize, number> = {
    'S/32': 19_104_624,
    'S/16': 18_528_264,
    'B/32': 60_293_428,
    'B/16': 59_880_472,
    'L/32': 206_939_264,
    'L/16': 208_196_168,
    'H/14': 432_350_952,
  };

  it('knows every size of the registry', () => {
    expect(Object.keys(mixerSizes).sort()).toEqual(Object.keys(published).sort());
  });

  it.each(Object.entries(published))('of %s: %i', (size, parameters) => {
    expect(summaryOf(mixerSizes[size as MixerSize]).parameters).toBe(parameters);
  });

  it('of the models for CIFAR-10', () => {
    expect(summaryOf(cifar10Sizes['cifar10-article']).parameters).toBe(1_992_674);
    expect(summaryOf(cifar10Sizes['cifar10-small']).parameters).toBe(1_132_170);
  });

  it('that training changes', () => {
    const input = tfl.input({ shape: [4, 4, 3] });
    const normalised = tfl.layers.batchNormalization().apply(input) as tfl.SymbolicTensor;
    const model = tfl.model({ inputs: input, outputs: normalised });
    expect(summarise(model)).toMatchObject({ parameters: 12, trainable: 6 });
    const { parameters, trainable } = summaryOf(mixerSizes['S/32']);
    expect(trainable).toBe(parameters);
  });

  it('of S/16 layer by layer', () => {
    const block = (i: number): Record<string, number> => ({
      [`block_${i}/layer_norm_0`]: 1_024,
      [`block_${i}/token_mixing/dense_0`]: 50_432,
      [`block_${i}/token_mixing/dense_1`]: 50_372,
      [`block_${i}/layer_norm_1`]: 1_024,
      [`block_${i}/channel_mixing/dense_0`]: 1_050_624,
      [`block_${i}/channel_mixing/dense_1`]: 1_049_088,
    });
    const expected = {
      'stem/conv': 393_728,
      ...Object.assign({}, ...Array.from({ length: 8 }, (_, i) => block(i))),
      pre_head_layer_norm: 1_024,
      head: 513_000,
    };
    const actual = parametersByLayer(summaryOf(mixerSizes['S/16']));
    expect(Object.entries(actual)).toEqual(Object.entries(expected));
  });
});

describe('floating-point operations', () => {
  it('of B/16: two for each multiplication of the paper’s matrices', () => {
    const [tokens, channels, tokenDim, channelDim] = [196, 768, 384, 3072];
    const stem = tokens * (16 * 16 * 3) * channels;
    const block = 2 * channels * tokens * tokenDim + 2 * tokens * channels * channelDim;
    const head = channels * 1000;
    expect(summaryOf(mixerSizes['B/16']).flops).toBe(2 * (stem + 12 * block + head));
  });

  it('of resmlp-12: one matrix over the tokens', () => {
    const [tokens, channels] = [196, 384];
    const stem = tokens * (16 * 16 * 3) * channels;
    const block = channels * tokens ** 2 + 2 * tokens * channels * (4 * channels);
    const { flops } = withAbstractModel(
      (init) => resMlp(resMlpSizes['resmlp-12'], { init }),
      summarise,
    );
    expect(flops).toBe(2 * (stem + 12 * block + channels * 1000));
  });

  it('of gmlp-s: its gate mixes half the width', () => {
    const [tokens, channels, hidden] = [196, 256, 1536];
    const stem = tokens * (16 * 16 * 3) * channels;
    const half = hidden / 2;
    const block = tokens * channels * (hidden + half) + half * tokens ** 2;
    const { flops } = withAbstractModel((init) => gMlp(gMlpSizes['gmlp-s'], { init }), summarise);
    expect(flops).toBe(2 * (stem + 30 * block + channels * 1000));
  });

  it('of vit-s: scores and contexts of its attention', () => {
    const [tokens, channels] = [196, 384];
    const stem = tokens * (16 * 16 * 3) * channels;
    const projections = 4 * tokens * channels ** 2;
    const attention = 2 * tokens ** 2 * channels;
    const block = projections + attention + 2 * tokens * channels * (4 * channels);
    const { flops } = withAbstractModel((init) => vit(vitSizes['vit-s'], { init }), summarise);
    expect(flops).toBe(2 * (stem + 12 * block + channels * 1000));
  });

  it('of a transposed convolution: every tap at every input position', () => {
    const stage = { channels: 6, numBlocks: 0, tokenDim: 1, channelDim: 1 };
    const config = { latentDim: 5, stages: [stage], upsamplingKernel: 4 };
    const { layers } = withAbstractModel(
      (init) => buildGenerator(config, [8, 12, 3], { init }),
      summarise,
    );
    const upsample = layers.find((layer) => layer.type === 'Conv2DTranspose')!;
    expect(upsample.outputShape).toEqual([null, 8, 12, 3]);
    expect(upsample.flops).toBe(2 * (4 * 6) * (4 * 4 * 6 * 3));
  });
});

describe('an abstract model', () => {
  const tiny: MixerConfig = {
    imageShape: [8, 8, 1],
    patch: 4,
    channels: 4,
    tokenDim: 2,
    channelDim: 8,
    numBlocks: 1,
    numClasses: 2,
  };

  it('takes no memory for its weights', () => {
    const bytes = (): number => {
      const { arrayBuffers, heapUsed, external } = process.memoryUsage();
      return arrayBuffers + heapUsed + external;
    };
    const before = bytes();
    const during = withAbstractModel(
      (init) => mlpMixer(mixerSizes['H/14'], { init }),
      (model) => {
        expect(model.countParams()).toBe(432_350_952);
        return bytes();
      },
    );
    // The weights themselves would be 1,729 MB.
    expect(during - before).toBeLessThan(100e6);
  });

  it('leaves the backend and the tensors as they were', () => {
    const tensors = tf.memory().numTensors;
    summaryOf(tiny);
    expect(tf.getBackend()).toBe('cpu');
    expect(tf.memory().numTensors).toBe(tensors);
    expect(tf.engine().registryFactory).not.toHaveProperty('mixgan-abstract');
  });

  it('leaves the backend as it was when the model cannot be built', () => {
    expect(() => summaryOf({ ...tiny, patch: 3 })).toThrow('do not divide into 3×3 patches');
    expect(tf.getBackend()).toBe('cpu');
    expect(summaryOf(tiny).parameters).toBeGreaterThan(0);
  });

  it('counts what the real model counts', () => {
    const real = mlpMixer(tiny);
    expect(summarise(real)).toEqual(summaryOf(tiny));
    expect(real.countParams()).toBe(summaryOf(tiny).parameters);
  });
});
