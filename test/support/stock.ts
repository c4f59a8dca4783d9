/**
 * Saved models in a process of its own that has TensorFlow.js, and nothing of this package.
 */
import { execFileSync } from 'node:child_process';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { uniform } from '../golden/formula.js';
import { type ExpectedTensor, expectClose } from './close.js';

/** Loads models as any program with TensorFlow.js does, and runs each once. */
const stockProgram = (prelude: string): string => `
  import { readFileSync } from 'node:fs';
  import * as tf from '@tensorflow/tfjs-core';
  import '@tensorflow/tfjs-backend-cpu';
  import * as tfl from '@tensorflow/tfjs-layers';
  ${prelude}
  const outputs = [];
  for (const { modelTopology, weightSpecs, weights, input } of JSON.parse(readFileSync(0, 'utf8'))) {
    const weightData = new Uint8Array(Buffer.from(weights, 'base64')).buffer;
    const model = await tfl.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
    const output = model.predict(tf.tensor(input.values, input.shape));
    outputs.push({ shape: output.shape, values: [...output.dataSync()] });
  }
  console.log(JSON.stringify(outputs));
`;

async function save(model: LayersModel): Promise<tf.io.ModelArtifacts> {
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return saved!;
}

async function saveWithInput(model: LayersModel, x: tf.Tensor) {
  const { modelTopology, weightSpecs, weightData } = await save(model);
  const weights = Buffer.from(weightData as ArrayBuffer).toString('base64');
  return {
    modelTopology,
    weightSpecs,
    weights,
    input: { shape: x.shape, values: [...x.dataSync()] },
  };
}

/**
 * Asserts that models with one input, saved and opened elsewhere, give the same outputs.
 * @param prelude what the other program does first
 */
export async function expectSameOutputsElsewhere(
  models: readonly LayersModel[],
  prelude = '',
): Promise<void> {
  const inputs = models.map(({ inputs }) =>
    uniform('x', [2, ...(inputs[0]!.shape.slice(1) as number[])]),
  );
  const saved = await Promise.all(models.map((model, i) => saveWithInput(model, inputs[i]!)));
  const answer = execFileSync(
    process.execPath,
    ['--input-type=module', '-e', stockProgram(prelude)],
    { input: JSON.stringify(saved), encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] },
  );
  const outputs = JSON.parse(answer) as ExpectedTensor[];
  models.forEach((model, i) => {
    const own = model.predict(inputs[i]!) as tf.Tensor;
    expectClose(own, outputs[i]!, { relative: 1e-5, what: model.name });
  });
}
