import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import type { MixerConfig } from '../../src/mixer/configs/mixer.js';
import { seededInitialisation } from '../../src/mixer/initialisation.js';
import { mlpMixer } from '../../src/mixer/mixer.js';
import { RandomStream } from '../../src/random.js';
import { modelVariables } from '../../src/train/variables.js';
import { uniform } from '../golden/formula.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const config: MixerConfig = {
  imageShape: [8, 12, 2],
  patch: 4,
  channels: 10,
  tokenDim: 7,
  channelDim: 20,
  numBlocks: 2,
  numClasses: 5,
};

/** The first values of every weight, by name. */
function firstWeights(seed: number, numBlocks = 2): Map<string, number[]> {
  const init = seededInitialisation(RandomStream.fromSeed(seed));
  const variables = modelVariables(mlpMixer({ ...config, numBlocks }, { init }), 'm');
  return new Map([...variables].map(([name, variable]) => [name, [...variable.dataSync()]]));
}

describe('mlpMixer', () => {
  it('starts with logits of zero, from a head of zeros', () => {
    const logits = mlpMixer(config).predict(uniform('images', [3, 8, 12, 2])) as tf.Tensor;
    expect(logits.shape).toEqual([3, 5]);
    expect([...logits.dataSync()]).toEqual(Array(15).fill(0));
  });

  it('draws the same weights from the same seed, others from another', () => {
    expect(firstWeights(1)).toEqual(firstWeights(1));
    expect(firstWeights(1).get('m/stem/conv/kernel')).not.toEqual(
      firstWeights(2).get('m/stem/conv/kernel'),
    );
  });

  it('draws no two kernels alike', () => {
    const kernels = [...firstWeights(1)].filter(
      ([name]) => name.endsWith('/kernel') && name !== 'm/head/kernel',
    );
    const starts = kernels.map(([, values]) => values[0]! / values[1]!);
    expect(kernels).toHaveLength(1 + 2 * 4);
    expect(new Set(starts).size).toBe(kernels.length);
  });

  it('keeps the first blocks’ weights when blocks are added', () => {
    const deeper = firstWeights(1, 3);
    for (const [name, values] of firstWeights(1)) expect(deeper.get(name)).toEqual(values);
  });

  it.each([
    ['patch', { 'stem/conv/kernel': [4, 4, 2, 10] }],
    ['overlap', { 'stem/conv/kernel': [8, 8, 2, 10] }],
    ['conv', { 'stem/step_0/conv/kernel': [4, 4, 2, 5], 'stem/step_1/conv/kernel': [4, 4, 5, 10] }],
  ] as const)('has the stem that is asked for: %s', (stem, kernels) => {
    const variables = [...modelVariables(mlpMixer({ ...config, stem }), 'm')];
    const found = variables.filter(([name]) => /^m\/stem\/.*kernel$/.test(name));
    const shapes = found.map(([name, { shape }]) => [name.slice(2), shape]);
    expect(Object.fromEntries(shapes)).toEqual(kernels);
  });

  it('has the paper’s stem unless another is asked for', () => {
    const named = (stem?: 'patch'): string[] => [
      ...modelVariables(mlpMixer(stem === undefined ? config : { ...config, stem }), 'm').keys(),
    ];
    expect(named()).toEqual(named('patch'));
  });

  it('refuses a patch that does not divide the image', () => {
    expect(() => mlpMixer({ ...config, patch: 8 })).toThrow(
      'images of 8×12 do not divide into 8×8 patches',
    );
  });
});
