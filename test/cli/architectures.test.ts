import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultModels } from '../../classifier/architectures/configs.js';
import { architectureNames } from '../../classifier/architectures/names.js';
import { createPredictor } from '../../classifier/evaluate.js';
import { openClassifier } from '../../classifier/open.js';
import { classifierPresets } from '../../classifier/presets.js';
import { normaliseDigit } from '../../src/data/digit.js';
import { writeFileAtomic } from '../../src/files.js';
import { readGreyPng } from '../../src/image/grey.js';
import { mixgan, succeeding } from '../support/cli.js';
import { cpuEngine } from '../support/compiled.js';
import { idxImages, set, writeIdxFolder } from './runs.js';

let folder: string;
beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'mixgan-architectures-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The configuration that a command line would train. */
async function resolved(...flags: string[]) {
  const { stdout } = await succeeding(
    mixgan(['train', 'classifier', '--dry-run', '--json', ...flags]),
  );
  return JSON.parse(stdout) as { model: unknown; preset: string };
}

describe('mixgan train classifier --arch', () => {
  it('replaces the model of a preset by the architecture’s own sizes', async () => {
    const { model, preset } = await resolved('--arch', 'vit', '--set', 'model.gelu=tanh');
    expect(model).toEqual({ ...defaultModels.vit, gelu: 'tanh' });
    expect(preset).toBe('digits-quick');
  });

  it('leaves a preset of that architecture as it is', async () => {
    expect((await resolved('--arch', 'mixer')).model).toEqual(
      classifierPresets['digits-quick']!.model,
    );
  });

  it('names those there are when asked for another', async () => {
    const { code, stderr } = await mixgan(['train', 'classifier', '--arch', 'lstm']);
    expect(code).toBe(2);
    expect(stderr).toContain(`Allowed choices are ${architectureNames.join(', ')}.`);
  });

  it('trains a ResNet that predicts by the statistics that training gathered', async () => {
    const data = join(folder, 'data');
    await writeIdxFolder(data, idxImages({ side: 28 }));
    const run = join(folder, 'run');
    const sizes = { 'model.channels': [4, 4], batchSize: 8 };
    await succeeding(
      mixgan([
        ...['train', 'classifier', '--arch', 'resnet', '--data', data, '--out', run],
        ...['--engine', 'cpu', '--steps', '3', ...set(sizes)],
      ]),
    );
    const { model } = await openClassifier(run);
    const [mean, variance] = ['moving_mean', 'moving_variance'].map(
      (name) =>
        model.weights.find(({ originalName }) => originalName === `stem/batch_norm/${name}`)!,
    );
    expect(Math.max(...mean!.read().dataSync().map(Math.abs))).toBeGreaterThan(1e-3);
    expect([...variance!.read().dataSync()]).not.toContain(1);

    const picture = join(folder, 'digit.png');
    const png = new PNG({ width: 28, height: 28 });
    png.data.fill(255);
    for (let y = 6; y < 22; y++) png.data.fill(0, 4 * (28 * y + 13), 4 * (28 * y + 15));
    for (let i = 3; i < png.data.length; i += 4) png.data[i] = 255;
    await writeFileAtomic(picture, PNG.sync.write(png));
    const { stdout } = await succeeding(
      mixgan(['predict', run, picture, '--json', '--engine', 'onnx']),
    );
    const [{ probabilities }] = JSON.parse(stdout) as [{ probabilities: number[] }];
    const pixels = normaliseDigit(await readGreyPng(picture), picture);
    const expected = await createPredictor(cpuEngine(), model)(pixels);
    expect(probabilities).toHaveLength(10);
    expected.forEach((p, k) => {
      expect(probabilities[k]).toBeCloseTo(p, 5);
    });
  });
});
