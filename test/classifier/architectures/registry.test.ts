import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  defaultModels,
  type ModelConfig,
  modelSchema,
} from '../../../classifier/architectures/configs.js';
import {
  type ArchitectureName,
  architectureNames,
} from '../../../classifier/architectures/names.js';
import { buildModel } from '../../../classifier/architectures/registry.js';
import { plainTraining } from '../../../classifier/presets.js';
import { classifierStep, predictionStep } from '../../../classifier/step.js';
import { loadOrt } from '../../../src/compile/runtime/node/session.js';
import { scalar } from '../../../src/compile/step.js';
import { parseConfig } from '../../../src/config/parse.js';
import { UsageError } from '../../../src/errors.js';
import { onnxBytes } from '../../../src/formats/onnx/write.js';
import { withAbstractModel } from '../../../src/mixer/abstract.js';
import { summarise } from '../../../src/mixer/summary.js';
import { RandomStream } from '../../../src/random.js';
import { Adam } from '../../../src/train/adam.js';
import { Player } from '../../../src/train/player.js';
import { modelVariables } from '../../../src/train/variables.js';
import { metadata } from '../../formats/exported-model.js';
import { assignInitialWeights, uniform } from '../../golden/formula.js';
import { expectClose } from '../../support/close.js';
import { expectCompiledStepMatches, normal } from '../../support/compiled.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const tokens = { patch: 4, channels: 8, numBlocks: 2 };
const tiny: Readonly<Record<ArchitectureName, ModelConfig>> = {
  mixer: { arch: 'mixer', ...tokens, tokenDim: 5, channelDim: 11 },
  resmlp: { arch: 'resmlp', ...tokens, channelDim: 11 },
  gmlp: { arch: 'gmlp', ...tokens, hiddenDim: 10 },
  ff: { arch: 'ff', ...tokens, tokenDim: 5, channelDim: 11 },
  vit: { arch: 'vit', ...tokens, heads: 2, channelDim: 11 },
  resnet: { arch: 'resnet', channels: [4, 6], blocksPerStage: 1 },
  cnn: { arch: 'cnn', channels: [4, 6], features: 5 },
};
const sizes = { imageShape: [8, 8, 1], numClasses: 3 } as const;

function weighted(config: ModelConfig) {
  const model = buildModel(config, sizes);
  assignInitialWeights(modelVariables(model, 'm'));
  return model;
}

describe.each(architectureNames)('%s', (name) => {
  it('trains compiled, running statistics included, as it does on the cpu backend', async () => {
    const model = weighted(tiny[name]);
    const moments = { beta1: 0.9, beta2: 0.99 };
    const player = new Player({
      name: 'm',
      build: () => model,
      // A large ε, so that an update depends smoothly on its gradient.
      optimiser: (trainables) => new Adam('adam', trainables, { ...moments, epsilon: 1e-2 }),
    });
    const step = classifierStep(player);
    const random = RandomStream.fromSeed(3);
    const targets = tf.oneHot([0, 2, 1, 1], 3);
    const inputs = {
      images: normal(random, [4, ...sizes.imageShape]),
      targets: {
        dtype: 'float32' as const,
        shape: [4, 3],
        values: Float32Array.from(targets.dataSync()),
      },
      learningRate: scalar(1e-2),
    };
    await expectCompiledStepMatches(
      (tensors) => {
        const outputs = step(tensors);
        const after = [...modelVariables(model, 'm')].map(
          ([key, variable]) => [key, tf.clone(variable)] as const,
        );
        return { ...outputs, ...Object.fromEntries(after) };
      },
      inputs,
      1e-3,
    );
    model.dispose();
    player.optimiser.dispose();
  });

  it('predicts compiled what it predicts on the cpu backend', async () => {
    const model = weighted(tiny[name]);
    const images = normal(RandomStream.fromSeed(4), [4, ...sizes.imageShape]);
    await expectCompiledStepMatches(predictionStep(model), { images });
    model.dispose();
  });

  it('gives the same logits from an ONNX file, at any batch size', async () => {
    const model = weighted(tiny[name]);
    const bytes = await onnxBytes({ model, inputs: ['image'], output: 'logits', metadata });
    const { InferenceSession, Tensor } = loadOrt();
    const session = await InferenceSession.create(bytes);
    for (const batchSize of [1, 3]) {
      const x = uniform('x', [batchSize, ...sizes.imageShape]);
      const { logits } = await session.run({ image: new Tensor('float32', x.dataSync(), x.shape) });
      const expected = { shape: logits!.dims, values: logits!.data as Float32Array };
      expectClose(model.predict(x) as tf.Tensor, expected, { relative: 1e-5 });
    }
    model.dispose();
  });

  it('ends in a dense layer called head, before which are its features', () => {
    const model = weighted(tiny[name]);
    const head = model.outputs[0]!.sourceLayer;
    expect(head.name).toBe('head');
    expect(head.getClassName()).toBe('Dense');
    expect((head.input as { shape: unknown[] }).shape).toHaveLength(2);
    model.dispose();
  });

  it('has default sizes that are valid, and near the Mixer of the digits in number', () => {
    const model = defaultModels[name];
    expect(parseConfig(modelSchema, model, 'defaults')).toEqual(model);
    expect(model.arch).toBe(name);
    const { parameters } = withAbstractModel(
      (init) => buildModel(model, { imageShape: [28, 28, 1], numClasses: 10 }, { init }),
      summarise,
    );
    expect(Math.abs(parameters / 94_734 - 1)).toBeLessThan(0.2);
  });
});

