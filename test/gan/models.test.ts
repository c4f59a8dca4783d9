import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { buildDiscriminator, type DiscriminatorConfig } from '../../gan/discriminator.js';
import { buildGenerator, type GeneratorConfig } from '../../gan/generator.js';
import { UsageError } from '../../src/errors.js';

const generatorConfig: GeneratorConfig = {
  latentDim: 5,
  stages: [
    { channels: 8, numBlocks: 1, tokenDim: 6, channelDim: 12 },
    { channels: 4, numBlocks: 2, tokenDim: 3, channelDim: 5 },
  ],
  upsamplingKernel: 4,
};
const discriminatorConfig: DiscriminatorConfig = {
  stem: 'conv',
  patch: 4,
  channels: 8,
  numBlocks: 1,
  tokenDim: 6,
  channelDim: 12,
};

describe('buildGenerator', () => {
  it.each([
    [[28, 28, 1], 2],
    [[8, 12, 3], 1],
  ] as const)('draws %j', (imageShape, batch) => {
    const model = buildGenerator(generatorConfig, imageShape);
    const images = model.apply(tf.randomNormal([batch, 5], 0, 3, 'float32', 1)) as tf.Tensor;
    expect(images.shape).toEqual([batch, ...imageShape]);
    const values = images.dataSync();
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1);
    expect(new Set(values).size).toBeGreaterThan(10);
  });

  it('upsamples by one transposed convolution a stage, with the wanted kernel', () => {
    for (const upsamplingKernel of [2, 4, 6]) {
      const model = buildGenerator({ ...generatorConfig, upsamplingKernel }, [28, 28, 1]);
      const kernels = model.layers
        .filter((layer) => layer.getClassName() === 'Conv2DTranspose')
        .map((layer) => layer.weights[0]!.shape);
      expect(kernels).toEqual([
        [upsamplingKernel, upsamplingKernel, 4, 8],
        [upsamplingKernel, upsamplingKernel, 1, 4],
      ]);
    }
  });

  it('draws with a convolution of the finest grid where that has channels of its own', () => {
    const kernelsOf = (refineChannels: number) =>
      buildGenerator({ ...generatorConfig, refineChannels }, [28, 28, 1])
        .layers.filter((layer) => layer.getClassName().startsWith('Conv2D'))
        .map((layer) => [layer.name, layer.weights[0]!.shape]);
    expect(kernelsOf(3).slice(1)).toEqual([
      ['stage_1/upsample', [4, 4, 3, 4]],
      ['refine', [3, 3, 3, 1]],
    ]);
    expect(kernelsOf(0).slice(1)).toEqual([['stage_1/upsample', [4, 4, 1, 4]]]);
  });

  it('has as many Mixer blocks as it is asked for', () => {
    const model = buildGenerator(generatorConfig, [28, 28, 1]);
    const blocks = model.layers.filter((layer) => layer.name.endsWith('/channel_residual'));
    expect(blocks.map((layer) => layer.name)).toEqual([
      'stage_0/block_0/channel_residual',
      'stage_1/block_0/channel_residual',
      'stage_1/block_1/channel_residual',
    ]);
  });

  it('starts with styles that do nothing, and learns them from the latent', () => {
    const plain = buildGenerator(generatorConfig, [28, 28, 1]);
    const styled = buildGenerator({ ...generatorConfig, styled: true }, [28, 28, 1]);
    // To a scale and a shift for each channel of each stage.
    expect(styled.countParams() - plain.countParams()).toBe(2 * (5 + 1) * (8 + 4));
    const latents = tf.randomNormal([2, 5], 0, 1, 'float32', 1);
    const draw = (model: typeof plain) => [...(model.apply(latents) as tf.Tensor).dataSync()];
    expect(draw(styled)).toEqual(draw(plain));
    for (const part of ['scale', 'shift']) {
      const layer = styled.getLayer(`stage_0/style/${part}`);
      const [kernel, bias] = layer.getWeights();
      layer.setWeights([tf.onesLike(kernel!), bias!]);
      expect(draw(styled)).not.toEqual(draw(plain));
      layer.setWeights([tf.zerosLike(kernel!), bias!]);
    }
  });

  it('refuses images that its stages do not divide', () => {
    expect(() => buildGenerator(generatorConfig, [30, 28, 1])).toThrow(
      new UsageError(
        'a generator of 2 stages makes images whose sides are multiples of 4, not 30×28; change generator.stages',
      ),
    );
  });
});

