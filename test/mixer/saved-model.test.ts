import { execFileSync } from 'node:child_process';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, it } from 'vitest';
import { buildDiscriminator } from '../../gan/discriminator.js';
import { buildGenerator } from '../../gan/generator.js';
import { mlpMixer } from '../../src/mixer/mixer.js';
import { modelVariables } from '../../src/train/variables.js';
import { assignInitialWeights, uniform } from '../golden/formula.js';
import { type ExpectedTensor, expectClose } from '../support/close.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/**
 * TensorFlow.js 4.22 reads `gelu_new` back as `geluNew`, which it does not know: a program that
 * opens such a model has to say that they are the same.
 */
const geluNewAlias = `
  const { activation } = tfl.layers.activation({ activation: 'gelu_new' });
  class GeluNew extends activation.constructor {}
  GeluNew.className = 'geluNew';
  tf.serialization.registerClass(GeluNew);
`;

/** Loads a model as any program with TensorFlow.js does, and runs it once. */
const stockProgram = (prelude: string): string => `
  import { readFileSync } from 'node:fs';
  import * as tf from '@tensorflow/tfjs-core';
  import '@tensorflow/tfjs-backend-cpu';
  import * as tfl from '@tensorflow/tfjs-layers';
  ${prelude}
  const { modelTopology, weightSpecs, weights, input } = JSON.parse(readFileSync(0, 'utf8'));
  const weightData = new Uint8Array(Buffer.from(weights, 'base64')).buffer;
  const model = await tfl.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
  const output = model.predict(tf.tensor(input.values, input.shape));
  console.log(JSON.stringify({ shape: output.shape, values: [...output.dataSync()] }));
`;

async function save(model: tfl.LayersModel): Promise<tf.io.ModelArtifacts> {
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return saved!;
}

async function runInStockProcess(
  model: tfl.LayersModel,
  x: tf.Tensor,
  prelude = '',
): Promise<ExpectedTensor> {
  const { modelTopology, weightSpecs, weightData } = await save(model);
  const weights = Buffer.from(weightData as ArrayBuffer).toString('base64');
  const input = { shape: x.shape, values: [...x.dataSync()] };
  const program = ['--input-type=module', '-e', stockProgram(prelude)];
  const answer = execFileSync(process.execPath, program, {
    input: JSON.stringify({ modelTopology, weightSpecs, weights, input }),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  return JSON.parse(answer) as ExpectedTensor;
}

const sizes = { patch: 4, channels: 6, tokenDim: 5, channelDim: 7, numBlocks: 1 };
const classifier = { ...sizes, imageShape: [8, 8, 2], numClasses: 5 } as const;
const stage = { channels: 6, numBlocks: 1, tokenDim: 5, channelDim: 7 };

/** A model with weights by the formula opens elsewhere and gives the same outputs. */
async function expectSameOutputs(model: tfl.LayersModel, prelude?: string): Promise<void> {
  assignInitialWeights(modelVariables(model, 'model'));
  const inputShape = (model.inputs[0]!.shape as number[]).slice(1);
  const x = uniform('x', [2, ...inputShape]);
  const stock = await runInStockProcess(model, x, prelude);
  expectClose(model.predict(x) as tf.Tensor, stock, { relative: 1e-5 });
}

describe('in TensorFlow.js without this package', () => {
  it('a saved classifier opens', async () => {
    await expectSameOutputs(mlpMixer(classifier, { epsilon: 1e-5 }));
  });

  it('a saved classifier with the tanh GELU opens, given an alias', async () => {
    await expectSameOutputs(mlpMixer(classifier, { activation: 'gelu_new' }), geluNewAlias);
  });

  it('a saved discriminator opens', async () => {
    await expectSameOutputs(buildDiscriminator({ ...sizes, stem: 'conv' }, [8, 8, 1]));
  });

  it('a saved generator opens', async () => {
    const config = { latentDim: 5, stages: [stage, stage], upsamplingKernel: 4 };
    await expectSameOutputs(buildGenerator(config, [8, 8, 1]));
  });
});
