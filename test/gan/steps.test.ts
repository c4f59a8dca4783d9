import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { augmentImages, drawAugmentation } from '../../gan/diff-augment.js';
import { Gan } from '../../gan/gan.js';
import {
  augmentationInputs,
  discriminatorStep,
  generatorStep,
  probeStep,
} from '../../gan/steps.js';
import { adversarialLosses } from '../../src/adversarial/losses.js';
import type { StepTensors } from '../../src/compile/step.js';
import { mendSecondOrderGradients } from '../../src/compile/trace/second-order.js';
import { RandomStream } from '../../src/random.js';
import { uniform } from '../golden/formula.js';
import { imageShape, tinyDcgans, tinyMixers } from './tiny.js';

beforeAll(mendSecondOrderGradients);

const numbersOf = (outputs: StepTensors): Record<string, number> =>
  Object.fromEntries(Object.entries(outputs).map(([name, x]) => [name, x.dataSync()[0]!]));

/** Classes of three as rows. */
const oneHotOf = (...labels: number[]): tf.Tensor =>
  tf.oneHot(tf.tensor1d(labels, 'int32'), 3, 1, 0, 'float32');

const maps = (seed: number, config = { translatePixels: 2, scale: 0.2, cutoutPixels: 3 }) => {
  const size = { count: 4, height: 8, width: 8 };
  const { rows, columns, keep } = drawAugmentation(RandomStream.fromSeed(seed), size, config);
  return {
    rows: tf.tensor(rows.values, [4, 8, 8]),
    columns: tf.tensor(columns.values, [4, 8, 8]),
    keep: tf.tensor(keep.values, [4, 8, 8]),
  };
};

const basics = () => ({
  reals: uniform('reals', [4, ...imageShape]),
  latents: uniform('latents', [4, 3]),
  learningRate: tf.scalar(1e-3),
  emaDecay: tf.scalar(0.9),
});

describe('images of bytes', () => {
  it('are to every step what they are as numbers in −1 … 1', () => {
    const bytes = Array.from({ length: 4 * 64 }, (_, i) => (i * 41) % 256);
    const shape = [4, ...imageShape];
    const asBytes = tf.tensor(bytes, shape, 'int32');
    const asNumbers = tf.tensor(
      bytes.map((byte) => byte / 127.5 - 1),
      shape,
    );
    const look = (images: tf.Tensor) => {
      const gan = new Gan(tinyMixers, imageShape, undefined);
      const inputs = { ...basics(), reals: images, heldOut: images };
      const { penalty } = tinyMixers;
      // This loss lets the generator, too, see reals.
      const d = discriminatorStep(gan, { loss: 'relativistic', penalty, penalised: true })(inputs);
      const g = generatorStep(gan, { loss: 'relativistic' })(inputs);
      const all = [d, g, probeStep(gan)(inputs)].map(numbersOf);
      gan.dispose();
      return all;
    };
    expect(look(asBytes)).toEqual(look(asNumbers));
  });
});

