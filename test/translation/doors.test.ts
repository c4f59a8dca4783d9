import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import type * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { openEngine } from '../../src/engine/open.js';
import { UsageError } from '../../src/errors.js';
import { modelVariables } from '../../src/train/variables.js';
import { buildMixerTranslator } from '../../translation/generator.js';
import { openTranslation, trainTranslation } from '../../translation/index.js';
import { assignInitialWeights, uniform } from '../golden/formula.js';
import { expectClose, valuesOf } from '../support/close.js';
import { noisyDomains, tinyMixers } from './tiny.js';

const data = { train: noisyDomains('train', 20), test: noisyDomains('test', 12) };
const { kind: _, preset: __, ...config } = tinyMixers;

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-translation-doors-'));
  ({ engine } = await openEngine('cpu'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('a script trains, opens, translates, measures and exports', async () => {
  const { checkpoint } = await trainTranslation({ config, data, engine });
  const trained = await openTranslation(checkpoint, { engine });
  expect(trained).toMatchObject({ imageShape: [8, 8, 1], domainNames: ['dark', 'bright'] });
  const images = data.test.images.subarray(0, 3 * 64);
  const [toA, toB] = [await trained.translate(images, 'a'), await trained.translate(images, 'b')];
  expect(toA).toHaveLength(3 * 64);
  expect(toA).not.toEqual(toB);
  await expect(trained.translate(images.subarray(1), 'a')).rejects.toThrow(
    new UsageError('191 bytes are not whole images of 8×8×1'),
  );
  const { aToB } = await trained.evaluate(data);
  expect(aToB).toMatchObject({ from: 'dark', to: 'bright', images: 6 });
  const out = join(folder, 'toB.safetensors');
  expect(await trained.export({ format: 'safetensors', out }, { to: 'b' })).toEqual([out]);
  await trained.dispose();
});

it('a generator of stock layers translates as the one of ours', () => {
  const { generator } = tinyMixers;
  if (generator.arch !== 'mixer') throw new Error('no mixer');
  const [own, stock] = [false, true].map((isStock) => {
    const model = buildMixerTranslator(generator, [8, 8, 1], { isStock });
    assignInitialWeights(modelVariables(model, 'model'));
    return model;
  });
  const image = uniform('image', [2, 8, 8, 1]);
  const [ours, theirs] = [own!, stock!].map((model) => model.predict(image) as tf.Tensor);
  expectClose(theirs!, valuesOf(ours!), { relative: 1e-5 });
  expect(stock!.layers.map((layer) => layer.getClassName())).not.toContain('InstanceNormalization');
});
