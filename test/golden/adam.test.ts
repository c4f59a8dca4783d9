import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../../src/engine/open.js';
import { Adam } from '../../src/train/adam.js';
import { expectClose } from '../support/close.js';
import { uniform } from './formula.js';
import { readGoldens } from './read.js';

const { config, steps } = readGoldens('adam');

/** Those that every machine has. */
const engines = ['cpu', 'wasm'] as const;

describe.each(engines)('Adam against PyTorch, on %s', (engine) => {
  beforeAll(() => openEngine(engine));

  it('three steps of falling rates and falling gradients', () => {
    const theta = tf.variable(uniform('theta', [2, 3]));
    const adam = new Adam('adam', new Map([['theta', theta]]), config);
    steps.forEach((expected, i) => {
      const gradient = uniform(`gradient_${i}`, [2, 3], { scale: 10 ** (-2 * i) });
      adam.apply(new Map([['theta', gradient]]), tf.scalar(config.rates[i]!));
      const at = (what: string) => ({ relative: 1e-5, what: `${what} after step ${i + 1}` });
      expectClose(theta, expected.theta, at('theta'));
      expectClose(tf.reshape(adam.state.get('adam/m')!, [2, 3]), expected.m, at('m'));
      expectClose(tf.reshape(adam.state.get('adam/v')!, [2, 3]), expected.v, at('v'));
    });
    expect(adam.state.get('adam/count')!.dataSync()[0]).toBe(3);
  });
});
