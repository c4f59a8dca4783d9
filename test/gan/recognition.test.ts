import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { ganConfigSchema } from '../../gan/config.js';
import { Gan } from '../../gan/gan.js';
import { looker, recognitionOf } from '../../gan/recognition.js';
import { discriminatorStep, generatorStep } from '../../gan/steps.js';
import { mendSecondOrderGradients } from '../../src/compile/trace/second-order.js';
import { apply } from '../../src/train/apply.js';
import { uniform } from '../golden/formula.js';
import { imageShape, noisyDigits, tinyDcgans, tinyMixers } from './tiny.js';

beforeAll(mendSecondOrderGradients);

/** Two attributes, of 2 and of 3 values. */
const sizes = [2, 3];
const values = [
  [0, 2],
  [1, 0],
  [1, 1],
  [0, 2],
] as const;
const labels = () =>
  tf.tensor2d(values.map(([a, b]) => [...oneHot(a, sizes[0]!), ...oneHot(b, sizes[1]!)]));
const oneHot = (k: number, size: number): number[] =>
  Array.from({ length: size }, (_, i) => (i === k ? 1 : 0));

/** A GAN that is told these attributes, and whose projection says something. */
function toldGan(config = tinyMixers): Gan {
  const gan = new Gan(config, imageShape, 5);
  const embeddings = gan.discriminator.variables.get('discriminator/embedding/kernel')!;
  embeddings.assign(tf.mul(3, uniform('embeddings', embeddings.shape)));
  return gan;
}

describe('what is recognised', () => {
  it('is the cross-entropy of what the projection adds to the verdict for each value', () => {
    const gan = toldGan();
    // Fakes after the reals have no part in it.
    const images = uniform('images', [6, ...imageShape]);
    const { model } = gan.discriminator;
    const lookAt = looker(model, { weight: 3, sizes });
    const logitsOf = () => tf.zeros([6, 1]);
    const { recognise } = lookAt({ labels: labels(), logitsOf });
    const { loss, recognition } = recognise(tf.scalar(10), images);

    const verdicts = (label: number[]) =>
      apply(model, images, tf.tile(tf.tensor2d([label]), [6, 1])).dataSync();
    const untold = verdicts([0, 0, 0, 0, 0]);
    const scores = [0, 1, 2, 3, 4].map((k) =>
      Array.from(verdicts(oneHot(k, 5)), (verdict, i) => verdict - untold[i]!),
    );
    const entropies = values.flatMap(([a, b], i) => [
      crossEntropy([scores[0]![i]!, scores[1]![i]!], a),
      crossEntropy([scores[2]![i]!, scores[3]![i]!, scores[4]![i]!], b),
    ]);
    const expected = entropies.reduce((sum, entropy) => sum + entropy, 0) / entropies.length;
    expect(recognition!.dataSync()[0]).toBeCloseTo(expected, 5);
    expect(loss.dataSync()[0]).toBeCloseTo(10 + 3 * expected, 5);
    gan.dispose();
  });

  it.each([
    ['Mixers', tinyMixers],
    ['DCGANs', tinyDcgans],
  ])('is learnt, by %s', (_, config) => {
    const gan = toldGan(config);
    const options = { ...config, penalised: true, recognition: { weight: 1, sizes } };
    const discriminate = discriminatorStep(gan, options);
    const generate = generatorStep(gan, options);
    const given = {
      reals: uniform('reals', [4, ...imageShape]),
      latents: uniform('latents', [4, 3]),
      ...{ labels: labels(), learningRate: tf.scalar(0.01), emaDecay: tf.scalar(0.9) },
    };
    const learnt = Array.from({ length: 30 }, () => ({
      reals: discriminate(given).recognition!.dataSync()[0]!,
      fakes: generate(given).recognition!.dataSync()[0]!,
    }));
    const [first, last] = [learnt[0]!, learnt.at(-1)!];
    expect(last.reals).toBeLessThan(0.8 * first.reals);
    expect(last.fakes).toBeLessThan(0.8 * first.fakes);
    gan.dispose();
  });
});

const crossEntropy = (scores: readonly number[], value: number): number =>
  Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0)) - scores[value]!;

describe('the configuration', () => {
  const conditional = { ...tinyMixers, conditional: true, recognitionWeight: 1 };
  const problemOf = (config: object): string | undefined =>
    ganConfigSchema.safeParse(config).error?.issues[0]?.message;

  it('asks for nothing of itself', () => {
    const { recognitionWeight: _, ...before } = tinyMixers;
    const config = ganConfigSchema.parse(before);
    expect(config.recognitionWeight).toBe(0);
    expect(recognitionOf(config, noisyDigits('some', 6))).toBeUndefined();
  });

  it('counts the values of what a GAN is told', () => {
    expect(recognitionOf(conditional, noisyDigits('some', 6))).toEqual({ weight: 1, sizes: [3] });
  });

  it('refuses what has nothing to recognise, or looks at images together', () => {
    expect(problemOf(conditional)).toBeUndefined();
    expect(problemOf({ ...conditional, conditional: false })).toMatch(/conditional=true/);
    const discriminator = { arch: 'dcgan', channels: [4], norm: 'batch' };
    expect(problemOf({ ...conditional, discriminator })).toMatch(/norm=none/);
  });
});
