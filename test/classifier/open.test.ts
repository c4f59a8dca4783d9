import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClassifierConfig } from '../../classifier/config.js';
import { openExtractorFile } from '../../classifier/extractors.js';
import { buildClassifier } from '../../classifier/model.js';
import { openClassifier } from '../../classifier/open.js';
import { classifierPresets } from '../../classifier/presets.js';
import { openEngine } from '../../src/engine/open.js';
import { InputError } from '../../src/errors.js';
import { writeModelFile } from '../../src/formats/model-file.js';
import { saveCheckpoint } from '../../src/train/checkpoint.js';
import { RunFolder } from '../../src/train/run-folder.js';
import { readVariables } from '../../src/train/variables.js';
import { encoded, safetensorsOf } from '../formats/safetensors-bytes.js';
import { assignInitialWeights, uniform } from '../golden/formula.js';
import { valuesOf } from '../support/close.js';

const config: ClassifierConfig = {
  ...classifierPresets['digits-quick']!,
  model: { arch: 'cnn', channels: [3, 4], features: 6 },
};
const task = { imageShape: [8, 8, 1], classNames: ['no', 'yes'] } as const;
const metadata = {
  mixgan: '1.2.3',
  description: 'From one thing to another',
  kind: 'classifier',
  step: '7',
  config: JSON.stringify({ ...config, task }),
  testAccuracy: '0.75',
} as const;

let folder: string;
let file: string;
let run: string;
let expected: ReturnType<typeof valuesOf>;
const image = () => uniform('image', [2, ...task.imageShape]);

beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'mixgan-open-'));
  file = join(folder, 'model.safetensors');
  run = join(folder, 'run');
  const { model, variables } = buildClassifier(config, task);
  assignInitialWeights(variables);
  expected = valuesOf(model.predict(image()) as tf.Tensor);
  await writeModelFile(file, { model, inputs: ['image'], output: 'logits', metadata });
  await mkdir(run);
  const { checkpointPath, configPath, metricsPath } = new RunFolder(run);
  await writeFile(configPath, JSON.stringify(config));
  await saveCheckpoint(checkpointPath, {
    kind: 'classifier',
    step: 7,
    config: { ...config, task },
    variables: await readVariables(variables),
  });
  const records = [
    { step: 5, seconds: 1, testAccuracy: 0.5 },
    { step: 7, seconds: 2, loss: 1 },
    { step: 7, seconds: 3, testAccuracy: 0.75 },
    { step: 8, seconds: 4, testAccuracy: 0.9 },
  ];
  await writeFile(metricsPath, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
});
afterAll(() => rm(folder, { recursive: true }));

describe('openClassifier', () => {
  it.each([
    ['an exported file', () => file],
    ['the folder of a run', () => run],
  ])('opens %s', async (_, path) => {
    const opened = await openClassifier(path());
    expect(opened).toMatchObject({ config, task, testAccuracy: 0.75 });
    expect(valuesOf(opened.model.predict(image()) as tf.Tensor)).toEqual(expected);
  });

  it('does without an accuracy that nobody noted', async () => {
    const { testAccuracy: _, ...others } = metadata;
    const { model } = await openClassifier(file);
    const path = join(folder, 'plain.safetensors');
    await writeModelFile(path, { model, inputs: ['image'], output: 'logits', metadata: others });
    expect((await openClassifier(path)).testAccuracy).toBeUndefined();
  });

  const weights = new Map([
    ['w', { dtype: 'float32' as const, shape: [1], values: Float32Array.of(1) }],
  ]);
  const withMetadata = (changes: object) => () =>
    safetensorsOf(weights, { ...metadata, ...changes });
  const stranger = /bad is not a model that mixgan exported; give a file of "mixgan export RUN/;

  it.each<[string, (bytes: Buffer) => Uint8Array | string | Promise<Buffer>, RegExp]>([
    ['is cut off', (bytes) => bytes.subarray(0, -1), /the file is truncated$/],
    ['is cut off in its header', (bytes) => bytes.subarray(0, 40), /its header claims \d+ bytes/],
    ['is empty', () => '', /not a safetensors file: it is 0 bytes long/],
    ['is text', () => 'Not a model at all.', /is damaged, or not a safetensors file/],
    ['is a zip archive, as .npz files are', () => 'PK\x03\x04 and more', stranger],
    ['has no metadata', () => safetensorsOf(weights), stranger],
    ['is the checkpoint of a run', () => readFileSync(new RunFolder(run).checkpointPath), stranger],
    ['has a broken configuration', withMetadata({ config: '{' }), stranger],
    ['has no step', withMetadata({ step: 'x' }), stranger],
    [
      'is a generator',
      withMetadata({ kind: 'gan' }),
      /bad holds the model of a gan; give a classifier$/,
    ],
    ['has no configuration', withMetadata({ config: 'null' }), /bad: kind: invalid input/],
    [
      'has an unknown key',
      withMetadata({ config: JSON.stringify({ ...config, task, colour: 1 }) }),
      /bad: unknown key colour$/,
    ],
    [
      'has no task',
      withMetadata({ config: JSON.stringify(config) }),
      /bad does not say which classes it was trained on$/,
    ],
    [
      'has other weights',
      withMetadata({}),
      /bad does not fit this model: missing model\/conv_0\/kernel.*; unexpected model\/w$/,
    ],
    [
      'has doubles for weights',
      async () => {
        const read = async () => Float64Array.of(1);
        const tensors = new Map([['w', { dtype: 'float64' as const, shape: [1], read }]]);
        return encoded(tensors, metadata);
      },
      /bad: w is float64, and models of mixgan are float32$/,
    ],
  ])('refuses a file that %s in one line', async (_, change, message) => {
    const path = join(folder, 'bad');
    await writeFile(path, await change(await readFile(file)));
    const thrown = await openClassifier(path).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(InputError);
    expect((thrown as Error).message).toMatch(message);
    expect((thrown as Error).message).toContain(path);
    expect((thrown as Error).message).not.toContain('\n');
  });

  it('refuses what is not there, and folders that are no run', async () => {
    const none = join(folder, 'none');
    await expect(openClassifier(none)).rejects.toThrow(
      new InputError(`cannot read ${none}: there is no such file or folder`),
    );
    await expect(openClassifier(folder)).rejects.toThrow(`${folder} is not the folder of a run`);
  });
});

it('openExtractorFile makes an extractor of any classifier', async () => {
  const { engine } = await openEngine('cpu');
  const extractor = await openExtractorFile(engine, run);
  expect(extractor).toMatchObject({ name: run, task, dim: 6, testAccuracy: 0.75 });
  const { features } = await extractor.extract(new Float32Array(3 * 64));
  expect(features).toMatchObject({ count: 3, dim: 6 });
});
