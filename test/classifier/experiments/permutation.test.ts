import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { classifierConfigSchema } from '../../../classifier/config.js';
import {
  pixelOrder,
  reordered,
  shuffledSplits,
  shuffleNames,
  trialConfig,
  trialName,
  trialsOf,
} from '../../../classifier/experiments/permutation.js';
import type { ImageDataset } from '../../../src/data/dataset.js';
import { loadDataset } from '../../../src/data/load.js';
import { InputError, UsageError } from '../../../src/errors.js';
import { mlpMixer } from '../../../src/mixer/mixer.js';
import { modelVariables, type NamedVariables } from '../../../src/train/variables.js';
import { assignInitialWeights, uniform } from '../../golden/formula.js';
import { expectClose, valuesOf } from '../../support/close.js';

const digits = { height: 28, width: 28 };
const settings = { archs: ['mixer', 'resnet'], seeds: [0, 3], steps: 40, data: 'mnist' } as const;

const sorted = (values: Iterable<number>): number[] => [...values].sort((a, b) => a - b);
const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** A place of the image as its patch and its place inside. */
function inPatches(place: number, width: number, patch: number): { patch: number; inside: number } {
  const [y, x] = [Math.floor(place / width), place % width];
  return {
    patch: Math.floor(y / patch) * (width / patch) + Math.floor(x / patch),
    inside: (y % patch) * patch + (x % patch),
  };
}

describe('the order of the pixels', () => {
  it.each(shuffleNames)('%s takes every pixel once, always to the same place', (shuffle) => {
    const order = pixelOrder(shuffle, digits, 4);
    expect(sorted(order)).toEqual(range(28 * 28));
    expect(pixelOrder(shuffle, digits, 4)).toEqual(order);
    expect(order.every((from, to) => from === to)).toBe(shuffle === 'original');
  });

  it('of patches moves whole patches, and the pixels of each in the same way', () => {
    const moved = Array.from(pixelOrder('patches', digits, 4), (from, to) => ({
      from: inPatches(from, 28, 4),
      to: inPatches(to, 28, 4),
    }));
    const [patches, insides] = [new Map<number, number>(), new Map<number, number>()];
    for (const { from, to } of moved) {
      expect(patches.get(to.patch) ?? from.patch).toBe(from.patch);
      expect(insides.get(to.inside) ?? from.inside).toBe(from.inside);
      patches.set(to.patch, from.patch);
      insides.set(to.inside, from.inside);
    }
    expect(sorted(patches.values())).toEqual(range(49));
    expect(sorted(insides.values())).toEqual(range(16));
    expect([...patches].filter(([to, from]) => to === from).length).toBeLessThan(10);
    expect([...insides].filter(([to, from]) => to === from).length).toBeLessThan(8);
  });

  it('of all pixels tears patches apart', () => {
    const order = pixelOrder('pixels', digits, 4);
    const sources = new Set(
      [...order.entries()]
        .filter(([to]) => inPatches(to, 28, 4).patch === 0)
        .map(([, from]) => inPatches(from, 28, 4).patch),
    );
    expect(sources.size).toBeGreaterThan(8);
  });

  it('needs whole patches', () => {
    expect(() => pixelOrder('patches', { height: 28, width: 30 }, 4)).toThrow(UsageError);
    expect(() => pixelOrder('patches', { height: 28, width: 30 }, 4)).toThrow(/28×30.*4×4/);
  });
});

it('reorders pixels with all their channels, in every image alike', () => {
  const dataset: ImageDataset = {
    name: 'two',
    images: Uint8Array.from(range(12)),
    labels: Uint8Array.of(1, 0),
    count: 2,
    height: 1,
    width: 3,
    channels: 2,
    classNames: ['a', 'b'],
  };
  const shuffled = reordered(dataset, Uint32Array.of(2, 0, 1));
  expect(Array.from(shuffled.images)).toEqual([4, 5, 0, 1, 2, 3, 10, 11, 6, 7, 8, 9]);
  expect(shuffled).toMatchObject({ labels: dataset.labels, height: 1, width: 3 });
  expect(Array.from(dataset.images)).toEqual(range(12));
});

it('shuffles what is trained on and what is held out alike', () => {
  const pixels = Uint8Array.from({ length: 64 }, (_, i) => 3 * i);
  const dataset: ImageDataset = {
    ...{ name: 'one', images: pixels, labels: Uint8Array.of(0), count: 1 },
    ...{ height: 8, width: 8, channels: 1, classNames: ['a'] },
  };
  const { train, test } = shuffledSplits({ train: dataset, test: dataset }, 'pixels');
  expect(train.images).toEqual(test.images);
  expect(train.images).not.toEqual(pixels);
});

