import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, it } from 'vitest';
import { buildDiscriminator } from '../../gan/discriminator.js';
import { buildGenerator } from '../../gan/generator.js';
import { feedForward } from '../../src/mixer/ff.js';
import { gMlp } from '../../src/mixer/gmlp.js';
import { mlpMixer } from '../../src/mixer/mixer.js';
import { resMlp } from '../../src/mixer/resmlp.js';
import { vit } from '../../src/mixer/vit.js';
import { trainableVariables } from '../../src/train/variables.js';
import { assignInitialWeights } from '../golden/formula.js';
import { expectSameOutputsElsewhere } from '../support/stock.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/**
 * TensorFlow.js 4.22 reads `gelu_new` back as `geluNew`, which it does not know: a program that
 * opens such a model has to say that they are the same.
 */
const geluNewAlias = `
  const { activation } = tfl.layers.activation({ activation: 'gelu_new' });
  class GeluNew extends activation.constructor {}
  GeluNew.className = 'geluNew';
  tf.serialization.registerClass(GeluNew);
`;

const sizes = { patch: 4, channels: 6, tokenDim: 5, channelDim: 7, numBlocks: 1 };
const classifier = { ...sizes, imageShape: [8, 8, 2], numClasses: 5 } as const;
const stage = { channels: 6, numBlocks: 1, tokenDim: 5, channelDim: 7 };

/** A model with weights by the formula opens elsewhere and gives the same outputs. */
async function expectSameOutputs(models: LayersModel[], prelude?: string): Promise<void> {
  for (const model of models) assignInitialWeights(trainableVariables(model, 'model'));
  await expectSameOutputsElsewhere(models, prelude);
}

describe('in TensorFlow.js without this package', () => {
  it('a saved classifier opens', async () => {
    await expectSameOutputs([mlpMixer({ ...classifier, layerNormEpsilon: 1e-5 })]);
  });

  it('a saved ResMLP, gMLP, FF-only model and ViT open', async () => {
    await expectSameOutputs([
      resMlp(classifier),
      gMlp({ ...classifier, hiddenDim: 8 }),
      feedForward(classifier),
      vit({ ...classifier, heads: 2 }),
    ]);
  });

  it('a saved classifier with the tanh GELU opens, given an alias', async () => {
    await expectSameOutputs([mlpMixer({ ...classifier, gelu: 'tanh' })], geluNewAlias);
  });

  it('a saved discriminator opens', async () => {
    await expectSameOutputs([buildDiscriminator({ ...sizes, stem: 'conv' }, [8, 8, 1])]);
  });

  it('a saved generator opens', async () => {
    const config = { latentDim: 5, stages: [stage, stage], upsamplingKernel: 4 };
    await expectSameOutputs([buildGenerator(config, [8, 8, 1])]);
  });
});
