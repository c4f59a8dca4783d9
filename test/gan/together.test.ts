import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type GanConfig, ganConfigSchema } from '../../gan/config.js';
import { drawAugmentation } from '../../gan/diff-augment.js';
import { Gan } from '../../gan/gan.js';
import type { Recognition } from '../../gan/recognition.js';
import { augmentationInputs, discriminatorStep, generatorStep } from '../../gan/steps.js';
import { togetherStep } from '../../gan/together.js';
import type { StepTensors } from '../../src/compile/step.js';
import { mendSecondOrderGradients } from '../../src/compile/trace/second-order.js';
import { RandomStream } from '../../src/random.js';
import type { NamedVariables } from '../../src/train/variables.js';
import { uniform } from '../golden/formula.js';
import { imageShape, tinyDcgans, tinyMixers } from './tiny.js';

beforeAll(mendSecondOrderGradients);

const mapsOf = (whose: 'reals' | 'fakes', seed: number) => {
  const config = { translatePixels: 2, scale: 0.2, cutoutPixels: 3 };
  const size = { count: 4, height: 8, width: 8 };
  const { rows, columns, keep } = drawAugmentation(RandomStream.fromSeed(seed), size, config);
  const square = ({ values }: { values: ArrayLike<number> }) =>
    tf.tensor(Float32Array.from(values), [4, 8, 8]);
  return augmentationInputs(whose, {
    rows: square(rows),
    columns: square(columns),
    keep: square(keep),
  });
};

const images = () => ({
  reals: uniform('reals', [4, ...imageShape]),
  latents: uniform('latents', [4, 3]),
});
const rates = () => ({ learningRate: tf.scalar(1e-3), emaDecay: tf.scalar(0.9) });
const ownRates = () => ({
  discriminatorRate: tf.scalar(1e-3),
  generatorRate: tf.scalar(1e-3),
  emaDecay: tf.scalar(0.9),
});

interface Case {
  readonly config: GanConfig & { readonly recognition?: Recognition };
  readonly numClasses?: number;
  readonly inputs?: () => Record<string, tf.Tensor>;
}

const looking: GanConfig = {
  ...tinyMixers,
  discriminator: {
    ...tinyMixers.discriminator,
    featureNetwork: { channels: [3, 5], features: 6, steps: 1 },
  } as GanConfig['discriminator'],
};

const told = {
  numClasses: 3,
  inputs: () => ({ labels: tf.oneHot(tf.tensor1d([0, 2, 1, 0], 'int32'), 3, 1, 0, 'float32') }),
};

const cases: Record<string, Case> = {
  relativistic: { config: { ...tinyMixers, loss: 'relativistic' } },
  'non-saturating': { config: { ...tinyMixers, loss: 'non-saturating' } },
  conditional: { config: tinyMixers, ...told },
  'recognising what is told': {
    config: { ...tinyMixers, recognition: { weight: 2, sizes: [3] } },
    ...told,
  },
  'of several verdicts': { config: looking },
  'of several verdicts, told and recognising': {
    config: { ...looking, recognition: { weight: 2, sizes: [3] } },
    ...told,
  },
  augmented: {
    config: tinyMixers,
    inputs: () => ({ ...mapsOf('reals', 1), ...mapsOf('fakes', 2) }),
  },
  'with batch normalisation in the generator': { config: tinyDcgans },
};

describe.each(Object.entries(cases))(
  'updates together, %s',
  (_, { config, numClasses, inputs }) => {
    /** What a step teaches a player that has not learned before, and what it says. */
    const learned = (
      player: 'generator' | 'discriminator',
      take: (gan: Gan, given: Record<string, tf.Tensor>) => StepTensors,
    ) => {
      const gan = new Gan(config, imageShape, numClasses);
      const outputs = tf.tidy(() => take(gan, { ...images(), ...inputs?.() }));
      // The first moments are the gradients; what Adam makes of a gradient of 0 is noise.
      const telling = [...gan[player].state].filter(([name]) =>
        /\/(m|count|moving_\w+)$/.test(name),
      );
      const state = valuesOf(new Map(telling));
      gan.dispose();
      return { outputs: valuesOf(new Map(Object.entries(outputs))), state };
    };

    it.each([false, true])('are those that each takes alone, penalised: %s', (penalised) => {
      const options = { ...config, penalised };
      for (const player of ['discriminator', 'generator'] as const) {
        const together = learned(player, (gan, given) =>
          togetherStep(gan, options)({ ...given, ...ownRates() }),
        );
        const alone = learned(player, (gan, given) =>
          (player === 'generator' ? generatorStep : discriminatorStep)(
            gan,
            options,
          )({
            ...given,
            ...rates(),
          }),
        );
        expectClose(together.state, alone.state);
        const named = Object.entries(alone.outputs).map(([name, value]) => [
          `${player}.${name}`,
          value,
        ]);
        const said = Object.entries(together.outputs).filter(([name]) => name.startsWith(player));
        expectClose(Object.fromEntries(said), Object.fromEntries(named));
      }
    });

    it('leave no tensors behind', () => {
      const gan = new Gan(config, imageShape, numClasses);
      const step = togetherStep(gan, { ...config, penalised: true });
      const before = tf.memory().numTensors;
      tf.tidy(() => void step({ ...images(), ...inputs?.(), ...ownRates() }));
      expect(tf.memory().numTensors).toBe(before);
      gan.dispose();
    });
  },
);

describe('the configuration', () => {
  const together = { ...tinyMixers, updates: 'together' } as const;
  const problemOf = (config: object): string | undefined => {
    const { error } = ganConfigSchema.safeParse(config);
    return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n');
  };

  it('takes updates one after the other for granted', () => {
    const { updates: _, ...before } = tinyMixers;
    expect(ganConfigSchema.parse(before).updates).toBe('alternating');
  });

  it('refuses what cannot be learned together', () => {
    expect(problemOf(together)).toBeUndefined();
    expect(problemOf({ ...together, loss: 'hinge' })).toMatch(/^updates: .*hinge/);
    const discriminator = { arch: 'dcgan', channels: [4], norm: 'batch' };
    expect(problemOf({ ...together, discriminator })).toMatch(/^updates: .*batch normalisation/);
    expect(problemOf({ ...together, discriminator: { ...discriminator, norm: 'none' } })).toBe(
      undefined,
    );
  });
});

type Values = Readonly<Record<string, readonly number[]>>;

const valuesOf = (tensors: NamedVariables | ReadonlyMap<string, tf.Tensor>): Values =>
  Object.fromEntries([...tensors].map(([name, x]) => [name, [...x.dataSync()]]));

function expectClose(actual: Values, expected: Values): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected)) {
    const largest = Math.max(...values.map(Math.abs));
    const errors = values.map((value, i) => Math.abs(actual[name]![i]! - value));
    expect(Math.max(...errors), name).toBeLessThan(1e-5 * largest + 1e-7);
  }
}