describe('buildDiscriminator', () => {
  it.each(['patch', 'overlap', 'conv'] as const)('gives one logit an image, stem %s', (stem) => {
    const model = buildDiscriminator({ ...discriminatorConfig, stem }, [28, 28, 1]);
    const logits = model.apply(tf.randomNormal([3, 28, 28, 1], 0, 1, 'float32', 1)) as tf.Tensor;
    expect(logits.shape).toEqual([3, 1]);
    expect(new Set(logits.dataSync()).size).toBe(3);
  });

  it('judges each image on its own', () => {
    const model = buildDiscriminator(discriminatorConfig, [28, 28, 1]);
    const images = tf.randomNormal([4, 28, 28, 1], 0, 1, 'float32', 2);
    const together = (model.apply(images) as tf.Tensor).dataSync();
    const alone = (
      model.apply(tf.slice(images, [2, 0, 0, 0], [1, 28, 28, 1])) as tf.Tensor
    ).dataSync();
    expect(alone[0]).toBeCloseTo(together[2]!, 5);
  });

  describe('of several stages', () => {
    const stage = { stem: 'overlap', patch: 2, channels: 6, numBlocks: 2, tokenDim: 5 } as const;
    const stages = [{ ...stage, channelDim: 7 }];
    const gradual = { ...discriminatorConfig, stem: 'overlap', patch: 2, stages } as const;

    it('makes the tokens of each of those of the one before', () => {
      const model = buildDiscriminator(gradual, [28, 20, 3]);
      const [grid, tokens] = ['stage_0/grid', 'stem/tokens'].map((name) => model.getLayer(name));
      expect(grid!.outputShape).toEqual([null, 14, 10, 6]);
      expect(tokens!.outputShape).toEqual([null, 7 * 5, 8]);
      expect(model.getLayer('stem/conv').weights[0]!.shape).toEqual([4, 4, 6, 8]);
      const blocks = model.layers.filter(({ name }) => name.endsWith('/channel_residual'));
      expect(blocks.map(({ name }) => name)).toEqual([
        'stage_0/block_0/channel_residual',
        'stage_0/block_1/channel_residual',
        'block_0/channel_residual',
      ]);
    });

    it('sees all of an image', () => {
      const model = buildDiscriminator(gradual, [28, 28, 1]);
      const images = tf.randomNormal<tf.Rank.R4>([1, 28, 28, 1], 0, 1, 'float32', 3);
      const slope = tf.grad((x) => tf.sum(model.apply(x) as tf.Tensor))(images);
      expect([...slope.dataSync()].every((value) => value !== 0)).toBe(true);
    });

    it('is as without any where it has none', () => {
      const none = buildDiscriminator({ ...discriminatorConfig, stages: [] }, [28, 28, 1]);
      const plain = buildDiscriminator(discriminatorConfig, [28, 28, 1]);
      const values = (model: typeof plain) =>
        model.getWeights().map((weight) => [...weight.dataSync()]);
      expect(values(none)).toEqual(values(plain));
    });

    it('starts blocks as nothing where their gain is 0', () => {
      const quiet = buildDiscriminator(
        { ...gradual, stages: [{ ...stages[0]!, branchGain: 0 }] },
        [28, 28, 1],
      );
      const [first, second] = [0, 1].map((i) =>
        quiet.getLayer(`stage_0/block_${i}/token_mixing/dense_1`),
      );
      for (const layer of [first!, second!]) {
        expect(new Set(layer.getWeights()[0]!.dataSync())).toEqual(new Set([0]));
      }
    });

    it('names what it cannot divide', () => {
      expect(() => buildDiscriminator({ ...gradual, patch: 4 }, [28, 28, 1])).toThrow(
        new UsageError(
          'token grids of 14×14 do not divide into 4×4 patches; choose a patch that divides both sides',
        ),
      );
      expect(() => buildDiscriminator(gradual, [27, 28, 1])).toThrow(
        'images of 27×28 do not divide into 2×2 patches',
      );
    });
  });

  it.each([
    [{ patch: 5 }, '28×28 do not divide into 5×5 patches'],
    [{ patch: 7 }, 'its patch is 2, 4, 8, …, not 7'],
    [{ patch: 1 }, 'its patch is 2, 4, 8, …, not 1'],
  ])('refuses %j', (change, message) => {
    expect(() => buildDiscriminator({ ...discriminatorConfig, ...change }, [28, 28, 1])).toThrow(
      message,
    );
  });
});
