import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { cnn } from '../../../classifier/architectures/cnn.js';
import type { CnnConfig } from '../../../classifier/architectures/configs/cnn.js';
import { gelu } from '../../../src/mixer/gelu.js';
import { seededInitialisation } from '../../../src/mixer/initialisation.js';
import { summarise } from '../../../src/mixer/summary.js';
import { RandomStream } from '../../../src/random.js';
import { modelVariables } from '../../../src/train/variables.js';
import { assignInitialWeights, uniform } from '../../golden/formula.js';
import { expectClose, valuesOf } from '../../support/close.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const init = (seed = 0) => seededInitialisation(RandomStream.fromSeed(seed));
const config: CnnConfig = { channels: [4, 6], features: 5, imageShape: [7, 5, 2], numClasses: 3 };

describe('cnn', () => {
  it('halves the image at each convolution, rounding up', () => {
    const { layers, parameters } = summarise(cnn(config, { init: init() }));
    expect(layers.map(({ name, outputShape }) => [name, outputShape])).toEqual([
      ['image', [null, 7, 5, 2]],
      ['conv_0', [null, 4, 3, 4]],
      ['conv_1', [null, 2, 2, 6]],
      ['flatten', [null, 24]],
      ['features', [null, 5]],
      ['head', [null, 3]],
    ]);
    const convolutions = 9 * 2 * 4 + 4 + (9 * 4 * 6 + 6);
    expect(parameters).toBe(convolutions + (24 * 5 + 5) + (5 * 3 + 3));
  });

  it('is convolutions and products with activations between them', () => {
    const model = cnn(config, { init: init() });
    const variables = modelVariables(model, 'm');
    assignInitialWeights(variables);
    const weight = (name: string) => variables.get(`m/${name}`)!;
    const image = uniform('image', [3, 7, 5, 2]) as tf.Tensor4D;
    let x = image;
    for (const name of ['conv_0', 'conv_1']) {
      const kernel = weight(`${name}/kernel`) as tf.Tensor4D;
      x = tf.relu(tf.add(tf.conv2d(x, kernel, 2, 'same'), weight(`${name}/bias`)));
    }
    const dense = (input: tf.Tensor, name: string) =>
      tf.add(tf.matMul(input, weight(`${name}/kernel`)), weight(`${name}/bias`));
    const features = gelu(dense(tf.reshape(x, [3, 24]), 'features'));
    const expected = dense(features, 'head');
    expectClose(model.predict(image) as tf.Tensor, valuesOf(expected), { relative: 1e-5 });
  });

  it('starts undecided, and from its seed alone', () => {
    const weightsOf = (seed: number) =>
      cnn(config, { init: init(seed) })
        .getWeights()
        .map((weight) => [...weight.dataSync()]);
    expect(weightsOf(1)).toEqual(weightsOf(1));
    expect(weightsOf(1)[0]).not.toEqual(weightsOf(2)[0]);
    const logits = cnn(config, { init: init() }).predict(uniform('x', [2, 7, 5, 2])) as tf.Tensor;
    expect([...logits.dataSync()]).toEqual(new Array(6).fill(0));
  });

  it('keeps the power of what passes', () => {
    const wide = { channels: [64, 64, 64], features: 64 };
    const model = cnn({ ...wide, imageShape: [16, 16, 1], numClasses: 2 }, { init: init() });
    const image = uniform('x', [8, 16, 16, 1], { scale: Math.sqrt(3) });
    let x: tf.Tensor = image;
    for (const layer of model.layers.slice(1, -1)) x = layer.apply(x) as tf.Tensor;
    // Some is lost at the borders, which are padded with zeros; without the gain 1 / 16 is left.
    const power = tf.mean(tf.square(x)).dataSync()[0]!;
    expect(power).toBeGreaterThan(0.15);
    expect(power).toBeLessThan(2);
  });
});
