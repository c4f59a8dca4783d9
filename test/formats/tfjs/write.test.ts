import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildDcganGenerator } from '../../../gan/dcgan.js';
import { buildGenerator } from '../../../gan/generator.js';
import { OutputError } from '../../../src/errors.js';
import type { ExportedModel } from '../../../src/formats/exported-model.js';
import { writeTfjs } from '../../../src/formats/tfjs/write.js';
import { mlpMixer } from '../../../src/mixer/mixer.js';
import { uniform } from '../../golden/formula.js';
import { type ExpectedTensor, expectClose } from '../../support/close.js';
import { withSmallDisk } from '../../train/small-disk.js';
import { exportedModel, metadata, sizes, stage } from '../exported-model.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

let folder: string;
let out: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-tfjs-'));
  out = join(folder, 'model');
});
afterEach(() => rm(folder, { recursive: true }));

/** Opens the files as any program with TensorFlow.js does, and runs the model once. */
const stockProgram = `
  import { readFileSync } from 'node:fs';
  import { join } from 'node:path';
  import * as tf from '@tensorflow/tfjs-core';
  import '@tensorflow/tfjs-backend-cpu';
  import * as tfl from '@tensorflow/tfjs-layers';
  const { folder, inputs } = JSON.parse(readFileSync(0, 'utf8'));
  const load = async () => {
    const json = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
    return tf.io.getModelArtifactsForJSON(json, async ([{ paths, weights }]) => {
      const bytes = Buffer.concat(paths.map((path) => readFileSync(join(folder, path))));
      return [weights, new Uint8Array(bytes).buffer];
    });
  };
  const model = await tfl.loadLayersModel({ load });
  const output = model.predict(inputs.map(({ values, shape }) => tf.tensor(values, shape)));
  const { userDefinedMetadata } = model;
  console.log(JSON.stringify({ shape: output.shape, values: [...output.dataSync()], userDefinedMetadata }));
`;

type Answer = ExpectedTensor & { readonly userDefinedMetadata: unknown };

function runInStockProcess(xs: readonly tf.Tensor[]): Answer {
  const inputs = xs.map((x) => ({ shape: x.shape, values: [...x.dataSync()] }));
  const answer = execFileSync(process.execPath, ['--input-type=module', '-e', stockProgram], {
    input: JSON.stringify({ folder: out, inputs }),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  return JSON.parse(answer) as Answer;
}

const classifier = () =>
  exportedModel(mlpMixer({ ...sizes, imageShape: [8, 8, 2], numClasses: 5 }));

describe('writeTfjs', () => {
  it.each<[string, () => ExportedModel]>([
    ['classifier', classifier],
    [
      'classifier with the tanh GELU, whose name it cannot read',
      () =>
        exportedModel(mlpMixer({ ...sizes, imageShape: [8, 8, 2], numClasses: 5, gelu: 'tanh' })),
    ],
    [
      'generator',
      () =>
        exportedModel(
          buildGenerator({ latentDim: 5, stages: [stage, stage], upsamplingKernel: 4 }, [8, 8, 1]),
        ),
    ],
    [
      'conditional DCGAN generator',
      () =>
        exportedModel(
          buildDcganGenerator({ latentDim: 5, channels: [4], norm: 'none' }, [8, 8, 1], {
            numClasses: 3,
          }),
          { inputs: ['latent', 'label'], output: 'image' },
        ),
    ],
  ])('writes files that stock TensorFlow.js opens: %s', async (_, make) => {
    const exported = make();
    expect(await writeTfjs(out, exported)).toEqual([
      join(out, 'model.json'),
      join(out, 'weights.bin'),
    ]);
    expect((await readdir(out)).sort()).toEqual(['model.json', 'weights.bin']);
    const xs = exported.model.inputs.map(({ shape }, i) =>
      uniform(`x${i}`, [2, ...(shape.slice(1) as number[])]),
    );
    const answer = runInStockProcess(xs);
    expectClose(exported.model.predict(xs) as tf.Tensor, answer, { relative: 1e-5 });
    expect(answer.userDefinedMetadata).toEqual(metadata);
  });

  it('describes the model as model.save does', async () => {
    await mkdir(out);
    await writeTfjs(out, classifier());
    const { modelTopology, weightsManifest, ...rest } = JSON.parse(
      await readFile(join(out, 'model.json'), 'utf8'),
    );
    expect(rest).toEqual({
      format: 'layers-model',
      generatedBy: expect.stringMatching(/^TensorFlow\.js tfjs-layers v4\./),
      convertedBy: null,
      userDefinedMetadata: metadata,
    });
    expect(modelTopology).toMatchObject({ class_name: 'Model' });
    expect(weightsManifest).toMatchObject([
      {
        paths: ['weights.bin'],
        weights: expect.arrayContaining([{ name: 'head/kernel', shape: [6, 5], dtype: 'float32' }]),
      },
    ]);
  });

  it('keeps out of a folder that holds something', async () => {
    await mkdir(out);
    await writeFile(join(out, 'other'), 'kept');
    await expect(writeTfjs(out, classifier())).rejects.toThrow(
      new OutputError(`${out} is not empty; give --out a new folder`),
    );
    expect(await readdir(out)).toEqual(['other']);
  });

  it('refuses a file in place of a folder, and a folder in a missing one', async () => {
    await writeFile(out, '');
    await expect(writeTfjs(out, classifier())).rejects.toThrow(
      new OutputError(`cannot write ${out}: it is a file; give the name of a new folder`),
    );
    const deep = join(folder, 'none', 'model');
    await expect(writeTfjs(deep, classifier())).rejects.toThrow(
      new OutputError(
        `cannot write ${deep}: the folder ${join(folder, 'none')} does not exist; create it first`,
      ),
    );
  });

  it('leaves nothing on a disk that is full', async (context) => {
    const wide = exportedModel(
      mlpMixer({ ...sizes, channels: 200, channelDim: 400, imageShape: [8, 8, 2], numClasses: 5 }),
    );
    await withSmallDisk(context, async (disk) => {
      const target = join(disk, 'model');
      await expect(writeTfjs(target, wide)).rejects.toThrow(/weights\.bin: the disk is full/);
      expect(existsSync(target)).toBe(false);
      await mkdir(target);
      await expect(writeTfjs(target, wide)).rejects.toThrow(/the disk is full/);
      expect(await readdir(target)).toEqual([]);
    });
  });
});
