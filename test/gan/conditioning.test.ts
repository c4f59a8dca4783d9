import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { latentInput, logit } from '../../gan/conditioning.js';
import { buildDiscriminator } from '../../gan/discriminator.js';
import { buildGenerator } from '../../gan/generator.js';
import { labelInputs } from '../../src/mixer/embedding.js';
import { seededInitialisation } from '../../src/mixer/initialisation.js';
import { RandomStream } from '../../src/random.js';
import { modelVariables } from '../../src/train/variables.js';
import { assignInitialWeights, uniform } from '../golden/formula.js';
import { expectSameOutputsElsewhere } from '../support/stock.js';

const init = seededInitialisation(RandomStream.fromSeed(3));
const sizes = { channels: 6, numBlocks: 1, tokenDim: 4, channelDim: 5 };

const oneHotOf = (labels: number[], numClasses: number): tf.Tensor =>
  tf.oneHot(tf.tensor1d(labels, 'int32'), numClasses, 1, 0, 'float32');

const deviation = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values).reduce((sum, value) => sum + value ** 2, 0) / values.length);

const embeddingOf = (model: tfl.LayersModel): tf.Tensor =>
  model.getLayer('embedding').getWeights()[0]!;

/** Outputs for one example and each of three classes. */
function byClass(model: tfl.LayersModel): string[] {
  const x = uniform('x', [1, ...(model.inputs[0]!.shape.slice(1) as number[])]);
  return [0, 1, 2].map((label) => {
    const labels = oneHotOf([label], 3);
    return (model.apply([x, labels]) as tf.Tensor).dataSync().join();
  });
}

describe('a conditional player', () => {
  it('draws each class differently', () => {
    const generator = buildGenerator(
      { latentDim: 3, stages: [sizes], upsamplingKernel: 4 },
      [4, 4, 1],
      { numClasses: 3 },
    );
    expect(generator.inputs.map(({ shape }) => shape)).toEqual([
      [null, 3],
      [null, 3],
    ]);
    expect(new Set(byClass(generator)).size).toBe(3);
  });

  it('judges each class differently once it has learnt of them', () => {
    const discriminator = buildDiscriminator({ stem: 'patch', patch: 2, ...sizes }, [4, 4, 1], {
      numClasses: 3,
    });
    expect(new Set(byClass(discriminator)).size).toBe(1);
    assignInitialWeights(modelVariables(discriminator, 'd'));
    expect(new Set(byClass(discriminator)).size).toBe(3);
  });

  it('has one input without classes', () => {
    const { inputs, x } = latentInput(5, {}, init);
    expect(inputs).toEqual([x]);
    expect(x.shape).toEqual([null, 5]);
  });
});

describe('latentInput', () => {
  it('puts the embedding beside the latent, a quarter as large', () => {
    const { inputs, x } = latentInput(1000, { numClasses: 10 }, init);
    const model = tfl.model({ inputs, outputs: x });
    const embedding = embeddingOf(model);
    expect(embedding.shape).toEqual([10, 1000]);
    expect(deviation(embedding.dataSync())).toBeCloseTo(0.25, 2);
    const latents = uniform('latents', [2, 1000]);
    const joined = model.apply([latents, oneHotOf([7, 2], 10)]) as tf.Tensor;
    const expected = tf.concat([latents, tf.gather(embedding, [7, 2])], 1);
    expect(joined.dataSync()).toEqual(expected.dataSync());
  });

  it('multiplies the latent by its temperature, and nothing of what it is told', () => {
    const { inputs, x } = latentInput(4, { numClasses: 2, temperature: 1.25 }, init);
    const model = tfl.model({ inputs, outputs: x });
    const latents = uniform('latents', [2, 4]);
    const joined = model.apply([latents, oneHotOf([1, 0], 2)]) as tf.Tensor;
    const expected = tf.concat([tf.mul(latents, 1.25), tf.gather(embeddingOf(model), [1, 0])], 1);
    expect(joined.dataSync()).toEqual(expected.dataSync());
  });
});

it('a generator with a temperature opens in any TensorFlow.js', async () => {
  const stage = { channels: 4, numBlocks: 1, tokenDim: 3, channelDim: 5 };
  const config = { latentDim: 6, stages: [stage], upsamplingKernel: 4, styled: true };
  await expectSameOutputsElsewhere([buildGenerator(config, [4, 4, 1], { temperature: 1.3 })]);
});

describe('logit', () => {
  it('is w · h + b + e(label) · h', () => {
    const features = tfl.input({ shape: [4] });
    const [label] = labelInputs(3);
    const outputs = logit(features, label, { init });
    const model = tfl.model({ inputs: [features, label!], outputs });
    assignInitialWeights(modelVariables(model, 'd'));
    const [kernel, bias] = model.getLayer('head').getWeights();
    const [w, b] = [kernel!.dataSync(), bias!.dataSync()[0]!];
    const e = embeddingOf(model).arraySync() as number[][];
    const h = uniform('h', [2, 4]);
    const labels = [2, 0];
    const verdicts = (model.apply([h, oneHotOf(labels, 3)]) as tf.Tensor).dataSync();
    (h.arraySync() as number[][]).forEach((row, i) => {
      const dot = (v: ArrayLike<number>) => row.reduce((sum, value, j) => sum + value * v[j]!, 0);
      expect(verdicts[i]).toBeCloseTo(dot(w) + b + dot(e[labels[i]!]!), 5);
    });
  });
});
