import * as tf from '@tensorflow/tfjs-core';
import { describe, it } from 'vitest';
import { RandomStream } from '../../../src/random.js';
import { expectCompiledMatches, normal } from '../../support/compiled.js';

const shapes = [[3, 5], [], [1], [2, 1, 7], [0, 2]];

describe.each<[string, (x: tf.Tensor) => tf.Tensor]>([
  ['tanh', tf.tanh],
  ['sigmoid', tf.sigmoid],
  ['logSigmoid', tf.logSigmoid],
  ['softplus', tf.softplus],
  ['relu', tf.relu],
  ['relu6', (x) => tf.relu6(tf.mul(x, 5))],
  ['leakyRelu', (x) => tf.leakyRelu(x, 0.3)],
  ['elu', tf.elu],
  ['selu', tf.selu],
  ['step', (x) => tf.step(x, 0.25)],
])('%s', (name, op) => {
  it('has the values and the gradient of the backend', async () => {
    const random = RandomStream.fromSeed(1).split(name);
    const inputs = Object.fromEntries(shapes.map((shape, i) => [`x${i}`, normal(random, shape)]));
    await expectCompiledMatches((x) => Object.values(x).map(op), inputs);
  });
});

describe('prelu', () => {
  it('has a slope per channel', async () => {
    const random = RandomStream.fromSeed(8);
    const inputs = { x: normal(random, [2, 3, 4]), alpha: normal(random, [1, 4]) };
    await expectCompiledMatches(({ x, alpha }) => tf.prelu(x!, alpha!), inputs);
  });
});
