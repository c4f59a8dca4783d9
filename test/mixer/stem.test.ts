import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { convStem, overlapStem, patchStem } from '../../src/mixer/stem.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

type Stem = typeof patchStem;

const apply = (stem: Stem, [height, width]: [number, number], patch: number) =>
  stem(tfl.input({ shape: [height, width, 3] }), { name: 'stem', patch, channels: 10 });

describe.each<[string, Stem]>([
  ['patchStem', patchStem],
  ['overlapStem', overlapStem],
  ['convStem', convStem],
])('%s', (_name, stem) => {
  it('makes one token of each patch', () => {
    expect(apply(stem, [16, 24], 4).shape).toEqual([null, 4 * 6, 10]);
  });

  it('refuses a patch that does not divide both sides', () => {
    const message = 'images of 16×28 do not divide into 8×8 patches';
    expect(() => apply(stem, [16, 28], 8)).toThrow(message);
    expect(() => apply(stem, [16, 28], 8)).toThrow(UsageError);
  });

  it.each([0, -4, 2.5, Number.NaN])('refuses a patch of %d', (patch) => {
    expect(() => apply(stem, [20, 20], patch)).toThrow(
      `a patch side is a whole number of pixels from 1 up, not ${patch}`,
    );
  });
});

describe('convStem', () => {
  it.each([1, 6])('refuses a patch of %d, which no halving gives', (patch) => {
    expect(() => apply(convStem, [12, 12], patch)).toThrow(`its patch is 2, 4, 8, …, not ${patch}`);
  });

  it('doubles the channels at each step, with a leaky ReLU between', () => {
    const input = tfl.input({ shape: [16, 16, 3] });
    const output = convStem(input, { name: 'stem', patch: 8, channels: 12 });
    const layers = tfl.model({ inputs: input, outputs: output }).layers.slice(1);
    expect(layers.map((layer) => [layer.getClassName(), layer.outputShape])).toEqual([
      ['Conv2D', [null, 8, 8, 3]],
      ['LeakyReLU', [null, 8, 8, 3]],
      ['Conv2D', [null, 4, 4, 6]],
      ['LeakyReLU', [null, 4, 4, 6]],
      ['Conv2D', [null, 2, 2, 12]],
      ['Reshape', [null, 4, 12]],
    ]);
  });
});
