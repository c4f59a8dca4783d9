import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildGenerator } from '../../gan/generator.js';
import { OutputError } from '../../src/errors.js';
import { writeModelFile } from '../../src/formats/model-file.js';
import { mlpMixer } from '../../src/mixer/mixer.js';
import { exportedModel, metadata, sizes, stage } from './exported-model.js';
import { safetensorsIn } from './safetensors-bytes.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-safetensors-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('writeModelFile', () => {
  it('writes the weights by name, and the metadata', async () => {
    const exported = exportedModel(mlpMixer({ ...sizes, imageShape: [8, 8, 2], numClasses: 5 }));
    const path = join(folder, 'model.safetensors');
    expect(await writeModelFile(path, exported)).toEqual([path]);
    const file = await safetensorsIn(await readFile(path));
    expect(file.metadata).toEqual(metadata);
    const shapes = [...file.tensors].map(([name, { shape }]) => [name, shape]);
    expect(shapes).toEqual([
      ['stem/conv/kernel', [4, 4, 2, 6]],
      ['stem/conv/bias', [6]],
      ['block_0/layer_norm_0/gamma', [6]],
      ['block_0/layer_norm_0/beta', [6]],
      ['block_0/token_mixing/dense_0/kernel', [4, 5]],
      ['block_0/token_mixing/dense_0/bias', [5]],
      ['block_0/token_mixing/dense_1/kernel', [5, 4]],
      ['block_0/token_mixing/dense_1/bias', [4]],
      ['block_0/layer_norm_1/gamma', [6]],
      ['block_0/layer_norm_1/beta', [6]],
      ['block_0/channel_mixing/dense_0/kernel', [6, 7]],
      ['block_0/channel_mixing/dense_0/bias', [7]],
      ['block_0/channel_mixing/dense_1/kernel', [7, 6]],
      ['block_0/channel_mixing/dense_1/bias', [6]],
      ['pre_head_layer_norm/gamma', [6]],
      ['pre_head_layer_norm/beta', [6]],
      ['head/kernel', [6, 5]],
      ['head/bias', [5]],
    ]);
    exported.model.getWeights().forEach((weight, i) => {
      const [, stored] = [...file.tensors][i]!;
      expect(stored.values).toEqual(weight.dataSync());
    });
  });

  it('gives the layout of a transposed convolution that it documents', async () => {
    const config = {
      latentDim: 5,
      stages: [stage, { ...stage, channels: 3 }],
      upsamplingKernel: 4,
    };
    const path = join(folder, 'generator.safetensors');
    await writeModelFile(path, exportedModel(buildGenerator(config, [8, 8, 1])));
    const { tensors } = await safetensorsIn(await readFile(path));
    expect(tensors.get('stage_0/upsample/kernel')!.shape).toEqual([4, 4, 3, 6]);
  });

  it('names the folder that is not there', async () => {
    const exported = exportedModel(mlpMixer({ ...sizes, imageShape: [4, 4, 1], numClasses: 2 }));
    const path = join(folder, 'none', 'model.safetensors');
    await expect(writeModelFile(path, exported)).rejects.toThrow(
      new OutputError(
        `cannot write ${path}: the folder ${join(folder, 'none')} does not exist; create it first`,
      ),
    );
  });
});
