/** What may happen to a model between the calls of its methods, and within them. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it, vi } from 'vitest';
import { accelerate, restore } from '../../../src/compile/accelerate/accelerate.js';
import { compileStep } from '../../../src/compile/compile.js';
import { float32 } from '../../../src/compile/step.js';
import {
  expectAlike,
  expectAlikeTraining,
  expectSameWeights,
  integers,
  normals,
  oneHot,
  pairOf,
} from './side-by-side.js';

const { layers } = tfl;

const classifier = (optimizer: string | tf.Optimizer = 'adam') => {
  const model = tfl.sequential({
    layers: [
      layers.dense({ units: 8, activation: 'relu', inputShape: [4], name: `hidden${names++}` }),
      layers.dense({ units: 3, activation: 'softmax', name: `head${names++}` }),
    ],
  });
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
};
let names = 0;

const x = () => normals([20, 4]);
const y = () => oneHot(20, 3);

/** What `fit` returns with these arguments. */
const historyOf = async (model: tfl.LayersModel, args: tfl.ModelFitArgs) => {
  const { history, epoch } = await model.fit(x(), y(), { batchSize: 8, epochs: 6, ...args });
  return { history, epoch };
};

describe('callbacks', () => {
  it('may set the learning rate', async () => {
    await expectAlikeTraining(classifier, (model) =>
      historyOf(model, {
        callbacks: {
          onEpochBegin: async (epoch) => {
            Object.assign(model.optimizer, { learningRate: 0.05 / (epoch + 1) });
          },
        },
      }),
    );
  });

  it('may stop the training, after an epoch or a batch', async () => {
    await expectAlikeTraining(classifier, async (model) => [
      await historyOf(model, {
        callbacks: {
          onEpochEnd: async (epoch) => {
            if (epoch === 2) model.stopTraining = true;
          },
        },
      }),
      await historyOf(model, {
        callbacks: {
          onBatchEnd: async (batch) => {
            if (batch === 1) model.stopTraining = true;
          },
        },
      }),
    ]);
  });

  it('may be early stopping, a class, and called every so often', async () => {
    await expectAlikeTraining(classifier, async (model) => {
      const epochs: number[] = [];
      class Notes extends tfl.Callback {
        override async onEpochEnd(epoch: number) {
          epochs.push(epoch);
        }
      }
      const yields: unknown[] = [];
      const history = await historyOf(model, {
        validationSplit: 0.2,
        callbacks: [tfl.callbacks.earlyStopping({ monitor: 'val_acc', patience: 1 }), new Notes()],
      });
      await historyOf(model, {
        ...{ yieldEvery: 'epoch', epochs: 2 },
        callbacks: { onYield: async (epoch, batch) => void yields.push([epoch, batch]) },
      });
      return [history, epochs, yields];
    });
  });

  it('may predict and evaluate in the middle of a training', async () => {
    await expectAlikeTraining(classifier, async (model) => {
      const seen: unknown[] = [];
      await historyOf(model, {
        callbacks: {
          onEpochEnd: async () => {
            const predicted = model.predict(normals([3, 4], 9)) as tf.Tensor;
            seen.push(Array.from(predicted.dataSync()));
          },
        },
      });
      return seen;
    });
  });
});

describe('datasets', () => {
  const batches = [8, 8, 3].map((size, i) => ({
    xs: normals([size, 4], i),
    ys: oneHot(size, 3, i),
  }));
  const copyOf = ({ xs, ys }: (typeof batches)[number]) => ({ xs: tf.clone(xs), ys: tf.clone(ys) });
  /** As much as models need to know of one of tfjs-data. */
  const dataset = (repeats = 1) => ({
    size: batches.length * repeats,
    async iterator() {
      let at = 0;
      return {
        async next() {
          const done = at >= batches.length * repeats;
          return { value: done ? null : copyOf(batches[at++ % batches.length]!), done };
        },
      };
    },
  });
  type Dataset = Parameters<tfl.LayersModel['fitDataset']>[0] &
    Parameters<tfl.LayersModel['evaluateDataset']>[0];
  const given = (repeats?: number) => dataset(repeats) as unknown as Dataset;

  it('train and evaluate as stock does', async () => {
    await expectAlikeTraining(classifier, async (model) => {
      const { history } = await model.fitDataset(given(), {
        ...{ epochs: 3, validationData: given(), classWeight: { 0: 1, 1: 2, 2: 3 } },
      });
      const limited = await model.fitDataset(given(10), {
        ...{ epochs: 2, batchesPerEpoch: 2, initialEpoch: 0 },
        validationData: [x(), y()],
      });
      const losses = (await model.evaluateDataset(given(), {})) as tf.Scalar[];
      return [history, limited.history, losses.map((loss) => loss.dataSync()[0])];
    });
  });
});