describe('probeStep', () => {
  /** Draws its latent as it is; the verdict is a weighted sum of the pixels. */
  function plainPlayers() {
    const latent = tfl.input({ shape: [4] });
    const image = tfl.input({ shape: [2, 2, 1] });
    const reshaped = tfl.layers.reshape({ targetShape: [2, 2, 1] }).apply(latent);
    const head = tfl.layers.dense({ units: 1 });
    const verdict = head.apply(tfl.layers.flatten().apply(image));
    head.setWeights([tf.tensor2d([1, 2, 3, 4], [4, 1]), tf.tensor1d([0.5])]);
    const outputs = [reshaped, verdict] as tfl.SymbolicTensor[];
    return {
      generator: { model: tfl.model({ inputs: latent, outputs: outputs[0]! }) },
      discriminator: { model: tfl.model({ inputs: image, outputs: outputs[1]! }) },
    };
  }

  it('gives the figures that one works out by hand', () => {
    const images = (rows: number[][]) => tf.tensor(rows.flat(), [rows.length, 2, 2, 1]);
    const figures = numbersOf(
      probeStep(plainPlayers())({
        latents: tf.tensor2d([
          [1, -1, 0.5, 0],
          [1, 1, -0.5, 0.98],
        ]),
        reals: images([
          [1, -0.995, 0, 0.2],
          [-1, -0.995, 0.6, 0.2],
        ]),
        heldOut: images([
          [1, 0, 0, 0],
          [0, 0, 0, -1],
        ]),
      }),
    );
    expect(Object.keys(figures)).toEqual([
      ...['heldOutLogit', 'saturatedShare', 'realSaturatedShare'],
      ...['batchDiversity', 'realDiversity'],
    ]);
    // (1 + 0.5 − 4 + 0.5) / 2
    expect(figures.heldOutLogit).toBeCloseTo(-1, 6);
    expect(figures.saturatedShare).toBeCloseTo(4 / 8, 6);
    expect(figures.realSaturatedShare).toBeCloseTo(4 / 8, 6);
    // Half the distance of each pixel's two values.
    expect(figures.batchDiversity).toBeCloseTo((0 + 1 + 0.5 + 0.49) / 4, 6);
    expect(figures.realDiversity).toBeCloseTo((1 + 0 + 0.3 + 0) / 4, 6);
  });

  it('shows the discriminator held-out images as it sees reals, with labels of their own', () => {
    const gan = new Gan(tinyMixers, imageShape, 3);
    const heldOut = uniform('held out', [4, ...imageShape]);
    const ofReals = maps(1);
    const heldOutLabels = oneHotOf(2, 1, 0, 2);
    const probe = (inputs: StepTensors) =>
      numbersOf(
        probeStep(gan)({ ...basics(), labels: oneHotOf(0, 1, 2, 0), heldOutLabels, ...inputs }),
      );
    const { heldOutLogit } = probe({ heldOut, ...augmentationInputs('reals', ofReals) });
    const seen = augmentImages(heldOut, ofReals);
    const verdicts = gan.discriminator.model.apply([seen, heldOutLabels]) as tf.Tensor;
    expect(heldOutLogit).toBeCloseTo(tf.mean(verdicts).dataSync()[0]!, 5);
    expect(heldOutLogit).not.toBeCloseTo(probe({ heldOut }).heldOutLogit!, 3);
    gan.dispose();
  });

  it('does not take classes for diversity', () => {
    const gan = new Gan(tinyMixers, imageShape, 3);
    const size = imageShape.reduce<number>((a, b) => a * b, 1);
    /** Four images of one grey each; of class 0, 1, 0, 2. */
    const realDiversity = (greys: number[]): number => {
      const pixels = greys.flatMap((grey) => new Array<number>(size).fill(grey));
      const reals = tf.tensor(pixels, [4, ...imageShape]);
      const labels = oneHotOf(0, 1, 0, 2);
      const inputs = { ...basics(), reals, labels, heldOut: reals, heldOutLabels: labels };
      return numbersOf(probeStep(gan)(inputs)).realDiversity!;
    };
    expect(realDiversity([-1, 0.5, -1, 1])).toBeCloseTo(0, 5);
    // Class 0 deviates by 0.4 twice; √((0.4² + 0.4²) / 4)
    expect(realDiversity([-0.4, 0.5, 0.4, 1])).toBeCloseTo(0.4 / Math.SQRT2, 5);
    gan.dispose();
  });

  it('changes nothing, running statistics included', () => {
    const gan = new Gan(tinyDcgans, imageShape);
    const values = () => [...gan.state].map(([name, x]) => [name, [...x.dataSync()]]);
    const before = values();
    tf.tidy(() => probeStep(gan)({ ...basics(), heldOut: basics().reals }));
    expect(values()).toEqual(before);
    tf.tidy(() => generatorStep(gan, { loss: 'hinge' })(basics()));
    expect(values()).not.toEqual(before);
    gan.dispose();
  });
});

describe('the penalty', () => {
  it('has the weight that a step is given in place of its own', () => {
    const learned = (gamma: number, given: Record<string, tf.Tensor>) => {
      const gan = new Gan(tinyMixers, imageShape);
      const penalty = { ...tinyMixers.penalty, gamma };
      const options = { loss: 'relativistic', penalty, penalised: true } as const;
      tf.tidy(() => discriminatorStep(gan, options)({ ...basics(), ...given }));
      const weights = [...gan.discriminator.variables].map(([name, x]) => [
        name,
        [...x.dataSync()],
      ]);
      gan.dispose();
      return weights;
    };
    const alone = learned(0.5, {});
    expect(learned(3, { gamma: tf.scalar(0.5) })).toEqual(alone);
    expect(learned(3, {})).not.toEqual(alone);
  });
});

