import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import '@tensorflow/tfjs-backend-cpu';
import { buildMixerDiscriminator } from '../../translation/discriminator.js';

const blocks = { numBlocks: 1, tokenDim: 5, channelDim: 6 };
const coarse = { stem: 'overlap', patch: 2, channels: 8, ...blocks } as const;
const stage = { stem: 'overlap', patch: 4, channels: 4, ...blocks } as const;

beforeAll(async () => void (await tf.setBackend('cpu')));

describe('a Mixer that judges place by place', () => {
  it('has a logit for every token of its last resolution', () => {
    const plain = buildMixerDiscriminator(coarse, [16, 24, 3]);
    expect(plain.outputs[0]!.shape).toEqual([null, 8 * 12, 1]);
    const gradual = buildMixerDiscriminator({ ...coarse, stages: [stage] }, [16, 24, 3]);
    expect(gradual.outputs[0]!.shape).toEqual([null, 2 * 3, 1]);
    const verdicts = gradual.predict(tf.ones([2, 16, 24, 3])) as tf.Tensor;
    expect(verdicts.shape).toEqual([2, 6, 1]);
    expect([...verdicts.dataSync()].every(Number.isFinite)).toBe(true);
  });

  it('refuses patches that do not divide the tokens before them', () => {
    const config = { ...coarse, patch: 4, stages: [stage] };
    expect(() => buildMixerDiscriminator(config, [16, 24, 3])).toThrow(/token grids/);
  });
});