describe('a model that changes', () => {
  it('may be compiled again, with another optimiser, loss and metrics', async () => {
    await expectAlikeTraining(classifier, async (model) => {
      const first = await historyOf(model, {});
      model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError', metrics: ['mae'] });
      return [first, await historyOf(model, {}), (model.evaluate(x(), y()) as tf.Scalar[]).length];
    });
  });

  it('may have its layers frozen and thawed', async () => {
    await expectAlikeTraining(classifier, async (model) => {
      const histories: unknown[] = [];
      for (const trainable of [true, false, true]) {
        model.layers[0]!.trainable = trainable;
        histories.push(await historyOf(model, { epochs: 2 }));
      }
      return histories;
    });
  });

  it('may have its weights set', async () => {
    await expectAlikeTraining(classifier, async (model) => {
      const start = model.getWeights().map((weight) => tf.clone(weight));
      const histories = [await historyOf(model, {})];
      model.setWeights(start);
      histories.push(await historyOf(model, {}));
      model.layers[0]!.setWeights([tf.zeros([4, 8]), tf.ones([8])]);
      return [...histories, await historyOf(model, {})];
    });
  });

  it('may have the settings of its layers changed, by callbacks too', async () => {
    const make = () => {
      const model = tfl.sequential({
        layers: [
          layers.dense({ units: 4, inputShape: [4], kernelRegularizer: 'l1l2' }),
          layers.leakyReLU({ alpha: 0.3 }),
          layers.dense({ units: 3, activation: 'softmax' }),
        ],
      });
      model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
      return model;
    };
    await expectAlikeTraining(make, async (model) => {
      const before = Array.from((model.predict(x()) as tf.Tensor).dataSync());
      const history = await historyOf(model, {
        callbacks: {
          onEpochEnd: async (epoch) => {
            Object.assign(model.layers[1]!, { alpha: 0.1 * epoch });
            const { kernelRegularizer } = model.layers[0] as unknown as Record<string, object>;
            Object.assign(kernelRegularizer!, { l2: 0.1 * epoch });
          },
        },
      });
      return [before, history, Array.from((model.predict(x()) as tf.Tensor).dataSync())];
    });
  });

  it('may get more layers', async () => {
    await expectAlikeTraining(classifier, async (model) => {
      const before = (model.predict(x()) as tf.Tensor).shape;
      model.add(layers.dense({ units: 3, activation: 'softmax', kernelInitializer: 'ones' }));
      model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
      return [before, await historyOf(model, {}), (model.predict(x()) as tf.Tensor).shape];
    });
  });

  it('may be saved with its optimiser, loaded, and trained on', async () => {
    await expectAlikeTraining(classifier, async (model) => {
      await historyOf(model, {});
      let saved: tf.io.ModelArtifacts | undefined;
      await model.save(
        tf.io.withSaveHandler(async (artifacts) => {
          saved = artifacts;
          return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
        }),
        { includeOptimizer: true },
      );
      const loaded = await tfl.loadLayersModel(tf.io.fromMemory(saved!));
      if (Object.hasOwn(model, 'build')) accelerate(loaded, { seed: 1 });
      const { iterations } = loaded.optimizer;
      return [iterations, await historyOf(loaded, {}), await historyOf(model, {})];
    });
  });

  it('may be disposed of, and leaves no more behind than stock', async () => {
    const leftBy = async (make: () => tfl.LayersModel) => {
      const before = tf.memory().numTensors;
      const model = make();
      const [images, labels] = [x(), y()];
      await model.fit(images, labels);
      tf.dispose([images, labels, model.predict(images)]);
      model.dispose();
      expect(() => model.predict(tf.ones([1, 4]))).toThrow();
      return tf.memory().numTensors - before;
    };
    // What is made once for all models is there.
    await accelerate(classifier()).fit(x(), y());
    expect(await leftBy(() => accelerate(classifier()))).toBe(await leftBy(classifier));
  });
});

