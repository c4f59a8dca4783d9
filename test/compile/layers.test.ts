import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, it } from 'vitest';
import type { StepTensors } from '../../src/compile/step.js';
import { RandomStream } from '../../src/random.js';
import {
  expectCompiledMatches,
  expectCompiledStepMatches,
  type HostTensors,
  integers,
  normal,
} from '../support/compiled.js';

const random = RandomStream.fromSeed(1);

/** A model of stock layers with weights that are the same in every run. */
function modelOf(shape: readonly number[], ...layers: tfl.layers.Layer[]): tfl.LayersModel {
  const input = tfl.input({ shape: [...shape] });
  const output = layers.reduce<tfl.SymbolicTensor>(
    (x, layer) => layer.apply(x) as tfl.SymbolicTensor,
    input,
  );
  return withSeededWeights(tfl.model({ inputs: input, outputs: output }));
}

function withSeededWeights(model: tfl.LayersModel): tfl.LayersModel {
  const stream = random.split('weights');
  model.setWeights(
    model.getWeights().map((weight) => {
      const { values } = normal(stream, weight.shape);
      // Positive, for the variances among them.
      const spread = values.map((value) => 0.5 + 0.4 * Math.sin(value));
      return tf.tensor(spread, weight.shape);
    }),
  );
  return model;
}

/** In training mode: the output, the gradients of all weights, and the state that layers update. */
const trainingStep =
  (model: tfl.LayersModel) =>
  (inputs: StepTensors): StepTensors => {
    const xs = Object.values(inputs);
    const weights = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const forward = (): tf.Tensor =>
      model.apply(xs.length === 1 ? xs[0]! : xs, { training: true }) as tf.Tensor;
    const output = forward();
    const loss = (): tf.Scalar => tf.mean<tf.Scalar>(tf.square(tf.add(forward(), 0.3)));
    const gradients =
      weights.length === 0 ? [] : Object.entries(tf.variableGrads(loss, weights).grads);
    return {
      output,
      ...Object.fromEntries(gradients),
      ...Object.fromEntries(
        model.getWeights().map((weight, i) => [`weight ${i}`, tf.clone(weight)]),
      ),
    };
  };

const { layers } = tfl;
type Shape = readonly number[];
/** The default needs chained operations, which only the whole of TensorFlow.js registers. */
const recurrentInitializer = 'glorotUniform';

