import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ResNetConfig } from '../../../classifier/architectures/configs/resnet.js';
import { resNet } from '../../../classifier/architectures/resnet.js';
import { withAbstractModel } from '../../../src/mixer/abstract.js';
import { summarise } from '../../../src/mixer/summary.js';
import { modelVariables } from '../../../src/train/variables.js';
import { assignInitialWeights, uniform } from '../../golden/formula.js';
import { expectSameOutputsElsewhere } from '../../support/stock.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const config: ResNetConfig = {
  channels: [4, 6],
  blocksPerStage: 2,
  imageShape: [7, 5, 2],
  numClasses: 3,
};
const build = () => resNet(config);

describe('a ResNet', () => {
  it('halves the image at each stage but the first, rounding up', () => {
    const shapes = new Map(
      summarise(build()).layers.map(({ name, outputShape }) => [name, outputShape]),
    );
    expect(shapes.get('stem/activation')).toEqual([null, 7, 5, 4]);
    expect(shapes.get('stage_0/block_1/activation')).toEqual([null, 7, 5, 4]);
    expect(shapes.get('stage_1/block_0/shortcut/conv')).toEqual([null, 4, 3, 6]);
    expect(shapes.get('stage_1/block_1/activation')).toEqual([null, 4, 3, 6]);
    expect(shapes.get('mean')).toEqual([null, 6]);
  });

  it('adds x itself where its shape stays', () => {
    const shortcuts = build().layers.filter(({ name }) => name.endsWith('/shortcut/conv'));
    expect(shortcuts.map(({ name }) => name)).toEqual(['stage_1/block_0/shortcut/conv']);
  });

  it('has two convolutions a block, and one before them', () => {
    const resNet20 = { channels: [16, 32, 64], blocksPerStage: 3 };
    const cifar = { imageShape: [32, 32, 3], numClasses: 10 } as const;
    const model = withAbstractModel(
      (init) => resNet({ ...resNet20, ...cifar }, { init }),
      (built) => ({
        convolutions: built.layers.filter(({ name }) => /\d\/conv$|^stem\/conv$/.test(name)).length,
        trained: built.trainableWeights.reduce(
          (sum, { shape }) => sum + tf.util.sizeFromShape(shape as number[]),
          0,
        ),
      }),
    );
    // A ResNet-20, for its head counts too; shortcuts have weights (option B of the paper).
    expect(model).toEqual({ convolutions: 19, trained: 272_474 });
  });

  it('starts undecided', () => {
    const logits = build().predict(uniform('x', [2, 7, 5, 2])) as tf.Tensor;
    expect([...logits.dataSync()]).toEqual(new Array(6).fill(0));
  });

  it('opens in TensorFlow.js without this package, running statistics and all', async () => {
    const model = build();
    assignInitialWeights(modelVariables(model, 'model'));
    await expectSameOutputsElsewhere([model]);
  });

  it('takes images of any size without its memory', () => {
    const huge = { channels: [512, 1024, 2048], blocksPerStage: 3 };
    const before = process.memoryUsage().arrayBuffers;
    const memory = withAbstractModel(
      (init) => resNet({ ...huge, imageShape: [224, 224, 3], numClasses: 1000 }, { init }),
      () => process.memoryUsage().arrayBuffers - before,
    );
    expect(memory).toBeLessThan(64 * 2 ** 20);
  });
});
