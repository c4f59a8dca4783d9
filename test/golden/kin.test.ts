import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { officialSizes } from '../../classifier/architectures/configs.js';
import { buildModel } from '../../classifier/architectures/registry.js';
import { crossEntropy } from '../../classifier/step.js';
import { compileStep } from '../../src/compile/compile.js';
import type { StepFunction, StepTensors } from '../../src/compile/step.js';
import { openEngine } from '../../src/engine/open.js';
import { withAbstractModel } from '../../src/mixer/abstract.js';
import { summarise } from '../../src/mixer/summary.js';
import { gradientsOf } from '../../src/train/gradients.js';
import { modelVariables, trainableVariables } from '../../src/train/variables.js';
import { type ExpectedTensor, expectAllClose, expectClose } from '../support/close.js';
import { assignInitialWeights, uniform } from './formula.js';
import { readGoldens } from './read.js';

const goldens = readGoldens('kin');
const forward = 1e-5;
const backward = 1e-4;

const tokenCases = goldens.tokens.map((golden) => ({
  name: `${golden.config.arch}, ${golden.activation}`,
  golden,
}));

/** The model of a golden case, with the weights of the case. */
function build(config: Parameters<typeof buildModel>[0] & Parameters<typeof buildModel>[1]) {
  const model = buildModel(config, config);
  assignInitialWeights(modelVariables(model, 'kin'));
  return model;
}

const tokenModel = ({ config, activation }: (typeof goldens.tokens)[number]): LayersModel =>
  build(activation === 'gelu' ? config : ({ ...config, gelu: 'tanh' } as typeof config));

/** `logits`, `loss`, and the gradients by the weights' names, as one training step sees them. */
function learning(model: LayersModel): StepFunction {
  const trainables = trainableVariables(model, 'kin');
  return ({ images, targets }: StepTensors) => {
    const { reports, gradients } = gradientsOf(() => {
      const logits = model.apply(images!, { training: true }) as tf.Tensor;
      return { loss: crossEntropy(logits, targets!), logits };
    }, trainables);
    return { ...reports, ...Object.fromEntries(gradients) };
  };
}

const inputs = (labels: readonly number[]) => ({
  images: uniform('images', [3, 8, 12, 2]),
  targets: tf.cast(tf.oneHot([...labels], 5), 'float32'),
});

interface Expected {
  readonly logits: ExpectedTensor;
  readonly loss: ExpectedTensor;
  readonly gradients: Readonly<Record<string, ExpectedTensor>>;
}

function expectLearned(
  { logits, loss, ...gradients }: Readonly<Record<string, tf.Tensor>>,
  expected: Expected,
): void {
  expectClose(logits!, expected.logits, { relative: forward });
  expectClose(loss!, expected.loss, { relative: forward });
  expectAllClose(new Map(Object.entries(gradients)), expected.gradients, backward);
}

describe.each(['cpu', 'wasm', 'onnx'] as const)('the kin against PyTorch, on %s', (name) => {
  let run: (step: StepFunction, tensors: StepTensors) => Promise<Record<string, tf.Tensor>>;
  beforeAll(async () => {
    await openEngine(name === 'onnx' ? 'cpu' : name);
    run = name === 'onnx' ? runCompiled : async (step, tensors) => step(tensors) as never;
  });

  it.each(tokenCases)('$name: logits, cross-entropy, gradients', async ({ golden }) => {
    const step = learning(tokenModel(golden));
    expectLearned(await run(step, inputs(golden.labels)), golden);
  });

  it('a ResNet in training: statistics of the batch, and running ones on the move', async () => {
    const golden = goldens.resnet;
    const model = build(golden.config);
    expectLearned(await run(learning(model), inputs(golden.labels)), golden);
    const statistics = [...modelVariables(model, 'kin')].filter(([key]) =>
      key.includes('/moving_'),
    );
    expectAllClose(new Map(statistics), golden.statistics, forward);
  });

  it('a ResNet in evaluation: running statistics, which stay', async () => {
    const golden = goldens.resnet;
    const model = build(golden.config);
    const before = model.getWeights().map((weight) => [...weight.dataSync()]);
    const { images } = inputs(golden.labels);
    const step: StepFunction = (tensors) => ({ logits: model.apply(tensors.images!) as tf.Tensor });
    const { logits } = await run(step, { images });
    expectClose(logits!, golden.evaluated, { relative: forward });
    expect(model.getWeights().map((weight) => [...weight.dataSync()])).toEqual(before);
  });
});

async function runCompiled(
  step: StepFunction,
  tensors: StepTensors,
): Promise<Record<string, tf.Tensor>> {
  const host = Object.entries(tensors).map(([key, tensor]) => {
    const values = Float32Array.from(tensor.dataSync());
    return [key, { dtype: 'float32' as const, shape: tensor.shape, values }] as const;
  });
  const outputs = await compileStep(step)(Object.fromEntries(host));
  return Object.fromEntries(
    Object.entries(outputs).map(([key, { shape, values }]) => [key, tf.tensor(values, [...shape])]),
  );
}

describe('the sizes of the kin', () => {
  it.each(Object.entries(goldens.parameters))(
    '%s has %i parameters, in the reference too',
    (size, parameters) => {
      const { model, ...sizes } = officialSizes[size]!;
      const counted = withAbstractModel((init) => buildModel(model, sizes, { init }), summarise);
      expect(counted.parameters).toBe(parameters);
    },
  );

  it('are all held to the reference', () => {
    const kin = Object.entries(officialSizes).filter(([, { model }]) => model.arch !== 'mixer');
    expect(kin.map(([size]) => size)).toEqual(Object.keys(goldens.parameters));
  });
});
