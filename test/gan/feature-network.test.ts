import '@tensorflow/tfjs-backend-cpu';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainFeatureNetwork } from '../../classifier/feature-network.js';
import { type GanConfig, ganConfigSchema } from '../../gan/config.js';
import { buildDiscriminator, type DiscriminatorConfig } from '../../gan/discriminator.js';
import { resumeGan, trainGan } from '../../gan/doors.js';
import { assignFeatureWeights, type FeatureWeights } from '../../gan/feature-network.js';
import { Gan } from '../../gan/gan.js';
import { summariseGan } from '../../gan/summary.js';
import { ganTraining } from '../../gan/training.js';
import { float32, type HostTensor } from '../../src/compile/step.js';
import type { Engine } from '../../src/engine/engine.js';
import { openEngine } from '../../src/engine/open.js';
import { InputError, StoppedError, UsageError } from '../../src/errors.js';
import { runTraining } from '../../src/family/train.js';
import type { Judges, TrainFeatureNetwork } from '../../src/scores/judges.js';
import { Team } from '../../src/train/team.js';
import { modelVariables, readVariables } from '../../src/train/variables.js';
import { assignInitialWeights, uniform } from '../golden/formula.js';
import { worldsOf } from '../support/worlds.js';
import { imageShape, noisyDigits, tinyMixers } from './tiny.js';

