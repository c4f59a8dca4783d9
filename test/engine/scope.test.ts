import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { classifierPresets } from '../../classifier/presets.js';
import { trainClassifier } from '../../classifier/train.js';
import { trainGan } from '../../gan/train.js';
import type { Engine } from '../../src/engine/engine.js';
import { openEngine } from '../../src/engine/open.js';
import { scopeOf } from '../../src/engine/scope.js';
import { noisyDigits, tinyMixers } from '../gan/tiny.js';

/** The cpu engine, with the number of steps that are not disposed of. */
async function counting(): Promise<{ engine: Engine; open: () => number; compiled: () => number }> {
  const { engine } = await openEngine('cpu');
  let [compiled, disposed] = [0, 0];
  const compile: Engine['compile'] = (step) => {
    compiled++;
    const runnable = engine.compile(step);
    const dispose = async () => {
      disposed++;
    };
    return Object.assign((...args: Parameters<typeof runnable>) => runnable(...args), { dispose });
  };
  return {
    engine: { ...engine, compile },
    open: () => compiled - disposed,
    compiled: () => compiled,
  };
}

it('a scope disposes of the steps that were compiled through it', async () => {
  const { engine, open } = await counting();
  const scope = scopeOf(engine);
  const one = scope.compile(() => ({ one: tf.scalar(1) }));
  scope.compile(() => ({ two: tf.scalar(2) }));
  engine.compile(() => ({ three: tf.scalar(3) }));
  expect((await one({})).one!.values[0]).toBe(1);
  await scope.dispose();
  await scope.dispose();
  expect(open()).toBe(1);
});

it('trainings keep no step', async () => {
  const { engine, open, compiled } = await counting();
  const data = { train: noisyDigits('train', 20), test: noisyDigits('test', 6) };
  await trainGan({ config: tinyMixers, data, engine });
  const config = {
    ...classifierPresets['digits-quick']!,
    ...{ steps: 1, batchSize: 4, evaluateEvery: 1 },
    model: {
      ...{ arch: 'mixer' as const, patch: 4, channels: 4 },
      ...{ tokenDim: 4, channelDim: 4, numBlocks: 1 },
    },
  };
  await trainClassifier({ config, data, engine });
  expect(compiled()).toBeGreaterThan(5);
  expect(open()).toBe(0);
});
