import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildDcganDiscriminator, buildDcganGenerator } from '../../gan/dcgan.js';
import { Gan } from '../../gan/gan.js';
import { discriminatorStep, generatorStep } from '../../gan/steps.js';
import { squaredImageGradients } from '../../src/adversarial/penalty.js';
import { scalar } from '../../src/compile/step.js';
import { mendSecondOrderGradients } from '../../src/compile/trace/second-order.js';
import { UsageError } from '../../src/errors.js';
import { RandomStream } from '../../src/random.js';
import { gradientsOf } from '../../src/train/gradients.js';
import { trainableVariables } from '../../src/train/variables.js';
import { uniform } from '../golden/formula.js';
import { expectClose, valuesOf } from '../support/close.js';
import { expectCompiledStepMatches, normal } from '../support/compiled.js';
import { imageShape, tinyDcgans, tinyMixers } from './tiny.js';

beforeAll(async () => {
  mendSecondOrderGradients();
  await tf.setBackend('cpu');
});

const generatorConfig = { latentDim: 5, channels: [8, 4] };
const shape = [8, 12, 3] as const;

describe('buildDcganGenerator', () => {
  it.each([
    // A dense layer to [2, 3, 8], two transposed convolutions; scale, shift, mean, variance.
    ['none', 288 + 516 + 195],
    ['batch', 288 + 516 + 195 + 4 * 8 + 4 * 4],
  ] as const)('draws, norm %s, with %i numbers in all', (norm, parameters) => {
    const model = buildDcganGenerator({ ...generatorConfig, norm }, shape);
    expect(model.countParams()).toBe(parameters);
    const images = model.apply(tf.randomNormal([3, 5], 0, 3, 'float32', 1)) as tf.Tensor;
    expect(images.shape).toEqual([3, ...shape]);
    const values = images.dataSync();
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1);
    expect(new Set(values).size).toBeGreaterThan(100);
  });

  it('refuses images that its convolutions do not divide', () => {
    expect(() => buildDcganGenerator({ ...generatorConfig, norm: 'none' }, [8, 10, 1])).toThrow(
      new UsageError(
        'a generator of 2 convolutions takes images whose sides are multiples of 4, not 8×10; change generator.channels',
      ),
    );
  });
});

describe('buildDcganDiscriminator', () => {
  it.each([
    // Two convolutions, and a dense layer from [2, 3, 8]; the first is not normalised.
    ['none', 196 + 520 + 49],
    ['batch', 196 + 520 + 49 + 4 * 8],
  ] as const)('judges, norm %s, with %i numbers in all', (norm, parameters) => {
    const model = buildDcganDiscriminator({ channels: [4, 8], norm }, shape);
    expect(model.countParams()).toBe(parameters);
    const logits = model.apply(tf.randomNormal([3, ...shape], 0, 1, 'float32', 1)) as tf.Tensor;
    expect(logits.shape).toEqual([3, 1]);
    expect(new Set(logits.dataSync()).size).toBe(3);
  });

  it('refuses images that its convolutions do not divide', () => {
    const config = { channels: [2, 2, 2], norm: 'none' } as const;
    expect(() => buildDcganDiscriminator(config, [12, 8, 1])).toThrow(
      new UsageError(
        'a discriminator of 3 convolutions takes images whose sides are multiples of 8, not 12×8; change discriminator.channels',
      ),
    );
  });

  it('has the second derivatives that differences give, through the batch statistics too', () => {
    const model = buildDcganDiscriminator({ channels: [3, 4], norm: 'batch' }, imageShape);
    const weights = trainableVariables(model, 'd');
    const images = uniform('images', [3, ...imageShape]);
    const penalty = (): tf.Scalar => {
      const logits = (x: tf.Tensor) => model.apply(x, { training: true }) as tf.Tensor;
      return tf.mean<tf.Scalar>(squaredImageGradients(logits, images).squaredGradients);
    };
    const before = [...weights].map(([name, variable]) => ({
      variable,
      start: tf.clone(variable),
      direction: uniform(`along ${name}`, variable.shape),
    }));
    // The head's bias is in no derivative of the logit.
    weights.delete('d/head/bias');
    const { gradients } = gradientsOf(() => ({ loss: penalty() }), weights);
    const slope = before.reduce((sum, { direction }, i) => {
      const gradient = gradients.get([...trainableVariables(model, 'd').keys()][i]!);
      if (gradient === undefined) return sum;
      return sum + tf.sum(tf.mul(gradient, direction)).dataSync()[0]!;
    }, 0);
    const at = (by: number): number => {
      for (const { variable, start, direction } of before) {
        variable.assign(tf.add(start, tf.mul(by, direction)));
      }
      return penalty().dataSync()[0]!;
    };
    const h = 3e-4;
    const difference = (at(h) - at(-h)) / (2 * h);
    expect(Math.abs(difference)).toBeGreaterThan(0.1);
    expect(Math.abs(slope / difference - 1)).toBeLessThan(0.02);
  });
});