describe('the default Mixer', () => {
  it('has the sizes of a plain training on digits', () => {
    expect(defaultModels.mixer).toMatchObject(plainTraining.model);
  });
});

describe('a model’s configuration', () => {
  const parse = (model: unknown): ModelConfig => parseConfig(modelSchema, model, 'c.json');

  it.each(['mixer', 'resmlp', 'gmlp', 'ff', 'vit'] as const)(
    'may choose the form of GELU: %s',
    (name) => {
      expect(parse({ ...tiny[name], gelu: 'tanh' })).toMatchObject({ gelu: 'tanh' });
      expect(() => parse({ ...tiny[name], gelu: 'gelu_new' })).toThrow(UsageError);
      const [exact, tanh] = (['erf', 'tanh'] as const).map((gelu) => {
        const model = weighted(parse({ ...tiny[name], gelu }));
        return [...(model.predict(uniform('x', [2, 8, 8, 1])) as tf.Tensor).dataSync()];
      });
      const absent = weighted(tiny[name]).predict(uniform('x', [2, 8, 8, 1])) as tf.Tensor;
      expect(exact).toEqual([...absent.dataSync()]);
      expect(tanh).not.toEqual(exact);
    },
  );

  it.each(['mixer', 'gmlp', 'ff', 'vit'] as const)('may choose the ε of LayerNorm: %s', (name) => {
    const epsilons = (layerNormEpsilon?: number) => {
      const keys = layerNormEpsilon === undefined ? {} : { layerNormEpsilon };
      return weighted(parse({ ...tiny[name], ...keys })).layers.flatMap((layer) =>
        layer.getClassName() === 'LayerNormalization' ? [layer.getConfig().epsilon] : [],
      );
    };
    expect(new Set(epsilons(1e-3))).toEqual(new Set([1e-3]));
    // Known weights of gMLP were trained with another ε in its gates.
    expect(new Set(epsilons())).toEqual(new Set(name === 'gmlp' ? [1e-6, 1e-5] : [1e-6]));
    expect(() => parse({ ...tiny[name], layerNormEpsilon: 0 })).toThrow(UsageError);
  });

  it.each([
    [{ ...tiny.resmlp, layerNormEpsilon: 1e-6 }, 'unknown key layerNormEpsilon'],
    [{ ...tiny.resnet, gelu: 'erf' }, 'unknown key gelu'],
    [{ ...tiny.vit, heads: 0 }, 'heads: too small'],
    [{ ...tiny.gmlp, tokenDim: 3 }, 'unknown key tokenDim'],
    [{ ...tiny.resnet, channels: [] }, 'channels: too small'],
    [
      { ...tiny.mixer, arch: 'transformer' },
      'arch: there is no such architecture; there are mixer, resmlp, gmlp, ff, vit, resnet, cnn',
    ],
  ])('cannot be %j', (model, message) => {
    expect(() => parse(model)).toThrow(`c.json: `);
    expect(() => parse(model)).toThrow(message);
  });

  it('may leave widths to the architecture', () => {
    const { channelDim: _, ...open } = tiny.resmlp as { channelDim: number };
    const model = weighted(parse(open));
    const kernel = modelVariables(model, 'm').get('m/block_0/channel_mixing/dense_0/kernel')!;
    expect(kernel.shape).toEqual([8, 32]);
  });
});
