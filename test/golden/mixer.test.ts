import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../../src/engine/open.js';
import { mixerBlock } from '../../src/mixer/block.js';
import { layerNormalise } from '../../src/mixer/layer-norm.js';
import { mlpMixer } from '../../src/mixer/mixer.js';
import type { GeluForm } from '../../src/mixer/options.js';
import { stems } from '../../src/mixer/stem.js';
import { gradientsOf } from '../../src/train/gradients.js';
import { modelVariables, type NamedVariables } from '../../src/train/variables.js';
import { expectAllClose, expectClose } from '../support/close.js';
import { assignInitialWeights, uniform } from './formula.js';
import { readGoldens } from './read.js';

const goldens = readGoldens('mixer');
const geluForms: GeluForm[] = ['gelu', 'gelu_new'];
const forward = { relative: 1e-5 };
const backward = 1e-4;

function build(
  inputShape: number[],
  layers: (input: tfl.SymbolicTensor) => tfl.SymbolicTensor,
): tfl.LayersModel {
  const input = tfl.input({ shape: inputShape });
  return tfl.model({ inputs: input, outputs: layers(input) });
}

/** The weights of a model at their initial values. */
function weightsOf(model: tfl.LayersModel, prefix: string): NamedVariables {
  const variables = modelVariables(model, prefix);
  assignInitialWeights(variables);
  return variables;
}

/** The output y, and the gradients of Σ y ⊙ dy with respect to the input and the weights. */
function outputAndGradients(
  model: tfl.LayersModel,
  input: { name: string; value: tf.Tensor },
  weights: NamedVariables,
) {
  const x = tf.variable(input.value);
  const { reports, gradients } = gradientsOf(
    () => {
      const output = model.apply(x, { training: true }) as tf.Tensor;
      const loss = tf.sum<tf.Scalar>(tf.mul(output, uniform('dy', output.shape)));
      return { loss, output };
    },
    new Map([[input.name, x], ...weights]),
  );
  return { output: reports.output, gradients };
}

/** Those that every machine has. */
const engines = ['cpu', 'wasm'] as const;

describe.each(engines)('against PyTorch, on %s', (engine) => {
  beforeAll(() => openEngine(engine));

  it('the formula makes the same bits in both languages', () => {
    const values = uniform('formula', [3, 3], { scale: 0.7, offset: 0.1 });
    const expected = Float32Array.from(goldens.formula.values as number[]);
    expect(values.dataSync()).toEqual(expected);
  });

  it('layer normalisation: values, gradients, gradients of the gradient', () => {
    const { config, output, gradients, secondGradients } = goldens.layerNorm;
    const x = uniform('x', config.shape, { scale: 2, offset: 3 });
    const gamma = uniform('gamma', [8], { scale: 0.5, offset: 1 });
    const beta = uniform('beta', [8]);
    const dy = uniform('dy', config.shape);
    const normalise = (...args: tf.Tensor[]): tf.Tensor => {
      const [input, scale, offset] = args as [tf.Tensor, tf.Tensor1D, tf.Tensor1D];
      return layerNormalise(input, scale, offset, config.epsilon);
    };
    expectClose(normalise(x, gamma, beta), output, forward);

    const first = tf.grads((...args) => tf.sum(tf.mul(normalise(...args), dy)));
    const [dx, dGamma, dBeta] = first([x, gamma, beta]) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const actual = new Map([
      ['x', dx],
      ['gamma', dGamma],
      ['beta', dBeta],
    ]);
    expectAllClose(actual, gradients, backward);

    const second = tf.grads((input, scale) => {
      const gradient = tf.grad((at) => tf.sum(tf.mul(normalise(at, scale!, beta), dy)));
      return tf.sum(tf.square(gradient(input!)));
    });
    const [d2x, d2Gamma] = second([x, gamma]) as [tf.Tensor, tf.Tensor];
    const actualSecond = new Map([
      ['x', d2x],
      ['gamma', d2Gamma],
    ]);
    expectAllClose(actualSecond, secondGradients, backward);
  });

  it.each(geluForms)('%s: values, first and second derivatives', (form) => {
    const expected = goldens.gelu[form];
    const layer = tfl.layers.activation({ activation: form });
    const gelu = (at: tf.Tensor): tf.Tensor => layer.apply(at) as tf.Tensor;
    const x = uniform('x', [40], { scale: 5 });
    expectClose(gelu(x), expected.output, forward);
    expectClose(tf.grad(gelu)(x), expected.first, { relative: backward });
    const slope = (at: tf.Tensor): tf.Tensor => tf.grad(gelu)(at);
    expectClose(tf.grad(slope)(x), expected.second, { relative: backward });
  });

  it.each(geluForms)('a Mixer block with %s', (activation) => {
    const { config, output, gradients } = goldens.block[activation];
    const model = build([6, 8], (x) => mixerBlock(x, { ...config, activation, name: 'block' }));
    const input = { name: 'x', value: uniform('x', [2, 6, 8]) };
    const actual = outputAndGradients(model, input, weightsOf(model, 'block'));
    expectClose(actual.output, output, forward);
    expectAllClose(actual.gradients, gradients, backward);
  });

  it.each(goldens.stems)('the $config.kind stem of patch $config.patch', (golden) => {
    const { kind, imageShape, ...sizes } = golden.config;
    const model = build(imageShape, (image) => stems[kind](image, { ...sizes, name: 'stem' }));
    const input = { name: 'image', value: uniform('image', [2, ...imageShape]) };
    const actual = outputAndGradients(model, input, weightsOf(model, kind));
    expectClose(actual.output, golden.output, forward);
    expectAllClose(actual.gradients, golden.gradients, backward);
  });

  it.each(geluForms)('a whole classifier with %s: logits, cross-entropy, gradients', (form) => {
    const { config, labels, logits, loss, gradients } = goldens.classifier[form];
    const model = mlpMixer({ ...config, gelu: form === 'gelu' ? 'erf' : 'tanh' });
    const weights = weightsOf(model, 'mixer');
    const images = uniform('images', [3, 8, 8, 2]);
    const targets = tf.oneHot(labels, config.numClasses);
    const actual = gradientsOf(() => {
      const output = model.apply(images, { training: true }) as tf.Tensor;
      const crossEntropy = tf.losses.softmaxCrossEntropy(targets, output) as tf.Scalar;
      return { loss: crossEntropy, logits: output, crossEntropy: tf.clone(crossEntropy) };
    }, weights);
    expectClose(actual.reports.logits, logits, forward);
    expectClose(actual.reports.crossEntropy, loss, forward);
    expectAllClose(actual.gradients, gradients, backward);
  });
});