describe('a GAN of DCGANs', () => {
  it('saves the running statistics, and leaves them to the layers', () => {
    const gan = new Gan(tinyDcgans, imageShape);
    const statistics = ['moving_mean', 'moving_variance'].flatMap((what) =>
      [0, 1].map((i) => `stage_${i}/batch_norm/${what}`),
    );
    for (const name of statistics) {
      expect([...gan.state.keys()]).toContain(`generator/${name}`);
      expect([...gan.state.keys()]).toContain(`average/${name}`);
      expect([...gan.generator.trainables.keys()]).not.toContain(`generator/${name}`);
    }
    const trained = [...gan.generator.trainables.values()].reduce((sum, { size }) => sum + size, 0);
    expect(trained).toBe(gan.generator.model.countParams() - 2 * (6 + 4));
    expect(gan.generator.optimiser.state.get('adam/generator/m')!.shape).toEqual([trained]);

    const inputs = {
      reals: uniform('reals', [4, ...imageShape]),
      latents: uniform('latents', [4, 3]),
      learningRate: tf.scalar(1e-3),
      emaDecay: tf.scalar(0.75),
    };
    const grid = tfl.model({
      inputs: gan.generator.model.inputs,
      outputs: gan.generator.model.getLayer('grid').output as tfl.SymbolicTensor,
    });
    const mean = tf.mean(grid.apply(inputs.latents) as tf.Tensor, [0, 1, 2]);
    tf.tidy(() => generatorStep(gan, { loss: 'hinge' })(inputs));
    const moving = gan.generator.variables.get('generator/stage_0/batch_norm/moving_mean')!;
    // From 0, a tenth of the way.
    expectClose(moving, valuesOf(tf.mul(0.1, mean)), { relative: 1e-5 });
    const average = gan.generator.average!.variables.get('average/stage_0/batch_norm/moving_mean')!;
    // It is an average already, and so it is copied.
    expect(valuesOf(average)).toEqual(valuesOf(moving));
    gan.dispose();
  });

  it.each([
    ['batch', 'relativistic', false],
    ['batch', 'hinge', true],
    ['none', 'relativistic', true],
  ] as const)(
    'learns the same compiled, discriminator norm %s, loss %s, penalised %s',
    async (norm, loss, penalised) => {
      const { penalty } = tinyDcgans;
      const discriminator = { arch: 'dcgan' as const, channels: [4, 6], norm };
      const gan = new Gan({ ...tinyDcgans, discriminator }, imageShape, 2);
      const random = RandomStream.fromSeed(2);
      const inputs = {
        reals: normal(random, [4, ...imageShape]),
        latents: normal(random, [4, 3]),
        labels: normal(random, [4, 2]),
        learningRate: scalar(1e-3),
      };
      const name = 'generator/stage_1/batch_norm/moving_variance';
      const moving = () => tf.clone(gan.generator.variables.get(name)!);
      await expectCompiledStepMatches(
        (tensors) => ({
          ...discriminatorStep(gan, { loss, penalty, penalised })(tensors),
          moving: moving(),
        }),
        inputs,
        1e-3,
      );
      await expectCompiledStepMatches(
        (tensors) => ({ ...generatorStep(gan, { loss })(tensors), moving: moving() }),
        { ...inputs, emaDecay: scalar(0.9) },
        1e-3,
      );
      gan.dispose();
    },
  );

  it('plays against a Mixer, too', () => {
    const gan = new Gan({ ...tinyMixers, generator: tinyDcgans.generator }, imageShape);
    const images = gan.generator.model.apply(uniform('latents', [2, 3])) as tf.Tensor;
    expect((gan.discriminator.model.apply(images) as tf.Tensor).shape).toEqual([2, 1]);
    gan.dispose();
  });
});