/** Layers by the shape of an example that they take. */
const stock: [string, Shape, () => tfl.layers.Layer][] = [
  ['dense', [5], () => layers.dense({ units: 3, activation: 'relu' })],
  ['dense over tokens', [4, 5], () => layers.dense({ units: 3, activation: 'tanh' })],
  [
    'conv1d',
    [7, 2],
    () => layers.conv1d({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' }),
  ],
  [
    'conv2d',
    [6, 7, 2],
    () => layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', activation: 'elu' }),
  ],
  [
    'conv2dTranspose',
    [3, 4, 2],
    () => layers.conv2dTranspose({ filters: 3, kernelSize: 4, strides: 2, padding: 'same' }),
  ],
  [
    'separableConv2d',
    [6, 6, 2],
    () => layers.separableConv2d({ filters: 3, kernelSize: 3, depthMultiplier: 2 }),
  ],
  [
    'depthwiseConv2d',
    [6, 6, 2],
    () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: 'same' }),
  ],
  ['batchNormalization', [4, 4, 3], () => layers.batchNormalization()],
  ['batchNormalization of vectors', [5], () => layers.batchNormalization({ momentum: 0.9 })],
  ['layerNormalization', [4, 5], () => layers.layerNormalization()],
  ['maxPooling1d', [7, 2], () => layers.maxPooling1d({ poolSize: 2 })],
  ['maxPooling2d', [6, 7, 2], () => layers.maxPooling2d({ poolSize: 2 })],
  [
    'maxPooling2d, overlapping',
    [6, 7, 2],
    () => layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
  ],
  ['averagePooling1d', [6, 2], () => layers.averagePooling1d({ poolSize: 2 })],
  ['averagePooling2d', [6, 6, 2], () => layers.averagePooling2d({ poolSize: 2 })],
  ['globalAveragePooling1d', [4, 3], () => layers.globalAveragePooling1d({})],
  ['globalAveragePooling2d', [4, 4, 3], () => layers.globalAveragePooling2d({})],
  ['globalMaxPooling1d', [4, 3], () => layers.globalMaxPooling1d()],
  ['globalMaxPooling2d', [4, 4, 3], () => layers.globalMaxPooling2d({})],
  ['flatten', [2, 3, 2], () => layers.flatten()],
  ['reshape', [2, 6], () => layers.reshape({ targetShape: [3, 4] })],
  ['permute', [2, 3, 4], () => layers.permute({ dims: [3, 1, 2] })],
  ['repeatVector', [3], () => layers.repeatVector({ n: 4 })],
  ['upSampling2d', [3, 4, 2], () => layers.upSampling2d({ size: [2, 3] })],
  [
    'bilinear upSampling2d',
    [4, 4, 2],
    () => layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' }),
  ],
  [
    'zeroPadding2d',
    [3, 4, 2],
    () =>
      layers.zeroPadding2d({
        padding: [
          [1, 2],
          [0, 3],
        ],
      }),
  ],
  [
    'cropping2D',
    [6, 6, 2],
    () =>
      layers.cropping2D({
        cropping: [
          [1, 2],
          [0, 3],
        ],
      }),
  ],
  ['dropout of nothing', [5], () => layers.dropout({ rate: 0 })],
  ['reLU', [5], () => layers.reLU({ maxValue: 1 })],
  ['leakyReLU', [5], () => layers.leakyReLU({ alpha: 0.2 })],
  ['prelu', [2, 3], () => layers.prelu()],
  ['elu', [5], () => layers.elu()],
  ['thresholdedReLU', [5], () => layers.thresholdedReLU({ theta: 0.3 })],
  ['softmax', [5], () => layers.softmax()],
  ['simpleRNN', [4, 3], () => layers.simpleRNN({ units: 2, recurrentInitializer })],
  ['lstm', [4, 3], () => layers.lstm({ units: 2, recurrentInitializer, returnSequences: true })],
  ['gru', [4, 3], () => layers.gru({ units: 2, recurrentInitializer })],
  ['timeDistributed', [4, 3], () => layers.timeDistributed({ layer: layers.dense({ units: 2 }) })],
  [
    'bidirectional',
    [4, 3],
    () =>
      layers.bidirectional({
        layer: layers.lstm({ units: 2, recurrentInitializer }),
        mergeMode: 'concat',
      }),
  ],
];

describe('a stock layer', () => {
  it.each(stock)('%s', async (name, shape, layer) => {
    const model = modelOf(shape, layer());
    const x = normal(random.split(name), [3, ...shape]);
    await expectCompiledStepMatches(trainingStep(model), { x });
    model.dispose();
  });

  it('embedding', async () => {
    const model = modelOf(
      [4],
      layers.embedding({ inputDim: 9, outputDim: 3 }),
      layers.lstm({ units: 2, recurrentInitializer }),
    );
    await expectCompiledStepMatches(trainingStep(model), { ids: integers(random, [3, 4], 0, 8) });
    model.dispose();
  });
});

describe('a batch of integers', () => {
  it('is taken apart with the others', async () => {
    const weights = [tf.variable(tf.ones([5, 3])), tf.variable(tf.ones([3]))];
    const [kernel, bias] = weights as [tf.Variable, tf.Variable];
    const forward = (x: tf.Tensor): tf.Scalar =>
      tf.mean<tf.Scalar>(tf.square(tf.tanh(tf.add(tf.matMul(x, kernel), bias))));
    const stream = random.split('integers');
    await expectCompiledStepMatches(
      ({ x, n }) => {
        const product = tf.mul(x!, tf.cast(n!, 'float32'));
        const { value, grads } = tf.variableGrads(() => forward(product), weights);
        const flat = Object.values(grads).map((gradient) => tf.reshape(gradient, [-1]));
        return { value, gradient: tf.concat(flat) };
      },
      { x: normal(stream, [4, 5]), n: integers(stream, [4, 5], -2, 2) },
    );
    tf.dispose(weights);
  });
});

const merging: [string, () => tfl.layers.Layer][] = [
  ['add', () => layers.add()],
  ['average', () => layers.average()],
  ['multiply', () => layers.multiply()],
  ['maximum', () => layers.maximum()],
  ['minimum', () => layers.minimum()],
  ['concatenate', () => layers.concatenate({ axis: -1 })],
  ['dot', () => layers.dot({ axes: -1 })],
  ['normalised dot', () => layers.dot({ axes: [2, 2], normalize: true })],
];

