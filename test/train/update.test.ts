import { describe, expect, it } from 'vitest';
import { classifierPlayer } from '../../classifier/player.js';
import { classifierPresets } from '../../classifier/presets.js';
import { classifierUpdate } from '../../classifier/step.js';
import { Gan } from '../../gan/gan.js';
import { discriminatorUpdate, generatorUpdate } from '../../gan/steps.js';
import type { HostTensor } from '../../src/compile/step.js';
import { float32, scalar } from '../../src/compile/step.js';
import { openEngine } from '../../src/engine/open.js';
import { RandomStream } from '../../src/random.js';
import { type GradientOutputs, GradientSum } from '../../src/train/gradient-sum.js';
import type { Player } from '../../src/train/player.js';
import { compileUpdate, type Update, wholeStep } from '../../src/train/update.js';
import { readVariables } from '../../src/train/variables.js';
import { imageShape, tinyMixers } from '../gan/tiny.js';
import { expectSameTensors, normal } from '../support/compiled.js';

type Inputs = Record<string, HostTensor>;

interface Case {
  readonly player: Player;
  readonly update: Update;
  /** Of a batch of 12. */
  readonly inputs: Inputs;
}

const random = RandomStream.fromSeed(3);
const images = () => normal(random, [12, ...imageShape]);
const learningRate = scalar(0.01);
const emaDecay = scalar(0.5);
const { penalty } = tinyMixers;

function gan(player: 'generator' | 'discriminator', of: (gan: Gan) => Update): Case {
  const both = new Gan(tinyMixers, imageShape);
  const inputs = { reals: images(), latents: normal(random, [12, 3]) };
  return { player: both[player], update: of(both), inputs };
}

const cases: Readonly<Record<string, () => Case>> = {
  classifier: () => {
    const sizes = { patch: 4, channels: 6, tokenDim: 5, channelDim: 7, numBlocks: 1 };
    const model = { arch: 'mixer' as const, ...sizes };
    const config = { ...classifierPresets['digits-quick']!, model, emaDecay: 0.9 };
    const player = classifierPlayer(config, { imageShape, classNames: ['a', 'b', 'c'] });
    const targets = new Float32Array(36);
    for (let i = 0; i < 12; i++) targets[3 * i + (i % 3)] = 1;
    const inputs = { images: images(), targets: float32([12, 3], targets) };
    return { player, update: classifierUpdate(player, { clipNorm: 0.5 }), inputs };
  },
  'discriminator with R1 + R2': () =>
    gan('discriminator', (both) =>
      discriminatorUpdate(both, { loss: 'hinge', penalty, penalised: true }),
    ),
  generator: () => gan('generator', (both) => generatorUpdate(both, { loss: 'relativistic' })),
};

/** Examples `from` … `to` − 1 of every input. */
const rows = (inputs: Inputs, from: number, to: number): Inputs =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, values }]) => {
      const size = values.length / shape[0]!;
      const some = values.slice(from * size, to * size) as Float32Array;
      return [name, float32([to - from, ...shape.slice(1)], some)];
    }),
  );

const stateOf = async ({ state }: Player): Promise<Inputs> =>
  Object.fromEntries(await readVariables(state));

describe.each(['cpu', 'onnx'] as const)('on %s', (name) => {
  describe.each(Object.entries(cases))('the update of a %s', (_, make) => {
    it('cut in two is the update in one', async ({ skip }) => {
      const opened = await openEngine(name).catch(() => skip(`${name} does not load here`));
      const { engine } = opened;
      const [whole, halves] = [make(), make()];
      const rates = { learningRate, emaDecay };
      const expected = await engine.compile(wholeStep(whole.update))({ ...whole.inputs, ...rates });
      const { gradient, weight, ...reports } = await engine.compile(halves.update.gradient)(
        whole.inputs,
      );
      expect(weight!.values[0]).toBe(12);
      const rest = await engine.compile(halves.update.update)({ gradient: gradient!, ...rates });
      expectSameTensors({ ...reports, ...rest }, expected, 1e-5);
      expectSameTensors(await stateOf(halves.player), await stateOf(whole.player), 1e-4);
    });

    it('sums the gradients of parts of a batch, on machines of their own too', async ({ skip }) => {
      const opened = await openEngine(name).catch(() => skip(`${name} does not load here`));
      const { engine } = opened;
      const { update, inputs } = make();
      const gradient = engine.compile(update.gradient);
      const outputs = async (from: number, to: number) =>
        (await gradient(rows(inputs, from, to))) as GradientOutputs;
      const expected = await outputs(0, 12);
      // Parts of two sizes: each counts by its examples.
      const [here, there, both] = [new GradientSum(), new GradientSum(), new GradientSum()];
      here.add(await outputs(0, 2));
      here.add(await outputs(2, 8));
      there.add(await outputs(8, 12));
      both.add(here.mean());
      both.add(there.mean());
      expectSameTensors(both.mean(), expected, 1e-4);
    });

    it('takes several batches as one', async ({ skip }) => {
      const opened = await openEngine(name).catch(() => skip(`${name} does not load here`));
      const { engine } = opened;
      const [whole, parts] = [make(), make()];
      const rates = { learningRate, emaDecay };
      const expected = await compileUpdate(engine, whole.update)(() => whole.inputs, rates);
      const inThree = compileUpdate(engine, parts.update, 3);
      const actual = await inThree((i) => rows(whole.inputs, 4 * i, 4 * i + 4), rates);
      expectSameTensors(actual, expected, 1e-4);
      // Adam's first moment is (1 − β₁) · g; the weights go a whole step by gradients of nothing.
      const moments = async ({ player }: Case) => {
        const state = Object.entries(await stateOf(player));
        return Object.fromEntries(state.filter(([key]) => key.endsWith('/m')));
      };
      expectSameTensors(await moments(parts), await moments(whole), 1e-4);
    });
  });
});

it('hears signals between the batches of one update', async () => {
  const step = async () => ({ gradient: scalar(1), weight: scalar(1), gradientNorm: scalar(1) });
  const engine = { compile: () => Object.assign(step, { dispose: async () => undefined }) };
  const update = compileUpdate(engine, {} as Update, 3);
  let turns = 0;
  const seen: number[] = [];
  const turn = (): void => {
    turns++;
    setImmediate(turn).unref();
  };
  setImmediate(turn).unref();
  await update((i) => {
    seen[i] = turns;
    return {};
  }, {});
  expect(seen[1]).toBeGreaterThan(seen[0]!);
  expect(seen[2]).toBeGreaterThan(seen[1]!);
});
