/** Shares of a batch, added up, are the batch. */
import { beforeAll, describe, expect, it } from 'vitest';
import { classifierPlayer } from '../../classifier/player.js';
import { classifierPresets } from '../../classifier/presets.js';
import { classifierUpdate } from '../../classifier/step.js';
import { Gan } from '../../gan/gan.js';
import { compileGanStep } from '../../gan/updates.js';
import { float32, type HostTensor, scalar } from '../../src/compile/step.js';
import type { Engine } from '../../src/engine/engine.js';
import { openEngine } from '../../src/engine/open.js';
import { RandomStream } from '../../src/random.js';
import { shareOf } from '../../src/train/share.js';
import { Team } from '../../src/train/team.js';
import { compileUpdate } from '../../src/train/update.js';
import { type NamedVariables, readVariables } from '../../src/train/variables.js';
import { imageShape, tinyDcgans, tinyMixers } from '../gan/tiny.js';
import { expectSameTensors, normal } from '../support/compiled.js';
import { worldsOf } from '../support/worlds.js';

let engine: Engine;

beforeAll(async () => {
  ({ engine } = await openEngine('cpu'));
});

const random = RandomStream.fromSeed(3);
/** Shared unevenly by two. */
const batchSize = 7;
const reals = normal(random, [batchSize, ...imageShape]);
const latents = normal(random, [batchSize, 3]);

const emaDecay = scalar(0.5);
const rates = { discriminatorRate: scalar(0.01), generatorRate: scalar(0.02), emaDecay };

type Tensors = Record<string, HostTensor>;

/**
 * Without what goes a whole step by a gradient of nothing: of Adam's state the first moment, which is
 * (1 − β₁) · g.
 */
async function gradientsIn(state: NamedVariables): Promise<Tensors> {
  const all = [...(await readVariables(state))];
  return Object.fromEntries(all.filter(([name]) => /\/m$|moving_/.test(name)));
}

const all = async (state: NamedVariables): Promise<Tensors> =>
  Object.fromEntries(await readVariables(state));

/** What each rank of a team comes to. */
const ranks = <T>(size: number, task: (team: Team) => Promise<T>): Promise<T[]> =>
  Promise.all(worldsOf(size).map((world) => task(new Team(world))));

describe.each(['alternating', 'together'] as const)('updates %s', (updates) => {
  const config = { ...tinyMixers, updates };

  it.each([true, false])('with a penalty: %s', async (penalised) => {
    const inputs = { reals, latents };
    const whole = new Gan(config, imageShape);
    const step = compileGanStep(engine, whole, config);
    const expected = await step(penalised, { discriminator: inputs, generator: inputs }, rates);
    const results = await ranks(2, async (team) => {
      const gan = new Gan(config, imageShape);
      const batches = { discriminator: inputs, generator: inputs };
      const outputs = await compileGanStep(engine, gan, config, team)(penalised, batches, rates);
      return { outputs, state: await all(gan.state), moments: await gradientsIn(gan.state) };
    });
    for (const { outputs, moments } of results) {
      expectSameTensors(outputs, expected, 1e-5);
      expectSameTensors(moments, await gradientsIn(whole.state), 1e-5);
    }
    // All ranks come to the very same.
    expectSameTensors(results[1]!.state, results[0]!.state, 0);
  });
});

it('takes the mean of running statistics', async () => {
  const config = { ...tinyDcgans, updates: 'alternating' as const };
  const inputs = { reals, latents };
  const step = async (gan: Gan, team: Team, part: Tensors) => {
    const batches = { discriminator: part, generator: part };
    await compileGanStep(engine, gan, config, team)(false, batches, rates);
    return gradientsIn(gan.generator.variables);
  };
  const together = await ranks(2, (team) => step(new Gan(config, imageShape), team, inputs));
  const apart = await Promise.all(
    [0, 1].map((rank) =>
      step(
        new Gan(config, imageShape),
        new Team(),
        shareOf(inputs, batchSize, { rank, size: 2 }) as Tensors,
      ),
    ),
  );
  const names = Object.keys(together[0]!).filter((name) => name.includes('moving_'));
  expect(names.length).toBeGreaterThan(0);
  // The discriminator's update comes first; after it, both have drawn with the same generator.
  for (const name of names) {
    expect(together[1]![name]!.values).toEqual(together[0]![name]!.values);
    together[0]![name]!.values.forEach((value, i) => {
      const [a, b] = apart.map((own) => own[name]!.values[i]!) as [number, number];
      expect(value).toBeGreaterThanOrEqual(Math.min(a, b) - 1e-6);
      expect(value).toBeLessThanOrEqual(Math.max(a, b) + 1e-6);
    });
  }
});

describe('the update of a classifier', () => {
  const sizes = { patch: 4, channels: 6, tokenDim: 5, channelDim: 7, numBlocks: 1 };
  const model = { arch: 'mixer' as const, ...sizes };
  const config = { ...classifierPresets['digits-quick']!, model, emaDecay: 0.9 };
  const targets = new Float32Array(3 * batchSize);
  for (let i = 0; i < batchSize; i++) targets[3 * i + (i < 3 ? 0 : 2)] = 1;
  const inputs = { images: reals, targets: float32([batchSize, 3], targets) };
  const player = () => classifierPlayer(config, { imageShape, classNames: ['a', 'b', 'c'] });
  const given = { learningRate: scalar(0.01), emaDecay };

  it.each([
    ['one batch', 1, undefined],
    ['several batches', 2, undefined],
    ['weights of classes, of which a share may have none', 1, [0, 1, 2]],
  ] as const)('of %s', async (_, batches, classWeights) => {
    const whole = player();
    const options = { clipNorm: 0.5, classWeights };
    const update = compileUpdate(engine, classifierUpdate(whole, options), batches);
    const expected = await update(() => inputs, given);
    const results = await ranks(2, async (team) => {
      const own = player();
      const step = compileUpdate(engine, classifierUpdate(own, options), batches, team);
      const outputs = await step(() => inputs, given);
      return { outputs, moments: await gradientsIn(own.state) };
    });
    for (const { outputs, moments } of results) {
      expectSameTensors(outputs, expected, 1e-5);
      expectSameTensors(moments, await gradientsIn(whole.state), 1e-5);
    }
  });
});