describe('a merging layer', () => {
  it.each(merging)('%s', async (name, layer) => {
    const inputs = [tfl.input({ shape: [3, 4] }), tfl.input({ shape: [3, 4] })];
    const dense = inputs.map((x) => layers.dense({ units: 4 }).apply(x) as tfl.SymbolicTensor);
    const outputs = layer().apply(dense) as tfl.SymbolicTensor;
    const model = withSeededWeights(tfl.model({ inputs, outputs }));
    const stream = random.split(name);
    const tensors: HostTensors = { a: normal(stream, [2, 3, 4]), b: normal(stream, [2, 3, 4]) };
    await expectCompiledStepMatches(trainingStep(model), tensors);
    model.dispose();
  });
});

describe('an activation', () => {
  it.each([
    ...(['elu', 'hardSigmoid', 'linear', 'relu', 'relu6', 'selu', 'sigmoid', 'softmax'] as const),
    ...(['softplus', 'softsign', 'tanh', 'swish', 'mish', 'gelu', 'gelu_new'] as const),
  ])('%s', async (activation) => {
    const model = modelOf([5], layers.activation({ activation }));
    const x = normal(random.split(activation), [4, 5]);
    await expectCompiledMatches(({ x }) => model.apply(x!) as tf.Tensor, { x });
    model.dispose();
  });
});

describe('a stock loss', () => {
  const stream = random.split('losses');
  const { losses, Reduction } = tf;
  const inputs = {
    labels: integers(stream, [4, 3], 0, 1),
    predictions: normal(stream, [4, 3]),
    weights: integers(stream, [4, 1], 0, 2),
  };

  it.each<[string, (labels: tf.Tensor, predictions: tf.Tensor, weights: tf.Tensor) => tf.Tensor]>([
    ['absoluteDifference', losses.absoluteDifference],
    ['cosineDistance', (l, p, w) => losses.cosineDistance(l, p, 1, w)],
    ['hingeLoss', losses.hingeLoss],
    ['huberLoss', losses.huberLoss],
    ['logLoss', (l, p, w) => losses.logLoss(l, tf.sigmoid(p), w)],
    ['meanSquaredError', losses.meanSquaredError],
    ['sigmoidCrossEntropy', losses.sigmoidCrossEntropy],
    ['sigmoidCrossEntropy, smoothed', (l, p, w) => losses.sigmoidCrossEntropy(l, p, w, 0.1)],
    ['softmaxCrossEntropy', (l, p, w) => losses.softmaxCrossEntropy(l, p, tf.squeeze(w, [1]))],
    ['meanSquaredError, summed', (l, p, w) => losses.meanSquaredError(l, p, w, Reduction.SUM)],
    ['meanSquaredError, unreduced', (l, p, w) => losses.meanSquaredError(l, p, w, Reduction.NONE)],
  ])('%s', async (_, loss) => {
    await expectCompiledMatches(
      ({ labels, predictions, weights }) =>
        loss(tf.cast(labels!, 'float32'), predictions!, tf.cast(weights!, 'float32')),
      inputs,
    );
  });
});

describe('a stock metric', () => {
  const stream = random.split('metrics');
  const inputs = { truth: integers(stream, [6, 3], 0, 1), logits: normal(stream, [6, 3]) };
  const { metrics } = tfl;

  it.each<[string, (truth: tf.Tensor, prediction: tf.Tensor) => tf.Tensor]>([
    ['binaryAccuracy', metrics.binaryAccuracy],
    ['binaryCrossentropy', metrics.binaryCrossentropy],
    ['categoricalAccuracy', metrics.categoricalAccuracy],
    ['categoricalCrossentropy', metrics.categoricalCrossentropy],
    ['cosineProximity', metrics.cosineProximity],
    ['meanAbsoluteError', metrics.meanAbsoluteError],
    ['meanAbsolutePercentageError', metrics.meanAbsolutePercentageError],
    ['meanSquaredError', metrics.meanSquaredError],
    ['precision', metrics.precision],
    ['recall', metrics.recall],
    ['sparseCategoricalAccuracy', (t, p) => metrics.sparseCategoricalAccuracy(tf.argMax(t, 1), p)],
  ])('%s', async (_, metric) => {
    await expectCompiledMatches(
      ({ truth, logits }) =>
        tf.cast(metric(tf.cast(truth!, 'float32'), tf.softmax(logits!)), 'float32'),
      inputs,
      { gradientsOf: [] },
    );
  });
});
