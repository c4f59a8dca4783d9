import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClassifier } from '../../classifier/open.js';
import { expectClose } from '../support/close.js';
import { unscaled } from '../support/pixels.js';
import { uniform } from './formula.js';
import { imported, releasedFile, releasedGoldens } from './imported.js';

const { images, logits } = releasedGoldens();

let folder: string;
beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'mixgan-goldens-'));
});
afterAll(() => rm(folder, { recursive: true }));

const sizes = { patch: 4, channels: 24, numBlocks: 2 };
const mixer = { arch: 'mixer', ...sizes, tokenDim: 12, channelDim: 40 };
const found: Record<string, object> = {
  'flax-mixer.npz': { ...mixer, names: 'flax', gelu: 'tanh', pixels: 'half' },
  'flax-mixer-deflated.npz': { ...mixer, names: 'flax', gelu: 'tanh' },
  'timm-mixer.safetensors': { ...mixer, names: 'timm', pixels: 'half' },
  'timm-mixer-f16.safetensors': mixer,
  'timm-mixer-bf16.safetensors': mixer,
  'timm-resmlp.safetensors': { arch: 'resmlp', ...sizes, channelDim: 40, pixels: 'imagenet' },
  'timm-gmlp.safetensors': { arch: 'gmlp', ...sizes, hiddenDim: 36, pixels: 'half' },
};

describe('an imported file', () => {
  it('is there of every kind', () => {
    expect(Object.keys(logits).sort()).toEqual(Object.keys(found).sort());
  });

  it.each(Object.entries(logits))('%s gives the logits of its reference', async (file, rows) => {
    const out = join(folder, file);
    const document = await imported(releasedFile(file), { out });
    expect(document).toMatchObject({ ...found[file], imageShape: [16, 16, 3], numClasses: 7 });
    expect('gelu' in document).toBe('gelu' in found[file]!);
    const { model } = await openClassifier(out);
    const actual = model.predict(unscaled(uniform('images', images))) as tf.Tensor;
    expectClose(actual, { shape: [rows.length, 7], values: rows.flat() }, { relative: 1e-5 });
    model.dispose();
  });
});