describe('conditional players', () => {
  it.each(['mixer', 'dcgan'] as const)('learn their embeddings: %s', (arch) => {
    const { penalty, ...config } = arch === 'mixer' ? tinyMixers : tinyDcgans;
    const gan = new Gan({ penalty, ...config }, imageShape, 3);
    const rowsOf = (player: 'generator' | 'discriminator') =>
      gan[player].variables.get(`${player}/embedding/kernel`)!.arraySync() as number[][];
    const labels = oneHotOf(0, 2, 2, 0);
    const changed = (player: 'generator' | 'discriminator', step: () => unknown): boolean[] => {
      const before = rowsOf(player);
      tf.tidy(step as () => void);
      return rowsOf(player).map((row, k) => row.some((value, i) => value !== before[k]![i]));
    };
    const inputs = { ...basics(), labels };
    const loss = 'relativistic';
    for (const penalised of [false, true]) {
      const step = discriminatorStep(gan, { loss, penalty, penalised });
      // Class 1 is not in the batch; once moved, Adam's moments would move it on.
      expect(changed('discriminator', () => step(inputs))).toEqual([true, false, true]);
    }
    const step = generatorStep(gan, { loss });
    expect(changed('generator', () => step(inputs))).toEqual([true, false, true]);
    gan.dispose();
  });

  it('judge reals and fakes as the classes that they are of', () => {
    const gan = new Gan(tinyMixers, imageShape, 3);
    const labels = oneHotOf(0, 1, 2, 1);
    const inputs = { ...basics(), labels };
    const judged = (images: tf.Tensor): number =>
      tf.mean(gan.discriminator.model.apply([images, labels]) as tf.Tensor).dataSync()[0]!;
    const fakes = gan.generator.model.apply([inputs.latents, labels]) as tf.Tensor;
    const expected = { realLogit: judged(inputs.reals), fakeLogit: judged(fakes) };
    const { penalty } = tinyMixers;
    const step = discriminatorStep(gan, { loss: 'hinge', penalty, penalised: false });
    const { realLogit, fakeLogit } = numbersOf(step(inputs));
    expect(realLogit).toBeCloseTo(expected.realLogit, 5);
    expect(fakeLogit).toBeCloseTo(expected.fakeLogit, 5);
    gan.dispose();
  });
});

describe('augmentation', () => {
  const loss = 'relativistic';
  const { penalty } = tinyMixers;
  const still = { translatePixels: 0, scale: 0, cutoutPixels: 0 };

  it.each([false, true])('is what the discriminator sees, penalised: %s', (penalised) => {
    const outputs = (inputs: StepTensors) => {
      const gan = new Gan(tinyMixers, imageShape);
      const step = discriminatorStep(gan, { loss, penalty, penalised });
      const figures = numbersOf(step({ ...basics(), ...inputs }));
      gan.dispose();
      return figures;
    };
    const ofReals = maps(1);
    const augmented = outputs({
      ...augmentationInputs('reals', ofReals),
      ...augmentationInputs('fakes', maps(2, still)),
    });
    const seenBefore = outputs({ reals: augmentImages(basics().reals, ofReals) });
    expect(Object.keys(augmented)).toEqual(Object.keys(seenBefore));
    for (const [name, value] of Object.entries(seenBefore)) {
      expect(Math.abs(augmented[name]! - value)).toBeLessThan(1e-4 * Math.max(1, Math.abs(value)));
    }
    expect(augmented.realLogit).not.toBeCloseTo(outputs({}).realLogit!, 4);
  });

  it('is what the generator is judged by', () => {
    const gan = new Gan(tinyMixers, imageShape);
    const [ofReals, ofFakes] = [maps(1), maps(2)];
    const inputs = basics();
    const judged = (images: tf.Tensor) => gan.discriminator.model.apply(images) as tf.Tensor;
    const fakes = gan.generator.model.apply(inputs.latents) as tf.Tensor;
    const expected = adversarialLosses[loss].generator(
      judged(augmentImages(inputs.reals, ofReals)),
      judged(augmentImages(fakes, ofFakes)),
    );
    const figures = numbersOf(
      generatorStep(gan, { loss })({
        ...inputs,
        ...augmentationInputs('reals', ofReals),
        ...augmentationInputs('fakes', ofFakes),
      }),
    );
    expect(figures.loss).toBeCloseTo(expected.dataSync()[0]!, 5);
    expect(figures.gradientNorm).toBeGreaterThan(0);
    gan.dispose();
  });
});
