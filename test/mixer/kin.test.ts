import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { withAbstractModel } from '../../src/mixer/abstract.js';
import type { ModelOptions } from '../../src/mixer/architecture.js';
import { selfAttention } from '../../src/mixer/attention.js';
import { Dropout, Drops } from '../../src/mixer/dropout.js';
import { feedForward, feedForwardBlock } from '../../src/mixer/ff.js';
import { gMlp, gMlpBlock } from '../../src/mixer/gmlp.js';
import type { Initialisation } from '../../src/mixer/initialisation.js';
import { resMlp, resMlpBlock } from '../../src/mixer/resmlp.js';
import { summarise } from '../../src/mixer/summary.js';
import type { TokenClassifierConfig } from '../../src/mixer/token-classifier.js';
import { vit, vitBlock } from '../../src/mixer/vit.js';
import { modelVariables, trainableVariables } from '../../src/train/variables.js';
import { assignInitialWeights, uniform } from '../golden/formula.js';
import { expectClose, valuesOf } from '../support/close.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const [tokens, channels] = [6, 8];

type Block = (x: tfl.SymbolicTensor) => tfl.SymbolicTensor;

const blocks: Readonly<Record<string, Block>> = {
  resmlp: (x) => resMlpBlock(x, { name: 'block', channelDim: 11, layerScale: 1e-4 }),
  gmlp: (x) => gMlpBlock(x, { name: 'block', hiddenDim: 10 }),
  ff: (x) => feedForwardBlock(x, { name: 'block', tokenDim: 7, channelDim: 11 }),
  vit: (x) => vitBlock(x, { name: 'block', heads: 2, channelDim: 11 }),
};

/** One block on [B, 6, 8]. */
function blockModel(block: Block): tfl.LayersModel {
  const x = tfl.input({ shape: [tokens, channels], name: 'x' });
  return tfl.model({ inputs: x, outputs: block(x) });
}

const run = (model: tfl.LayersModel, x: tf.Tensor): tf.Tensor => model.apply(x) as tf.Tensor;

