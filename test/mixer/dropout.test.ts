import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { Drops, drawMasks, withMasks } from '../../src/mixer/dropout.js';
import { mlp } from '../../src/mixer/mlp.js';
import { residual } from '../../src/mixer/residual.js';
import { RandomStream } from '../../src/random.js';

beforeAll(() => tf.setBackend('cpu'));

/** Blocks of one branch, 2x: without dropout each triples its input. */
function tripling(blocks: number, drops?: Drops): tfl.LayersModel {
  const input = tfl.input({ shape: [2, 3], name: 'input' });
  let x = input;
  for (let i = 0; i < blocks; i++) {
    const doubled = tfl.layers
      .dense({
        units: 3,
        useBias: false,
        kernelInitializer: tfl.initializers.identity({ gain: 2 }),
        name: `block_${i}/double`,
      })
      .apply(x);
    x = residual(x, doubled as tfl.SymbolicTensor, { name: `block_${i}/branch`, drops });
  }
  return tfl.model({ inputs: input, outputs: x });
}

const random = RandomStream.fromSeed(1);
const branchNames = (blocks: number) =>
  Array.from({ length: blocks }, (_, i) => `block_${i}/branch/drop_path`);

/** What a model gives in training, for masks by the names of their layers. */
const train = (model: tfl.LayersModel, x: tf.Tensor, masks: Record<string, tf.Tensor>) =>
  withMasks(masks, () => model.apply(x, { training: true }) as tf.Tensor);

describe('stochastic depth', () => {
  it('grows linearly with depth, from 0 to the rate of the last block', () => {
    const model = tripling(5, new Drops({ stochasticDepth: 0.4, dropout: 0 }));
    const rates = branchNames(5).map((name) => model.getLayer(name).getConfig().rate);
    [0, 0.1, 0.2, 0.3, 0.4].forEach((rate, i) => {
      expect(rates[i]).toBeCloseTo(rate, 12);
    });
    const alone = tripling(1, new Drops({ stochasticDepth: 0.4, dropout: 0 }));
    expect(alone.getLayer('block_0/branch/drop_path').getConfig().rate).toBe(0.4);
  });

  it('drops whole branches of some examples, and scales the others up', () => {
    const model = tripling(2, new Drops({ stochasticDepth: 0.5, dropout: 0 }));
    const x = tf.ones([3, 2, 3]);
    // The first block never drops, and needs no mask.
    const mask = tf.tensor([0, 2, 1], [3, 1, 1]);
    const y = train(model, x, { 'block_1/branch/drop_path': mask });
    // x → 3x → 3x + mask · 6x
    const rows = [3, 15, 9].map((value) => new Array<number>(6).fill(value));
    expect(Array.from(y.dataSync())).toEqual(rows.flat());
  });

  it('does nothing outside of training, nor where its rate is 0', () => {
    const model = tripling(2, new Drops({ stochasticDepth: 0.5, dropout: 0 }));
    const x = tf.ones([1, 2, 3]);
    expect((model.apply(x) as tf.Tensor).dataSync()[0]).toBe(9);
    expect((model.predict(x) as tf.Tensor).dataSync()[0]).toBe(9);
    const none = tripling(2, new Drops({ stochasticDepth: 0, dropout: 0 }));
    expect(none.layers).toHaveLength(tripling(2).layers.length);
  });

  it('refuses to train without its masks, and forgets them after the step', () => {
    const model = tripling(2, new Drops({ stochasticDepth: 0.5, dropout: 0 }));
    const x = tf.ones([1, 2, 3]);
    const missing =
      'block_1/branch/drop_path drops values in training, and there is no mask for it';
    expect(() => train(model, x, {})).toThrow(missing);
    train(model, x, { 'block_1/branch/drop_path': tf.ones([1, 1, 1]) });
    expect(() => model.apply(x, { training: true })).toThrow(missing);
  });

  it('passes gradients where it keeps a branch alone', () => {
    const model = tripling(2, new Drops({ stochasticDepth: 0.5, dropout: 0 }));
    const masks = { 'block_1/branch/drop_path': tf.tensor([0, 2], [2, 1, 1]) };
    const gradient = tf.grad((x) => tf.sum(train(model, x, masks)))(tf.ones([2, 2, 3]));
    const rows = [3, 15].map((value) => new Array<number>(6).fill(value));
    expect(Array.from(gradient.dataSync())).toEqual(rows.flat());
  });
});