const data = { train: noisyDigits('train', 40), test: noisyDigits('test', 20) };
const featureNetwork = { channels: [3, 5], features: 6, steps: 4 };
const config: GanConfig = {
  ...tinyMixers,
  discriminator: { ...tinyMixers.discriminator, featureNetwork } as GanConfig['discriminator'],
};
const { kind: _, preset: __, data: ___, ...changes } = config;
const within = 'discriminator/feature_network/';

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-feature-network-'));
  ({ engine } = await openEngine('cpu'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const said: string[] = [];
/** Kept in a folder of the test's own. */
const keeping: TrainFeatureNetwork = (on, of, sizes, options) =>
  trainFeatureNetwork(on, of, sizes, { ...options, folder, say: (line) => said.push(line) });
const watched = { source: config.data, say: () => undefined };
const learnt = () => keeping(engine, data, featureNetwork, watched);

const ofNetwork = (variables: ReadonlyMap<string, HostTensor>) =>
  new Map(
    [...variables]
      .filter(([name]) => name.startsWith(within))
      .map(([name, value]) => [name.slice(within.length), value]),
  );

describe('a discriminator with a feature network', () => {
  it('looks at every map by blocks of its own, and at the features', () => {
    const sizes: DiscriminatorConfig = {
      ...{ stem: 'conv', patch: 4, channels: 8, numBlocks: 1, tokenDim: 7, channelDim: 9 },
      featureNetwork: { channels: [4, 6, 10], features: 12, steps: 1 },
    };
    // Maps of 14, 7 and 4 pixels a side, where tokens are 7 × 7: the last are not its multiples.
    const model = buildDiscriminator(sizes, [28, 28, 1]);
    const outputOf = (name: string) => model.getLayer(name).outputShape;
    expect(outputOf('feature_network/conv_2')).toEqual([null, 4, 4, 10]);
    expect([0, 1, 2].map((i) => outputOf(`map_${i}/pre_head_layer_norm`))).toEqual([
      [null, 49, 8],
      [null, 49, 8],
      [null, 16, 8],
    ]);
    expect(outputOf('map_features/hidden')).toEqual([null, 12]);
    expect(model.outputs.map(({ shape }) => shape)).toEqual([[null, 5]]);
    const of = (name: string) => name.includes('feature_network');
    expect(model.trainableWeights.map(({ name }) => name).filter(of)).toEqual([]);
    expect(model.nonTrainableWeights.map(({ name }) => name).filter(of)).toHaveLength(8);
    model.dispose();
  });

  it('is told the class at every verdict', () => {
    const { discriminator } = config as { discriminator: DiscriminatorConfig };
    const model = buildDiscriminator(discriminator, imageShape, { numClasses: 3 });
    assignInitialWeights(modelVariables(model, 'd'));
    const image = uniform('image', [1, ...imageShape]);
    const ofClasses = [0, 1, 2].map((label) => {
      const told = tf.oneHot([label], 3, 1, 0, 'float32');
      return [...(model.apply([image, told]) as tf.Tensor).dataSync()];
    });
    expect(ofClasses.map(({ length }) => length)).toEqual([4, 4, 4]);
    ofClasses[0]!.forEach((_, i) => {
      expect(new Set(ofClasses.map((verdicts) => verdicts[i])).size).toBe(3);
    });
    model.dispose();
  });

  it('judges otherwise where the network sees otherwise', async () => {
    const gan = new Gan(config, imageShape);
    const verdicts = () =>
      Array.from(
        (
          gan.discriminator.model.predict(uniform('images', [3, ...imageShape])) as {
            dataSync: () => Float32Array;
          }
        ).dataSync(),
      );
    const before = verdicts();
    assignFeatureWeights(gan.discriminator, await learnt());
    expect(verdicts()).not.toEqual(before);
    gan.dispose();
  });

  it('counts among its weights those of the network, and not among what is trained', () => {
    const count = (of: GanConfig) => summariseGan(of, { imageShape, numClasses: 3 });
    const [plain, looking] = [count(tinyMixers), count(config)];
    const frozen = 3 * 9 + 3 + (5 * 27 + 5) + (2 * 2 * 5 * 6 + 6);
    expect(looking.parameters - looking.trainable).toBe(
      frozen + plain.parameters - plain.trainable,
    );
    expect(looking.flops).toBeGreaterThan(plain.flops);
  });

  it('is the plain one where the network takes no steps', () => {
    const none = { ...config.discriminator, featureNetwork: { ...featureNetwork, steps: 0 } };
    const layersOf = (discriminator: DiscriminatorConfig) => {
      const model = buildDiscriminator(discriminator, imageShape);
      const names = model.layers.map(({ name }) => name);
      model.dispose();
      return names;
    };
    expect(layersOf(none as DiscriminatorConfig)).toEqual(
      layersOf(tinyMixers.discriminator as DiscriminatorConfig),
    );
  });
});

describe('a training of it', () => {
  it('learns with what the network knew, and leaves that as it was', async () => {
    said.length = 0;
    const known = await learnt();
    expect([...known.keys()]).toEqual([
      ...['conv_0/kernel', 'conv_0/bias', 'conv_1/kernel', 'conv_1/bias'],
      ...['features/kernel', 'features/bias'],
    ]);
    for (const updates of ['alternating', 'together'] as const) {
      const { checkpoint } = await trainGan({
        ...{ data, engine, featureNetwork: keeping },
        config: { ...changes, updates },
      });
      expect(ofNetwork(checkpoint.variables)).toEqual(known);
      const fresh = new Gan({ ...config, updates }, imageShape);
      const before = await readVariables(fresh.discriminator.variables);
      fresh.dispose();
      const learning = [...before.keys()].filter(
        (name) => name.endsWith('/kernel') && !name.startsWith(within),
      );
      // A head for each of two maps, the features, and the image.
      expect(learning.filter((name) => name.endsWith('head/kernel'))).toHaveLength(4);
      for (const name of learning) {
        expect(checkpoint.variables.get(name), name).not.toEqual(before.get(name));
      }
    }
  });

  it('trains the network once for all trainings on the same images', async () => {
    said.length = 0;
    await learnt();
    expect(said).toEqual([]);
    expect((await readdir(folder)).filter((name) => name.includes('feature-network'))).toHaveLength(
      1,
    );
    await keeping(engine, data, { ...featureNetwork, steps: 2 }, watched);
    expect(said).toEqual([
      expect.stringMatching(/^training train-feature-network, 2 steps, once; kept in /),
    ]);
  });

  it('goes on with the same bits, and without the classifier', async () => {
    const straight = await trainGan({ data, engine, config: changes, featureNetwork: keeping });
    const out = join(folder, 'stopped');
    await trainGan({
      ...{ data, engine, config: changes, featureNetwork: keeping, out },
      minutes: 1e-9,
    });
    const { checkpoint } = await resumeGan(out, { data, engine });
    expect(checkpoint.variables).toEqual(straight.checkpoint.variables);
  });

  it('knows what else there is to tell: classes, and whether they are recognised', async () => {
    const told = { ...changes, conditional: true, recognitionWeight: 1 };
    const { outcome, metrics } = await trainGan({
      ...{ data, engine, config: told, featureNetwork: keeping },
    });
    expect(outcome).toBe('finished');
    expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
  });

  it('has one network on all ranks, which rank 0 has trained', async () => {
    let asked = 0;
    const judges = async () =>
      ({
        featureNetwork: (...given) => {
          asked++;
          return keeping(...given);
        },
      }) as Judges;
    const trained = await Promise.all(
      worldsOf(2).map((world) =>
        runTraining(ganTraining(judges), {
          ...{ config, team: new Team(world) },
          surroundings: { data, engine },
        }),
      ),
    );
    expect(asked).toBe(1);
    const known = await learnt();
    for (const { checkpoint } of trained) expect(ofNetwork(checkpoint.variables)).toEqual(known);
  });
});

describe('it is refused', () => {
  it('when nothing was given that has learnt the images, before there is a folder', async () => {
    const out = join(folder, 'unknowing');
    await expect(trainGan({ data, engine, out, config: changes })).rejects.toThrow(UsageError);
    await expect(trainGan({ data, engine, out, config: changes })).rejects.toThrow(
      'discriminator.featureNetwork: nothing was given that has learnt the images; give trainFeatureNetwork',
    );
    expect(await readdir(folder)).not.toContain('unknowing');
  });

  it('when the images have no classes', async () => {
    const unlabelled = { ...data.train, labels: undefined, classNames: [] };
    await expect(
      trainGan({
        ...{ engine, featureNetwork: keeping, config: changes },
        data: { train: unlabelled, test: unlabelled },
      }),
    ).rejects.toThrow(
      'discriminator.featureNetwork: train has no classes that a classifier could learn to tell apart; --set discriminator.featureNetwork.steps=0 does without it',
    );
  });

  it.each<[string, (weights: FeatureWeights) => FeatureWeights, string]>([
    ['lack one', (all) => new Map([...all].slice(1)), 'conv_0/kernel'],
    [
      'have another shape',
      (all) => new Map(all).set('conv_1/bias', float32([4], new Float32Array(4))),
      '[4]',
    ],
  ])('when its weights %s', async (_what, wrong, says) => {
    const given = async () => wrong(await learnt());
    const training = trainGan({ data, engine, config: changes, featureNetwork: given });
    await expect(training).rejects.toThrow(InputError);
    await expect(training).rejects.toThrow(says);
  });

  it('when the classifier is asked to stop, which goes on with the next training', async () => {
    const sizes = { ...featureNetwork, steps: 5 };
    const signal = AbortSignal.abort();
    const stopped = keeping(engine, data, sizes, { ...watched, signal });
    await expect(stopped).rejects.toThrow(StoppedError);
    await expect(stopped).rejects.toThrow(
      'stopped after step 0 of 5 of train-feature-network; give the same command again to go on there',
    );
    expect((await keeping(engine, data, sizes, watched)).size).toBe(6);
  });

  it.each([
    [{ channels: [] }, 'channels'],
    [{ steps: -1 }, 'steps'],
    [{ depth: 3 }, 'depth'],
  ])('as a configuration: %j', (network, says) => {
    const parsed = ganConfigSchema.safeParse({
      ...config,
      discriminator: { ...config.discriminator, featureNetwork: network },
    });
    expect(parsed.error?.issues.map((issue) => JSON.stringify(issue)).join()).toContain(says);
  });
});
