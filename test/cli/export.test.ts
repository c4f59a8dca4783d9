import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClassifierConfig } from '../../classifier/config.js';
import { buildClassifier, type Classifier } from '../../classifier/model.js';
import { openClassifier } from '../../classifier/open.js';
import { classifierPresets } from '../../classifier/presets.js';
import type { GanConfig } from '../../gan/config.js';
import { Gan } from '../../gan/gan.js';
import { ganPresets } from '../../gan/presets.js';
import { loadOrt } from '../../src/compile/runtime/node/session.js';
import { ExitCode } from '../../src/errors.js';
import { saveCheckpoint } from '../../src/train/checkpoint.js';
import { RunFolder } from '../../src/train/run-folder.js';
import { readVariables } from '../../src/train/variables.js';
import { safetensorsIn } from '../formats/safetensors-bytes.js';
import { assignInitialWeights, uniform } from '../golden/formula.js';
import { mixgan } from '../support/cli.js';
import { expectClose, valuesOf } from '../support/close.js';

const classifierConfig: ClassifierConfig = {
  ...classifierPresets['digits-quick']!,
  model: { arch: 'mixer', patch: 4, channels: 6, tokenDim: 5, channelDim: 7, numBlocks: 1 },
};
const stage = { channels: 6, numBlocks: 0, tokenDim: 5, channelDim: 7 };
const ganConfig: GanConfig = {
  ...ganPresets['mnist-quick']!,
  generator: { arch: 'mixer', latentDim: 3, stages: [stage, stage], upsamplingKernel: 4 },
};
const imageShape = [8, 8, 1] as const;
const task = { imageShape, classNames: ['no', 'yes'] };

let folder: string;
let classifierRun: RunFolder;
let ganRun: RunFolder;
let classifier: Classifier;
let gan: Gan;

async function makeRun(name: string, config: object): Promise<RunFolder> {
  const run = new RunFolder(join(folder, name));
  await mkdir(run.path);
  await writeFile(run.configPath, JSON.stringify(config));
  return run;
}

beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'mixgan-export-'));
  classifierRun = await makeRun('classifier', classifierConfig);
  classifier = buildClassifier(classifierConfig, task);
  assignInitialWeights(classifier.variables);
  await saveCheckpoint(classifierRun.checkpointPath, {
    kind: 'classifier',
    step: 7,
    config: { ...classifierConfig, task },
    variables: await readVariables(classifier.variables),
  });
  ganRun = await makeRun('gan', ganConfig);
  gan = new Gan(ganConfig, imageShape);
  assignInitialWeights(gan.state);
  await saveCheckpoint(ganRun.checkpointPath, {
    kind: 'gan',
    step: 9,
    config: { ...ganConfig, task: { imageShape } },
    variables: await readVariables(gan.state),
  });
});
afterAll(() => rm(folder, { recursive: true }));

const image = { name: 'image', dtype: 'float32', shape: ['batch', 8, 8, 1] };

describe('mixgan export', () => {
  it('writes a classifier from images to logits', async () => {
    const out = join(folder, 'digits.onnx');
    const { code, stdout, stderr } = await mixgan([
      ...['export', classifierRun.path],
      ...['--format', 'onnx', '--out', out, '--json'],
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      run: classifierRun.path,
      format: 'onnx',
      files: [out],
      inputs: [image],
      outputs: [{ name: 'logits', dtype: 'float32', shape: ['batch', 2] }],
    });
    const ort = loadOrt();
    const session = await ort.InferenceSession.create(await readFile(out));
    const x = uniform('x', [3, ...imageShape]);
    const feed = new ort.Tensor('float32', x.dataSync(), x.shape);
    const logits = (await session.run({ image: feed })).logits!;
    expectClose(
      classifier.model.predict(x) as tf.Tensor,
      { shape: logits.dims, values: logits.data as Float32Array },
      { relative: 1e-5 },
    );
  });

  it('writes a classifier that can be opened by itself, with the accuracy that was logged', async () => {
    const record = { step: 7, seconds: 1, testAccuracy: 0.5 };
    await writeFile(classifierRun.metricsPath, `${JSON.stringify(record)}\n`);
    const out = join(folder, 'digits.safetensors');
    const { code } = await mixgan([
      ...['export', classifierRun.path],
      ...['--format', 'safetensors', '--out', out],
    ]);
    expect(code).toBe(0);
    const opened = await openClassifier(out);
    expect(opened).toMatchObject({ config: classifierConfig, task, testAccuracy: 0.5 });
    const x = uniform('x', [3, ...imageShape]);
    expectClose(
      opened.model.predict(x) as tf.Tensor,
      valuesOf(classifier.model.predict(x) as tf.Tensor),
      { relative: 0 },
    );
  });

  it('writes the averaged weights of a generator', async () => {
    const out = join(folder, 'generator.safetensors');
    const { code, stdout } = await mixgan([
      ...['export', ganRun.path],
      ...['--format', 'safetensors', '--out', out, '--json'],
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      inputs: [{ name: 'latent', dtype: 'float32', shape: ['batch', 3] }],
      outputs: [image],
    });
    const { tensors, metadata } = await safetensorsIn(await readFile(out));
    const names = [...gan.generator.average!.variables.keys()].map((name) =>
      name.replace(/^average\//, ''),
    );
    expect([...tensors.keys()]).toEqual(names);
    const kernel = gan.generator.average!.variables.get('average/project/kernel')!;
    expect(tensors.get('project/kernel')!.values).toEqual(kernel.dataSync());
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    expect({ ...metadata, config: JSON.parse(metadata.config!) }).toEqual({
      mixgan: version,
      description: 'From standard normal latents, multiplied by 1.1 first, to images in -1 ... 1',
      kind: 'gan',
      step: '9',
      config: { ...ganConfig, task: { imageShape } },
    });
  });

  it('tells a person what it wrote', async () => {
    const out = join(folder, 'for-the-browser');
    const { code, stdout } = await mixgan([
      ...['export', ganRun.path],
      ...['--format', 'tfjs', '--out', out],
    ]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      `${join(out, 'model.json')}\n${join(out, 'weights.bin')}\n` +
        'latent [batch, 3] → image [batch, 8, 8, 1]\n',
    );
    expect((await readdir(out)).sort()).toEqual(['model.json', 'weights.bin']);
  });

  it.each<[string, () => string[], number, () => string]>([
    [
      'an unknown format',
      () => [classifierRun.path, '--format', 'h5', '--out', join(folder, 'x')],
      ExitCode.usage,
      () =>
        "option '--format <NAME>' argument 'h5' is invalid. Allowed choices are onnx, tfjs, safetensors, npz.",
    ],
    [
      'a run that is not there',
      () => [join(folder, 'none'), '--format', 'onnx', '--out', join(folder, 'x')],
      ExitCode.input,
      () => `cannot read ${join(folder, 'none')}: there is no such file or folder`,
    ],
    [
      'a place that is taken',
      () => [classifierRun.path, '--format', 'tfjs', '--out', folder],
      ExitCode.output,
      () => `${folder} is not empty; give --out a new folder`,
    ],
  ])('refuses %s in one line', async (_, args, code, line) => {
    expect(await mixgan(['export', ...args()])).toMatchObject({
      code,
      stdout: '',
      stderr: `mixgan: ${line()}\n`,
    });
  });
});
