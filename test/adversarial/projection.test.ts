import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { withProjection } from '../../src/adversarial/projection.js';
import { labelInputs } from '../../src/mixer/embedding.js';
import { defaultInitialisation } from '../../src/mixer/initialisation.js';
import { modelVariables } from '../../src/train/variables.js';
import { assignInitialWeights, uniform } from '../golden/formula.js';
import { expectClose } from '../support/close.js';

/** A verdict of 0 on features of three numbers in so many places, told one of four classes. */
function judged(places: readonly number[]): tfl.LayersModel {
  const [features, nothing] = [3, 1].map((size) => tfl.input({ shape: [...places, size] }));
  const [label] = labelInputs(4);
  const outputs = withProjection(nothing!, features!, label, { init: defaultInitialisation() });
  return tfl.model({ inputs: [features!, nothing!, label!], outputs });
}

describe.each([[[]], [[5]], [[2, 3]]])('a projection at %j', (places) => {
  const labels = [3, 1];
  const h = uniform('h', [2, ...places, 3]);
  const apply = (model: tfl.LayersModel): tf.Tensor =>
    model.apply([h, tf.ones([2, ...places, 1]), tf.oneHot(labels, 4)]) as tf.Tensor;

  it('adds e(label) · h to the verdict of each place', () => {
    const model = judged(places);
    assignInitialWeights(modelVariables(model, 'd'));
    const [e] = model.getLayer('embedding').getWeights();
    const ofEach = tf.reshape(tf.gather(e!, labels), [2, ...places.map(() => 1), 3]);
    const expected = tf.add(tf.sum(tf.mul(h, ofEach), -1, true), 1);
    const values = [...expected.dataSync()];
    expectClose(apply(model), { shape: expected.shape, values }, { relative: 1e-6 });
  });

  it('starts as nothing', () => {
    expect([...apply(judged(places)).dataSync()].every((value) => value === 1)).toBe(true);
  });
});

it('nothing is added where no classes are told', () => {
  const [features, verdict] = [3, 1].map((size) => tfl.input({ shape: [size] }));
  expect(labelInputs(undefined)).toEqual([]);
  const init = defaultInitialisation();
  expect(withProjection(verdict!, features!, undefined, { init })).toBe(verdict);
});