describe('a Mixer', () => {
  const sides = { height: 8, width: 8 };
  const [patch, channels] = [4, 5];
  const order = pixelOrder('patches', sides, patch);

  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  const mixer = (): LayersModel =>
    mlpMixer({
      ...{ imageShape: [8, 8, 1], patch, channels, numBlocks: 2 },
      ...{ tokenDim: 3, channelDim: 7, numClasses: 4 },
    });

  /** Which patch, and which pixel of a patch, the shuffle brings to each place. */
  const places = [...order.entries()].map(([to, from]) => ({
    to: inPatches(to, 8, patch),
    from: inPatches(from, 8, patch),
  }));
  const patches = range(4).map((i) => places.find(({ to }) => to.patch === i)!.from.patch);
  const pixels = range(16).map((i) => places.find(({ to }) => to.inside === i)!.from.inside);

  /** The weights of a model shuffled as its images are: whatever is indexed by pixels or tokens. */
  function assignShuffled(from: NamedVariables, to: NamedVariables): void {
    for (const [name, variable] of to) {
      const value = from.get(name)!;
      const shuffled = tf.tidy(() => {
        if (name.endsWith('stem/conv/kernel')) {
          const flat = tf.reshape(value, [patch * patch, channels]);
          return tf.reshape(tf.gather(flat, pixels), value.shape);
        }
        if (name.endsWith('token_mixing/dense_0/kernel')) return tf.gather(value, patches);
        if (name.endsWith('token_mixing/dense_1/kernel')) return tf.gather(value, patches, 1);
        if (name.endsWith('token_mixing/dense_1/bias')) return tf.gather(value, patches);
        return tf.clone(value);
      });
      variable.assign(shuffled);
    }
  }

  it('with weights shuffled alike learns the same from images with shuffled patches', () => {
    const images = uniform('images', [6, 8, 8, 1]);
    const flat = tf.reshape(images, [6, 64, 1]);
    const shuffledImages = tf.reshape(tf.gather(flat, Array.from(order), 1), [6, 8, 8, 1]);
    const targets = tf.oneHot(tf.tensor1d([0, 1, 2, 3, 0, 1], 'int32'), 4);
    const [plain, shuffled] = [mixer(), mixer()];
    assignInitialWeights(modelVariables(plain, 'm'));
    assignShuffled(modelVariables(plain, 'm'), modelVariables(shuffled, 'm'));
    const logits = (model: LayersModel, x: tf.Tensor) => model.apply(x) as tf.Tensor2D;
    const first = valuesOf(logits(plain, images));
    for (const [model, x] of [
      [plain, images],
      [shuffled, shuffledImages],
    ] as const) {
      const sgd = tf.train.momentum(0.1, 0.9);
      for (let step = 0; step < 5; step++) {
        sgd.minimize(() => {
          const logProbabilities = tf.logSoftmax(logits(model, x));
          return tf.neg(tf.mean(tf.sum(tf.mul(targets, logProbabilities), -1))) as tf.Scalar;
        });
      }
    }
    const learned = valuesOf(logits(plain, images));
    expectClose(logits(shuffled, shuffledImages), learned, { relative: 1e-4 });
    // It has moved, and without the shuffled weights the images would not do.
    expect(() => expectClose(logits(plain, images), first, { relative: 0.1 })).toThrow();
    expect(() => expectClose(logits(plain, shuffledImages), learned, { relative: 0.1 })).toThrow();
  });
});

describe('the trials', () => {
  it('are every architecture on every version, seed after seed', () => {
    expect(trialsOf(settings).map(trialName)).toEqual([
      'mixer-original-0',
      'mixer-patches-0',
      'mixer-pixels-0',
      'resnet-original-0',
      'resnet-patches-0',
      'resnet-pixels-0',
      'mixer-original-3',
      'mixer-patches-3',
      'mixer-pixels-3',
      'resnet-original-3',
      'resnet-patches-3',
      'resnet-pixels-3',
    ]);
  });

  it('are trained alike, but for the model and the seed', () => {
    const [first, ...others] = trialsOf(settings).map((trial) => trialConfig(trial, settings));
    expect(classifierConfigSchema.parse(first)).toEqual(first);
    for (const { model: _, seed: __, data: ___, ...config } of others) {
      expect(first).toMatchObject(config);
    }
  });

  it('of shuffled images do not pass for trainings on the images as they are', async () => {
    const dataOf = (shuffle: 'original' | 'pixels') =>
      trialConfig({ arch: 'mixer', shuffle, seed: 0 }, settings).data;
    expect(dataOf('original')).toBe('mnist');
    await expect(loadDataset(dataOf('pixels'))).rejects.toThrow(InputError);
  });
});
