import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../classifier/architectures/configs.js';
import { createFeatureExtractor, featureDim } from '../../classifier/features.js';
import { buildClassifier } from '../../classifier/model.js';
import { classifierPresets } from '../../classifier/presets.js';
import type { Engine, EngineName } from '../../src/engine/engine.js';
import { openEngine } from '../../src/engine/open.js';
import { assignInitialWeights, uniform } from '../golden/formula.js';
import { expectClose, valuesOf } from '../support/close.js';

const models: Record<string, ModelConfig> = {
  mixer: { arch: 'mixer', patch: 4, channels: 6, tokenDim: 5, channelDim: 7, numBlocks: 1 },
  cnn: { arch: 'cnn', channels: [3, 4], features: 6 },
  resmlp: { arch: 'resmlp', patch: 4, channels: 6, numBlocks: 1 },
  gmlp: { arch: 'gmlp', patch: 4, channels: 6, hiddenDim: 8, numBlocks: 1 },
  ff: { arch: 'ff', patch: 4, channels: 6, numBlocks: 1 },
  vit: { arch: 'vit', patch: 4, channels: 6, heads: 2, numBlocks: 1 },
  resnet: { arch: 'resnet', channels: [4, 6], blocksPerStage: 1 },
};
const task = { imageShape: [8, 8, 1], classNames: ['a', 'b', 'c'] } as const;

function modelOf(name: string) {
  const config = { ...classifierPresets['digits-quick']!, model: models[name]! };
  const { model, variables } = buildClassifier(config, task);
  assignInitialWeights(variables);
  return model;
}

const images = (count: number) =>
  uniform(`images ${count}`, [count, ...task.imageShape]).dataSync() as Float32Array;

describe.each<EngineName>(['cpu', 'onnx'])('createFeatureExtractor on %s', (engineName) => {
  let engine: Engine;
  beforeAll(async () => {
    ({ engine } = await openEngine(engineName));
  });

  it.each(Object.keys(models))('gives what the head of a %s sees, and its answer', async (name) => {
    const model = modelOf(name);
    const count = 130;
    const pixels = images(count);
    const { features, probabilities } = await createFeatureExtractor(engine, model)(pixels);
    expect(features).toMatchObject({ count, dim: 6 });
    expect(featureDim(model)).toBe(6);
    expect(features.values).toHaveLength(count * 6);

    const [kernel, bias] = model.getLayer('head').getWeights();
    const rows = tf.tensor2d(features.values, [count, 6]);
    const logits = tf.add(tf.matMul(rows, kernel!), bias!);
    const expected = model.apply(tf.tensor(pixels, [count, ...task.imageShape])) as tf.Tensor;
    expectClose(logits, valuesOf(expected), { relative: 1e-4 });
    const answer = tf.tensor2d(probabilities, [count, 3]);
    expectClose(answer, valuesOf(tf.softmax(expected)), { relative: 1e-4 });
  });

  it("gives a CNN's features layer by layer", async () => {
    const model = modelOf('cnn');
    const pixels = images(3);
    let x: tf.Tensor = tf.tensor(pixels, [3, ...task.imageShape]);
    for (const layer of model.layers.slice(1, -1)) x = layer.apply(x) as tf.Tensor;
    const { features } = await createFeatureExtractor(engine, model)(pixels);
    expectClose(tf.tensor2d(features.values, [3, 6]), valuesOf(x), { relative: 1e-4 });
  });

  it('gives an image the same features in whatever company', async () => {
    const extract = createFeatureExtractor(engine, modelOf('mixer'));
    const pixels = images(205);
    const all = await extract(pixels);
    const last = await extract(pixels.subarray(204 * 64));
    expect(last.features.count).toBe(1);
    expect([...last.features.values]).toEqual([...all.features.values.subarray(204 * 6)]);
    expect([...last.probabilities]).toEqual([...all.probabilities.subarray(204 * 3)]);
  });

  it('takes no images, but no part of one', async () => {
    const extract = createFeatureExtractor(engine, modelOf('cnn'));
    expect((await extract(new Float32Array())).features).toMatchObject({ count: 0, dim: 6 });
    await expect(extract(new Float32Array(65))).rejects.toThrow(
      new RangeError('images of 8×8×1 do not add up to 65'),
    );
  });
});
