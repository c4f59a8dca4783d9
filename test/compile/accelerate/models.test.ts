/**
 * Models of the kinds that TensorFlow.js's examples have, trained as they are and accelerated, from
 * the same weights on the same data.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { expectAlikeTraining, integers, normals, oneHot } from './side-by-side.js';

const { layers } = tfl;

interface Example {
  make(): tfl.LayersModel;
  readonly x: () => tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>;
  readonly y: () => tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>;
  readonly args?: tfl.ModelFitArgs;
  /** Largest share by which losses may differ. */
  readonly relative?: number;
}

const rows = 20;

/** The default needs chained operations, which only the whole of TensorFlow.js registers. */
const recurrentInitializer = 'glorotNormal';

const compiled = (model: tfl.LayersModel, args: tfl.ModelCompileArgs): tfl.LayersModel => {
  model.compile(args);
  return model;
};

const convolutional = () =>
  tfl.sequential({
    layers: [
      layers.conv2d({ inputShape: [8, 8, 1], filters: 4, kernelSize: 3, activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });

const examples: Readonly<Record<string, Example>> = {
  'digits by a convolutional net': {
    make: () =>
      compiled(convolutional(), {
        ...{ optimizer: 'rmsprop', loss: 'categoricalCrossentropy', metrics: ['accuracy'] },
      }),
    x: () => normals([rows, 8, 8, 1]),
    y: () => oneHot(rows, 3),
  },
  'prices by linear regression': {
    make: () =>
      compiled(tfl.sequential({ layers: [layers.dense({ units: 1, inputShape: [5] })] }), {
        ...{ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' },
      }),
    x: () => normals([rows, 5]),
    y: () => normals([rows, 1], 3),
  },
  'prices by layers with a penalty on their weights': {
    make: () =>
      compiled(
        tfl.sequential({
          layers: [
            layers.dense({
              ...{ units: 6, inputShape: [5], activation: 'sigmoid' },
              ...{ kernelInitializer: 'leCunNormal', kernelRegularizer: 'l1l2' },
            }),
            layers.dense({ units: 1 }),
          ],
        }),
        { optimizer: 'adagrad', loss: 'meanAbsoluteError', metrics: ['mse', 'mae'] },
      ),
    x: () => normals([rows, 5]),
    y: () => normals([rows, 1], 3),
  },
  'flowers by a metric of their own': {
    make: () =>
      compiled(
        tfl.sequential({
          layers: [
            layers.dense({ units: 10, inputShape: [4], activation: 'sigmoid', useBias: true }),
            layers.dense({ units: 3, activation: 'softmax' }),
          ],
        }),
        {
          optimizer: tf.train.adam(0.01),
          loss: 'categoricalCrossentropy',
          metrics: ['accuracy', (y, p) => tf.mean(tf.abs(tf.sub(y, p)), -1)],
        },
      ),
    x: () => normals([rows, 4]),
    y: () => oneHot(rows, 3),
    args: { classWeight: { 0: 1, 1: 2, 2: 0.5 } },
  },
  'the next letter by an LSTM': {
    make: () =>
      compiled(
        tfl.sequential({
          layers: [
            layers.lstm({
              ...{ units: 5, returnSequences: true, inputShape: [4, 6] },
              recurrentInitializer,
            }),
            layers.lstm({ units: 5, recurrentInitializer }),
            layers.dense({ units: 6, activation: 'softmax' }),
          ],
        }),
        { optimizer: tf.train.rmsprop(0.01), loss: 'categoricalCrossentropy' },
      ),
    x: () => normals([rows, 4, 6]),
    y: () => oneHot(rows, 6),
  },
  'sums by an encoder and a decoder': {
    make: () =>
      compiled(
        tfl.sequential({
          layers: [
            layers.simpleRNN({
              units: 6,
              inputShape: [4, 5],
              recurrentInitializer: 'glorotNormal',
            }),
            layers.repeatVector({ n: 3 }),
            layers.gru({ units: 6, returnSequences: true, recurrentInitializer }),
            layers.timeDistributed({ layer: layers.dense({ units: 5 }) }),
            layers.activation({ activation: 'softmax' }),
          ],
        }),
        { optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] },
      ),
    x: () => normals([rows, 4, 5]),
    y: () => tf.reshape(oneHot(rows * 3, 5), [rows, 3, 5]),
  },
  'sentiment by embedded words': {
    make: () =>
      compiled(
        tfl.sequential({
          layers: [
            layers.embedding({ inputDim: 11, outputDim: 4, inputLength: 6 }),
            layers.conv1d({ filters: 5, kernelSize: 3, activation: 'relu' }),
            layers.globalMaxPool1d({}),
            layers.dense({ units: 1, activation: 'sigmoid' }),
          ],
        }),
        { optimizer: 'adam', loss: 'binaryCrossentropy', metrics: ['acc'] },
      ),
    x: () => integers([rows, 6], 11),
    y: () => tf.cast(integers([rows, 1], 2), 'float32'),
  },
  'classes by their numbers': {
    make: () =>
      compiled(
        tfl.sequential({
          layers: [
            layers.bidirectional({
              ...{
                layer: layers.gru({ units: 3, recurrentInitializer }) as tfl.RNN,
                mergeMode: 'concat',
              },
              inputShape: [4, 2],
            }),
            layers.dense({ units: 4, activation: 'softmax' }),
          ],
        }),
        { optimizer: 'adamax', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] },
      ),
    x: () => normals([rows, 4, 2]),
    y: () => tf.cast(integers([rows, 1], 4), 'float32'),
  },
  'two questions about two inputs': {
    make: () => {
      const a = tfl.input({ shape: [3], name: 'a' });
      const b = tfl.input({ shape: [4], name: 'b' });
      const joined = layers
        .concatenate()
        .apply([
          layers.dense({ units: 3, activation: 'tanh' }).apply(a) as tfl.SymbolicTensor,
          layers.dense({ units: 3, activation: 'elu' }).apply(b) as tfl.SymbolicTensor,
        ]) as tfl.SymbolicTensor;
      const outputs = [
        layers.dense({ units: 1, name: 'size' }).apply(joined),
        layers.dense({ units: 3, activation: 'softmax', name: 'kind' }).apply(joined),
      ] as tfl.SymbolicTensor[];
      return compiled(tfl.model({ inputs: [a, b], outputs }), {
        optimizer: tf.train.momentum(0.02, 0.9),
        loss: { size: 'meanSquaredError', kind: 'categoricalCrossentropy' },
        metrics: { kind: 'accuracy', size: 'mae' },
      });
    },
    x: () => ({ b: normals([rows, 4], 5), a: normals([rows, 3]) }),
    y: () => ({ kind: oneHot(rows, 3), size: normals([rows, 1], 9) }),
  },
  'pictures with normalised batches': {
    make: () =>
      compiled(
        tfl.sequential({
          layers: [
            layers.conv2d({
              inputShape: [6, 6, 2],
              ...{ filters: 4, kernelSize: 3, useBias: false },
              ...{ padding: 'same', strides: 2 },
            }),
            layers.batchNormalization(),
            layers.reLU({ maxValue: 6 }),
            layers.globalAveragePooling2d({}),
            layers.dense({ units: 2, activation: 'softmax' }),
          ],
        }),
        { optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy', metrics: ['accuracy'] },
      ),
    x: () => normals([rows, 6, 6, 2]),
    y: () => oneHot(rows, 2),
    relative: 1e-3,
  },
  'a new head on frozen separable convolutions': {
    make: () => {
      const base = tfl.sequential({
        layers: [
          layers.separableConv2d({
            ...{ inputShape: [8, 8, 3], filters: 4, kernelSize: 3, activation: 'relu' },
            depthMultiplier: 1,
          }),
          layers.depthwiseConv2d({ kernelSize: 3 }),
          layers.batchNormalization({}),
          layers.averagePooling2d({ poolSize: 2 }),
        ],
      });
      for (const layer of base.layers) layer.trainable = false;
      const model = tfl.sequential({
        layers: [
          base,
          layers.flatten(),
          layers.dense({ units: 5, activation: 'relu' }),
          layers.dense({ units: 3, activation: 'softmax' }),
        ],
      });
      return compiled(model, { optimizer: 'adam', loss: 'categoricalCrossentropy' });
    },
    x: () => normals([rows, 8, 8, 3]),
    y: () => oneHot(rows, 3),
  },
  'an autoencoder of transposed convolutions': {
    make: () =>
      compiled(
        tfl.sequential({
          layers: [
            layers.conv2d({
              ...{ inputShape: [8, 8, 1], filters: 3, kernelSize: 3, strides: 2 },
              ...{ padding: 'same', activation: 'elu' },
            }),
            layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' }),
            layers.leakyReLU({ alpha: 0.1 }),
            layers.zeroPadding2d({ padding: [1, 1] }),
            layers.cropping2D({
              cropping: [
                [1, 1],
                [1, 1],
              ],
            }),
            layers.conv2d({ filters: 1, kernelSize: 3, padding: 'same', activation: 'sigmoid' }),
          ],
        }),
        { optimizer: 'adam', loss: (y, p) => tf.mean(tf.square(tf.sub(y, p)), [1, 2, 3]) },
      ),
    x: () => normals([rows, 8, 8, 1]),
    y: () => tf.sigmoid(normals([rows, 8, 8, 1])),
  },
  'twins by a layer that they share': {
    make: () => {
      const inputs = [tfl.input({ shape: [5] }), tfl.input({ shape: [5] })];
      const shared = layers.dense({ units: 4, activation: 'relu' });
      const twins = inputs.map((input) => shared.apply(input) as tfl.SymbolicTensor);
      const alike = layers.dot({ axes: -1, normalize: true }).apply(twins) as tfl.SymbolicTensor;
      const outputs = layers.dense({ units: 1, activation: 'sigmoid' }).apply(alike);
      return compiled(tfl.model({ inputs, outputs: outputs as tfl.SymbolicTensor }), {
        ...{ optimizer: 'sgd', loss: 'binaryCrossentropy', metrics: ['binaryAccuracy'] },
      });
    },
    x: () => [normals([rows, 5]), normals([rows, 5], 4)],
    y: () => tf.cast(integers([rows, 1], 2), 'float32'),
  },
  'dates by attention': {
    make: () => {
      const sequence = (units: number) =>
        layers.lstm({ units, returnSequences: true, recurrentInitializer });
      const words = tfl.input({ shape: [5], name: 'words' });
      const started = tfl.input({ shape: [4], name: 'started' });
      const embedded = [words, started].map(
        (input) =>
          layers
            .embedding({ inputDim: 9, outputDim: 4, maskZero: false })
            .apply(input) as tfl.SymbolicTensor,
      );
      const encoder = sequence(4).apply(embedded[0]!) as tfl.SymbolicTensor;
      const decoder = sequence(4).apply(embedded[1]!) as tfl.SymbolicTensor;
      const attention = layers
        .activation({ activation: 'softmax' })
        .apply(layers.dot({ axes: [2, 2] }).apply([decoder, encoder])) as tfl.SymbolicTensor;
      const context = layers
        .dot({ axes: [2, 1] })
        .apply([attention, encoder]) as tfl.SymbolicTensor;
      const joined = layers.concatenate().apply([context, decoder]) as tfl.SymbolicTensor;
      const outputs = layers
        .timeDistributed({ layer: layers.dense({ units: 6, activation: 'softmax' }) })
        .apply(joined) as tfl.SymbolicTensor;
      return compiled(tfl.model({ inputs: [words, started], outputs }), {
        ...{ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] },
      });
    },
    x: () => [integers([rows, 5], 9), integers([rows, 4], 9, 8)],
    y: () => tf.reshape(oneHot(rows * 4, 6), [rows, 4, 6]),
  },
};

it.each(Object.entries(examples))('%s', async (_, { make, x, y, args, relative }) => {
  await expectAlikeTraining(
    make,
    async (model) => {
      const { history } = await model.fit(x(), y(), {
        ...{ epochs: 3, batchSize: 8, validationSplit: 0.25 },
        ...args,
      });
      return history;
    },
    relative,
  );
  expect(tf.getBackend()).toBe('cpu');
});