describe('drawMasks', () => {
  const model = tripling(3, new Drops({ stochasticDepth: 0.5, dropout: 0 }));

  it('draws one number an example, for the layers that drop', () => {
    const masks = drawMasks(model, 4000, random);
    expect(masks.map(({ layer, shape }) => ({ layer, shape }))).toEqual([
      { layer: 'block_1/branch/drop_path', shape: [4000, 1, 1] },
      { layer: 'block_2/branch/drop_path', shape: [4000, 1, 1] },
    ]);
    [0.25, 0.5].forEach((rate, i) => {
      const { values } = masks[i]!;
      expect(new Set(values)).toEqual(new Set([0, Math.fround(1 / (1 - rate))]));
      const dropped = values.filter((value) => value === 0).length / values.length;
      // Four standard deviations.
      expect(Math.abs(dropped - rate)).toBeLessThan(4 * Math.sqrt((rate * (1 - rate)) / 4000));
    });
  });

  it('depends on the stream and on the name alone', () => {
    const draw = (stream: RandomStream) => drawMasks(model, 50, stream);
    expect(draw(random.split(7))).toEqual(draw(random.split(7)));
    expect(draw(random.split(7))).not.toEqual(draw(random.split(8)));
    const [first, second] = draw(random);
    expect(first!.values).not.toEqual(second!.values);
  });
});

describe('dropout', () => {
  function withMlp(drops: Drops): tfl.LayersModel {
    const input = tfl.input({ shape: [2, 3], name: 'input' });
    const output = mlp(input, { name: 'mlp', hiddenDim: 5, drops });
    return tfl.model({ inputs: input, outputs: output });
  }

  it('drops hidden values of an MLP one by one', () => {
    const model = withMlp(new Drops({ stochasticDepth: 0, dropout: 0.25 }));
    const [mask] = drawMasks(model, 4, random);
    expect(mask).toMatchObject({ layer: 'mlp/dropout', shape: [4, 2, 5] });
    const x = tf.ones([4, 2, 3]);
    const none = tf.zeros([4, 2, 5]);
    const y = train(model, x, { [mask!.layer]: none });
    // Nothing is left but the last bias, which starts at 0.
    expect(Array.from(y.dataSync())).toEqual(new Array<number>(24).fill(0));
    expect(tf.max(tf.abs(model.apply(x) as tf.Tensor)).dataSync()[0]).toBeGreaterThan(0.01);
  });

  it('knows whether there was anything to drop', () => {
    const drops = new Drops({ stochasticDepth: 0.1, dropout: 0.1 });
    expect([drops.dropsBranches, drops.dropsValues]).toEqual([false, false]);
    withMlp(drops);
    expect([drops.dropsBranches, drops.dropsValues]).toEqual([false, true]);
    tripling(1, drops);
    expect([drops.dropsBranches, drops.dropsValues]).toEqual([true, true]);
  });
});

it('a saved model opens with the stock layer, which draws masks of its own', async () => {
  const model = tripling(2, new Drops({ stochasticDepth: 0.5, dropout: 0 }));
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    }),
  );
  const { config } = saved!.modelTopology as {
    config: { layers: { class_name: string; config: Record<string, unknown> }[] };
  };
  const layer = config.layers.find(({ config }) => config.name === branchNames(2)[1]);
  expect(layer).toMatchObject({
    class_name: 'Dropout',
    config: { rate: 0.5, noise_shape: [null, 1, 1] },
  });

  const stock = await tfl.loadLayersModel(tf.io.fromMemory(saved!));
  expect((stock.predict(tf.ones([1, 2, 3])) as tf.Tensor).dataSync()[0]).toBe(9);
  const trained = stock.apply(tf.ones([40, 2, 3]), { training: true }) as tf.Tensor;
  // Per example 3 or 15, as ours.
  expect(new Set(trained.dataSync())).toEqual(new Set([3, 15]));
});
