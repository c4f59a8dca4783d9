import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildModel } from '../../classifier/architectures/registry.js';
import { restoreClassifier } from '../../classifier/checkpoint.js';
import type { ClassifierConfig } from '../../classifier/config.js';
import { classifierConfigSchema } from '../../classifier/config.js';
import { createPredictor } from '../../classifier/evaluate.js';
import { createFeatureExtractor } from '../../classifier/features.js';
import { buildClassifier, type Classifier, taskOf } from '../../classifier/model.js';
import { classifierPresets } from '../../classifier/presets.js';
import { loadOrt } from '../../src/compile/runtime/node/session.js';
import { parseConfig } from '../../src/config/parse.js';
import type { ImageDataset } from '../../src/data/dataset.js';
import { normalisationOf } from '../../src/data/normalisation.js';
import type { Engine } from '../../src/engine/engine.js';
import { openEngine } from '../../src/engine/open.js';
import { onnxBytes } from '../../src/formats/onnx/write.js';
import { readVariables } from '../../src/train/variables.js';
import { assignInitialWeights } from '../golden/formula.js';
import { expectClose, valuesOf } from '../support/close.js';
import { scaled } from '../support/pixels.js';
import { expectSameOutputsElsewhere } from '../support/stock.js';

const config: ClassifierConfig = {
  ...classifierPresets['digits-quick']!,
  normalise: 'dataset',
  model: { arch: 'cnn', channels: [3, 4], features: 6 },
};
const train: ImageDataset = {
  ...{ name: 'ramp', count: 2, height: 8, width: 8, channels: 3 },
  images: Uint8Array.from({ length: 2 * 192 }, (_, i) => (i * 37) % (100 + 50 * (i % 3))),
  labels: Uint8Array.of(0, 1),
  classNames: ['a', 'b'],
};
const images = Uint8Array.from({ length: 4 * 192 }, (_, i) => (i * 53) % 256);

let engine: Engine;
let classifier: Classifier;
beforeAll(async () => {
  ({ engine } = await openEngine('cpu'));
  classifier = buildClassifier(config, taskOf(train, config.normalise));
  assignInitialWeights(classifier.variables);
});
afterAll(() => classifier.model.dispose());

describe('a classifier of normalised pixels', () => {
  it('has the mean and deviation of its training images in its task', () => {
    expect(classifier.task.normalisation).toEqual(normalisationOf(train));
    expect(taskOf(train)).toEqual({ imageShape: [8, 8, 3], classNames: ['a', 'b'] });
    expect(taskOf(train, 'unit')).toEqual(taskOf(train));
  });

  it('keeps them in its checkpoint', async () => {
    const restored = restoreClassifier(config, {
      ...{ kind: 'classifier', step: 1, path: 'here' },
      // As a file holds it.
      config: JSON.parse(JSON.stringify({ ...config, task: classifier.task })),
      variables: await readVariables(classifier.variables),
    });
    expect(restored.task).toEqual(classifier.task);
    restored.model.dispose();
  });

  it('is shown bytes, and sees normalised ones', async () => {
    const { model, task } = classifier;
    const plain = buildModel(config.model, { imageShape: [8, 8, 3], numClasses: 2 });
    plain.setWeights(model.getWeights());
    const { mean, std } = task.normalisation!;
    const seen = tf.div(tf.sub(tf.tensor(scaled(images), [4, 8, 8, 3]), mean), [...std]);
    const expected = tf.softmax(plain.apply(seen) as tf.Tensor);
    const found = await createPredictor(engine, model)(images);
    expectClose(tf.tensor2d(found, [4, 2]), valuesOf(expected), { relative: 1e-6 });

    // Wherever it is opened.
    await expectSameOutputsElsewhere([model]);
    const [inputs, output, description] = [['image'], 'logits', 'From images to logits'];
    const metadata = { mixgan: '0', description, kind: 'classifier', step: '0', config: '{}' };
    const ort = loadOrt();
    const session = await ort.InferenceSession.create(
      await onnxBytes({ model, inputs, output, metadata }),
    );
    const image = new ort.Tensor('float32', Float32Array.from(images), [4, 8, 8, 3]);
    const { data } = (await session.run({ image })).logits!;
    const answer = tf.softmax(tf.tensor2d(data as Float32Array, [4, 2]));
    expectClose(answer, valuesOf(expected), { relative: 1e-5 });

    const { probabilities } = await createFeatureExtractor(engine, model)(images);
    expect(probabilities).toEqual(found);
  });
});

it('configurations from before the choice take pixels as they are', () => {
  const { normalise: _, ...old } = classifierPresets['digits-quick']!;
  expect(parseConfig(classifierConfigSchema, old, 'file').normalise).toBe('unit');
});
