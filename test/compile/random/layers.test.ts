/** Layers that draw, compiled, against themselves on the `cpu` backend. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { float32, type HostTensor } from '../../../src/compile/step.js';
import { RandomStream } from '../../../src/random.js';
import { meanOf, sameDistribution } from './statistics.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

beforeEach(() => {
  const stream = RandomStream.fromSeed(1);
  // Layers have no seed for eager TensorFlow.js.
  vi.spyOn(Math, 'random').mockImplementation(() => stream.uniform());
});

afterEach(() => {
  vi.restoreAllMocks();
});

const B = 64;
type Layer = tfl.layers.Layer;

/** What a model of one layer makes of ones while it is trained, in a call of the step or eagerly. */
async function outputsOf(layer: Layer, shape: number[]) {
  const model = tfl.sequential({ layers: [tfl.layers.inputLayer({ inputShape: shape }), layer] });
  const size = B * tf.util.sizeFromShape([...shape]);
  const x = float32([B, ...shape], new Float32Array(size).fill(1));
  const step = compileStep(({ x }) => ({ y: model.apply(x!, { training: true }) as tf.Tensor }), {
    seed: 4,
    threads: 1,
  });
  const results: HostTensor[] = [];
  for (let call = 0; call < 3; call++) results.push((await step({ x })).y!);
  await step.dispose();
  const eager = tf.tidy(() => {
    const inputs = tf.tensor(x.values, x.shape as number[]);
    return (model.apply(inputs, { training: true }) as tf.Tensor).dataSync();
  });
  return { results, eager };
}

const { layers } = tfl;
const recurrent = {
  ...{ units: 8, dropout: 0.3, recurrentDropout: 0.4, returnSequences: true },
  kernelInitializer: tfl.initializers.glorotUniform({ seed: 1 }),
  recurrentInitializer: tfl.initializers.glorotUniform({ seed: 2 }),
};

describe('a layer that draws', () => {
  it.each<[string, () => Layer, number[]]>([
    ['dropout', () => layers.dropout({ rate: 0.3 }), [40]],
    ['dropout with a noise shape', () => layers.dropout({ rate: 0.3, noiseShape: [B, 1] }), [40]],
    ['spatialDropout1d', () => layers.spatialDropout1d({ rate: 0.4 }), [5, 16]],
    ['alphaDropout', () => layers.alphaDropout({ rate: 0.2 }), [40]],
    ['gaussianDropout', () => layers.gaussianDropout({ rate: 0.2 }), [40]],
    ['gaussianNoise', () => layers.gaussianNoise({ stddev: 0.7 }), [40]],
    ['simpleRNN', () => layers.simpleRNN(recurrent), [3, 4]],
    ['gru', () => layers.gru(recurrent), [3, 4]],
    ['lstm', () => layers.lstm(recurrent), [3, 4]],
  ])('%s', async (_, make, shape) => {
    const layer = make();
    const { results, eager } = await outputsOf(layer, shape);
    const lists = results.map(({ values }) => [...values]);
    expect(lists[0]).not.toEqual(lists[1]);
    expect(lists[1]).not.toEqual(lists[2]);
    // Rows are drawn by themselves; numbers of one row may depend on one another.
    const perRow = (values: ArrayLike<number>): number[] =>
      Array.from({ length: B }, (_, row) => {
        const length = values.length / B;
        return meanOf(Array.from(values).slice(row * length, (row + 1) * length));
      });
    const means = perRow(results.flatMap(({ values }) => [...values]).slice(0, eager.length));
    expect(sameDistribution(means, perRow(eager))).toBeGreaterThan(0.001);
    expect(new Set(lists[0]).size > 2).toBe(new Set(eager).size > 2);
    layer.dispose();
  });

  it('with a seed draws the same at every call, as it does eagerly', async () => {
    const { results, eager } = await outputsOf(layers.dropout({ rate: 0.5, seed: 3 }), [6]);
    for (const { values } of results) expect(values).toEqual(eager);
  });

  it('spatialDropout1d drops a feature in all places', async () => {
    const { results } = await outputsOf(layers.spatialDropout1d({ rate: 0.4 }), [5, 16]);
    const { values } = results[0]!;
    for (let i = 0; i < values.length; i++) {
      expect(values[i]).toBe(values[Math.floor(i / 80) * 80 + (i % 16)]);
    }
  });
});

/** Points around two circles, with their circle. */
function circles(count: number) {
  const points = new Float32Array(2 * count);
  const labels = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const [angle, radius] = [i * 2.399963, i % 2 ? 0.5 : 1];
    points.set([radius * Math.cos(angle), radius * Math.sin(angle)], 2 * i);
    labels[i] = i % 2;
  }
  return { x: float32([count, 2], points), y: float32([count, 1], labels) };
}

/** A model with dropout, always from the same weights, and its update. */
function trainee() {
  const dense = (units: number, seed: number) =>
    layers.dense({ units, kernelInitializer: tfl.initializers.glorotUniform({ seed }) });
  const model = tfl.sequential({
    layers: [
      tfl.layers.inputLayer({ inputShape: [2] }),
      dense(24, 1),
      layers.reLU(),
      layers.dropout({ rate: 0.3 }),
      layers.gaussianNoise({ stddev: 0.1 }),
      dense(1, 2),
    ],
  });
  const optimizer = tf.train.adam(0.03);
  return ({ x, y }: Record<string, tf.Tensor>) => {
    const loss = () => {
      const logits = model.apply(x!, { training: true }) as tf.Tensor;
      return tf.losses.sigmoidCrossEntropy(y!, logits) as tf.Scalar;
    };
    return { loss: optimizer.minimize(loss, true)! };
  };
}

it('a model with dropout is trained as well as it is eagerly', async () => {
  const { x, y } = circles(48);
  const last = (losses: readonly number[]): number => meanOf(losses.slice(-30));
  const found = { compiled: [] as number[], eager: [] as number[] };
  for (const seed of [1, 2, 3, 4]) {
    const step = compileStep(trainee(), { seed, threads: 1 });
    const eager = trainee();
    const tensors = [x, y].map(({ values, shape }) => tf.tensor(values, shape as number[]));
    const losses = { compiled: [] as number[], eager: [] as number[] };
    for (let i = 0; i < 60; i++) {
      losses.compiled.push((await step({ x, y })).loss!.values[0]!);
      losses.eager.push(
        tf.tidy(() => eager({ x: tensors[0]!, y: tensors[1]! }).loss.dataSync()[0]!),
      );
    }
    found.compiled.push(last(losses.compiled));
    found.eager.push(last(losses.eager));
    await step.dispose();
    tf.dispose(tensors);
  }
  expect(Math.abs(meanOf(found.compiled) - meanOf(found.eager))).toBeLessThan(0.05);
  expect(meanOf(found.compiled)).toBeLessThan(0.5);
});