const layersOf = (model: tfl.LayersModel): string[] =>
  model.layers.map(({ name }) => name.replace(/^block\//, ''));

const shapesOf = (model: tfl.LayersModel): Record<string, number[]> =>
  Object.fromEntries([...trainableVariables(model, 'm')].map(([name, v]) => [name, v.shape]));

describe('resMlpBlock', () => {
  it('has an affine before and a LayerScale after each branch, one linear map over tokens', () => {
    expect(layersOf(blockModel(blocks.resmlp!))).toEqual([
      'x',
      'affine_0',
      'to_tokens',
      'token_mixing',
      'to_channels',
      'layer_scale_0',
      'token_residual',
      'affine_1',
      'channel_mixing/dense_0',
      'channel_mixing/dense_1',
      'layer_scale_1',
      'channel_residual',
    ]);
  });

  it('starts near the identity', () => {
    const x = uniform('x', [2, tokens, channels]);
    const y = run(blockModel(blocks.resmlp!), x);
    expectClose(y, valuesOf(x), { relative: 1e-3 });
    expect(y.dataSync()).not.toEqual(x.dataSync());
  });

  it('mixes channels at four times their width by default', () => {
    const model = blockModel((x) => resMlpBlock(x, { name: 'block', layerScale: 1 }));
    expect(shapesOf(model)['m/block/channel_mixing/dense_0/kernel']).toEqual([8, 32]);
  });
});

describe('gMlpBlock', () => {
  it('gates one half of the hidden channels by the other', () => {
    expect(layersOf(blockModel(blocks.gmlp!))).toEqual([
      'x',
      'layer_norm',
      'dense_0/gate',
      'gate/layer_norm',
      'gate/to_tokens',
      'gate/token_mixing',
      'dense_0/content',
      'gate/to_channels',
      'gating',
      'dense_1',
      'residual',
    ]);
    expect(shapesOf(blockModel(blocks.gmlp!))).toMatchObject({
      'm/block/dense_0/content/kernel': [8, 5],
      'm/block/dense_0/gate/kernel': [8, 5],
      'm/block/gate/layer_norm/gamma': [5],
      'm/block/gate/token_mixing/kernel': [6, 6],
      'm/block/dense_1/kernel': [5, 8],
    });
  });

  it('starts with its gates open', () => {
    const model = blockModel(blocks.gmlp!);
    const gates = tfl.model({
      inputs: model.inputs,
      outputs: model.getLayer('block/gate/to_channels').output as tfl.SymbolicTensor,
    });
    const values = run(gates, uniform('x', [2, tokens, channels]));
    expect(values.shape).toEqual([2, tokens, 5]);
    expectClose(values, valuesOf(tf.onesLike(values)), { relative: 1e-4 });
    expect(new Set(values.dataSync()).size).toBeGreaterThan(1);
  });

  it('refuses a width that has no halves', () => {
    expect(() => blockModel((x) => gMlpBlock(x, { name: 'block', hiddenDim: 7 }))).toThrow(
      new UsageError("a gMLP's hiddenDim is split into halves: it is even, not 7"),
    );
  });
});

describe('feedForwardBlock', () => {
  it('mixes channels first, then tokens, normalised over the tokens', () => {
    const model = blockModel(blocks.ff!);
    expect(layersOf(model)).toEqual([
      'x',
      'layer_norm_0',
      'channel_mixing/dense_0',
      'channel_mixing/dense_1',
      'channel_residual',
      'to_tokens',
      'layer_norm_1',
      'token_mixing/dense_0',
      'token_mixing/dense_1',
      'to_channels',
      'token_residual',
    ]);
    expect(shapesOf(model)['m/block/layer_norm_1/gamma']).toEqual([tokens]);
  });

  it('has the widths of a ViT by default, four times what is mixed', () => {
    const shapes = shapesOf(blockModel((x) => feedForwardBlock(x, { name: 'block' })));
    expect(shapes['m/block/channel_mixing/dense_0/kernel']).toEqual([8, 32]);
    expect(shapes['m/block/token_mixing/dense_0/kernel']).toEqual([6, 24]);
  });
});

describe('vitBlock', () => {
  const order = tf.tensor1d([3, 0, 5, 1, 4, 2], 'int32');

  it('attends first, then mixes channels at four times their width', () => {
    const model = blockModel((x) => vitBlock(x, { name: 'block', heads: 4 }));
    const shapes = shapesOf(model);
    expect(shapes['m/block/attention/head_3/query/kernel']).toEqual([8, 2]);
    expect(shapes['m/block/attention/output/kernel']).toEqual([8, 8]);
    expect(shapes['m/block/channel_mixing/dense_0/kernel']).toEqual([8, 32]);
  });

  it.each([
    ['vit', true],
    ['resmlp', false],
    ['gmlp', false],
    ['ff', false],
  ])('knows no places, unlike the others: %s, %s', (name, knowsNone) => {
    const model = blockModel(blocks[name]!);
    assignInitialWeights(modelVariables(model, 'm'));
    const x = uniform('x', [2, tokens, channels]);
    const permuted = valuesOf(tf.gather(run(model, x), order, 1));
    const compare = () =>
      expectClose(run(model, tf.gather(x, order, 1)), permuted, { relative: 1e-3 });
    if (knowsNone) compare();
    else expect(compare).toThrow('are off');
  });

  it('weighs values by how well keys fit queries', () => {
    const x = tfl.input({ shape: [2, 1] });
    const model = tfl.model({ inputs: x, outputs: selfAttention(x, { name: 'a', heads: 1 }) });
    const weights = { query: 1, key: 2, value: 1 };
    for (const [what, weight] of Object.entries(weights)) {
      model.getLayer(`a/head_0/${what}`).setWeights([tf.tensor2d([[weight]]), tf.zeros([1])]);
    }
    model.getLayer('a/output').setWeights([tf.tensor2d([[1]]), tf.zeros([1])]);
    // Scores are q · 2k: for the token 1, 2 · 1 against 2 · 3.
    const [first] = run(model, tf.tensor3d([[[1], [3]]])).dataSync();
    expect(first).toBeCloseTo((1 + 3 * Math.exp(4)) / (1 + Math.exp(4)), 5);
  });

  it('refuses heads that do not divide the channels', () => {
    expect(() => blockModel((x) => vitBlock(x, { name: 'block', heads: 3 }))).toThrow(
      new UsageError(
        'attention divides the channels among its heads: 8 do not divide into 3; change channels or heads',
      ),
    );
  });
});

const sizes = { imageShape: [8, 12, 2], patch: 4, numClasses: 5 } as const;
const small = { ...sizes, channels: 8, numBlocks: 2 };

/** Options of the model, and the forms of its GELU and LayerNorm. */
type Forms = ModelOptions & Pick<TokenClassifierConfig, 'gelu' | 'layerNormEpsilon'>;

const models: Readonly<Record<string, (forms?: Forms) => tfl.LayersModel>> = {
  resmlp: (forms) => resMlp({ ...small, ...forms, channelDim: 11 }, forms),
  gmlp: (forms) => gMlp({ ...small, ...forms, hiddenDim: 10 }, forms),
  ff: (forms) => feedForward({ ...small, ...forms, tokenDim: 7, channelDim: 11 }, forms),
  vit: (forms) => vit({ ...small, ...forms, heads: 2, channelDim: 11 }, forms),
};

describe.each(Object.entries(models))('a whole model of %s', (name, build) => {
  const images = () => uniform('images', [3, 8, 12, 2]);
  const weighted = (forms?: Forms) => {
    const model = build(forms);
    assignInitialWeights(modelVariables(model, 'm'));
    return run(model, images());
  };

  it('starts with logits of zero', () => {
    const logits = run(build(), images());
    expect(logits.shape).toEqual([3, 5]);
    expect([...logits.dataSync()]).toEqual(Array(15).fill(0));
  });

  it('draws no two kernels alike, and the same again', () => {
    const kernels = () =>
      [...modelVariables(build(), 'm')]
        .filter(([key]) => key.endsWith('/kernel') && key !== 'm/head/kernel')
        .map(([, variable]) => [...variable.dataSync()]);
    const starts = kernels().map((values) => values[0]! / values[1]!);
    expect(starts.length).toBeGreaterThan(4);
    expect(new Set(starts).size).toBe(starts.length);
    expect(kernels()).toEqual(kernels());
  });

  it('takes either form of GELU', () => {
    const difference = tf.sub(weighted(), weighted({ gelu: 'tanh' }));
    const largest = Math.max(...tf.abs(difference).dataSync());
    expect(largest).toBeGreaterThan(1e-6);
    expect(largest).toBeLessThan(1e-2);
  });

  it('has the LayerNorm ε that it is given, where it has a LayerNorm', () => {
    const same = [...weighted().dataSync()];
    const other = [...weighted({ layerNormEpsilon: 0.1 }).dataSync()];
    if (name === 'resmlp') expect(other).toEqual(same);
    else expect(other).not.toEqual(same);
  });

  it('drops branches and hidden values where it is to', () => {
    const dropouts = (options: { stochasticDepth: number; dropout: number }) =>
      build({ drops: new Drops(options) })
        .layers.filter((layer) => layer instanceof Dropout)
        .map((layer) => layer.name);
    const branches = { gmlp: ['residual'] }[name] ?? ['token_residual', 'channel_residual'];
    const hidden = {
      resmlp: ['channel_mixing'],
      gmlp: ['gating'],
      ff: ['channel_mixing', 'token_mixing'],
      vit: ['channel_mixing'],
    }[name]!;
    const named = (parts: string[], what: string) =>
      [0, 1].flatMap((i) => parts.map((part) => `block_${i}/${part}/${what}`)).sort();
    expect(dropouts({ stochasticDepth: 0.5, dropout: 0 }).sort()).toEqual(
      named(branches, 'drop_path'),
    );
    expect(dropouts({ stochasticDepth: 0, dropout: 0.5 }).sort()).toEqual(named(hidden, 'dropout'));
  });

  it('refuses a patch that does not divide the image', () => {
    const config = { ...small, patch: 8, hiddenDim: 10, heads: 2 };
    const builders: Record<string, () => unknown> = {
      resmlp: () => resMlp(config),
      gmlp: () => gMlp(config),
      ff: () => feedForward(config),
      vit: () => vit(config),
    };
    expect(builders[name]).toThrow('images of 8×12 do not divide into 8×8 patches');
  });
});

describe('resMlp', () => {
  it.each([
    [1, 1e-4],
    [18, 1e-4],
    [19, 1e-5],
    [24, 1e-5],
    [25, 1e-6],
  ])('of %i blocks starts its LayerScales at %d', (numBlocks, initial) => {
    const model = resMlp({ ...sizes, channels: 2, channelDim: 2, numBlocks });
    const scale = modelVariables(model, 'm').get('m/block_0/layer_scale_1/gamma')!;
    expect([...scale.dataSync()]).toEqual(Array(2).fill(Math.fround(initial)));
    model.dispose();
  });
});

describe('withAbstractModel', () => {
  const huge = {
    imageShape: [224, 224, 3],
    patch: 14,
    channels: 1280,
    numBlocks: 32,
    numClasses: 1000,
  } as const;

  it.each<[string, (init: Initialisation) => tfl.LayersModel]>([
    ['resmlp', (init) => resMlp(huge, { init })],
    ['gmlp', (init) => gMlp({ ...huge, hiddenDim: 7680 }, { init })],
    ['ff', (init) => feedForward(huge, { init })],
    ['vit', (init) => vit({ ...huge, heads: 16 }, { init })],
  ])('lists a %s of the size of H/14 without its memory', (_, build) => {
    const before = process.memoryUsage().arrayBuffers;
    const { parameters, memory } = withAbstractModel(build, (model) => ({
      parameters: summarise(model).parameters,
      memory: process.memoryUsage().arrayBuffers - before,
    }));
    expect(parameters).toBeGreaterThan(3e8);
    // The weights would take more than a gigabyte.
    expect(memory).toBeLessThan(64 * 2 ** 20);
  });
});