describe('what goes into it', () => {
  it('may be of any type of numbers', async () => {
    const make = () => {
      const model = tfl.sequential({
        layers: [layers.dense({ units: 1, activation: 'sigmoid', inputShape: [4] })],
      });
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      return model;
    };
    await expectAlikeTraining(make, async (model) => {
      const labels = integers([20, 1], 2);
      const losses: unknown[] = [];
      for (const dtype of ['int32', 'float32'] as const) {
        losses.push((await model.fit(x(), tf.cast(labels, dtype), { batchSize: 8 })).history);
        losses.push(await model.trainOnBatch(x(), tf.cast(labels, dtype)));
      }
      return losses;
    });
  });

  it('is refused by stock, in its own words', async () => {
    const { fast } = pairOf(classifier);
    await expect(fast.fit(x(), oneHot(20, 2))).rejects.toThrow(/expected a batch of elements/);
    await expect(fast.fit(x(), oneHot(10, 3))).rejects.toThrow(/same number of samples/);
    await expect(fast.fit(x(), y(), { sampleWeight: tf.ones([20]) })).rejects.toThrow(
      /sample weight/,
    );
    expect(() => fast.predict(tf.ones([2, 5]))).toThrow(/expected/);
    // Nothing of that is left behind.
    await fast.fit(x(), y());
  });
});

describe('a prediction', () => {
  it('has a gradient', () => {
    const { stock, fast } = pairOf(classifier);
    const gradientOf = (model: tfl.LayersModel) => {
      const { grads } = tf.variableGrads(
        () => tf.mean(tf.square(model.predict(x()) as tf.Tensor)) as tf.Scalar,
        model.trainableWeights.map((weight) => weight.read() as tf.Variable),
      );
      return Object.values(grads).map((gradient) => Array.from(gradient.dataSync()));
    };
    const expected = gradientOf(stock);
    // Compiled or not.
    fast.predict(x());
    expectAlike(gradientOf(fast), expected);
  });

  it('may be a part of a compiled step', async () => {
    const { stock, fast } = pairOf(classifier);
    fast.predict(x());
    const step = compileStep(({ a }) => ({ b: fast.predict(a!) as tf.Tensor }));
    const { b } = await step({ a: float32([20, 4], x().dataSync() as Float32Array) });
    const expected = (stock.predict(x()) as tf.Tensor).dataSync();
    expectAlike(Array.from(b!.values), Array.from(expected));
    await step.dispose();
  });
});

it('refuses what cannot be compiled, by name and line, and may be restored', async () => {
  const model = tfl.sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] });
  const loss = (truth: tf.Tensor, predicted: tf.Tensor) =>
    tf.mul(tf.losses.meanSquaredError(truth, predicted), predicted.dataSync()[0]! > 0 ? 1 : 2);
  model.compile({ optimizer: 'sgd', loss });
  accelerate(model);
  const train = () => model.fit(tf.ones([4, 2]), tf.ones([4, 1]));
  await expect(train()).rejects.toThrow(/a step read a value.*changes\.test\.ts:\d+/);
  await expect(train()).rejects.toThrow(/a step read a value/);
  expect((model.predict(tf.ones([4, 2])) as tf.Tensor).shape).toEqual([4, 1]);
  restore(model);
  await train();
});

it('refuses to train while a compiled step is under way', async () => {
  const { fast } = pairOf(classifier);
  const [weight] = fast.trainableWeights;
  const step = compileStep(({ a }) => ({ b: tf.add(a!, tf.sum(weight!.read())) }));
  const running = step({ a: float32([1], Float32Array.of(1)) });
  await expect(fast.trainOnBatch(x(), y())).rejects.toThrow(/a compiled step is under way/);
  await running;
  await fast.trainOnBatch(x(), y());
  await step.dispose();
});

it('warns of nothing', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const models = await expectAlikeTraining(classifier, (model) => historyOf(model, {}));
  await expectSameWeights(models);
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
});
