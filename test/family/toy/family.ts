/** A family as small as they come: a linear regressor that learns how bright a picture is. */
import { z } from 'zod';
import { size, wholeNumber } from '../../../src/config/numbers.js';
import { runKeys } from '../../../src/config/run-keys.js';
import type { Family, RunCommand } from '../../../src/family/family.js';
import { dataFlag } from '../../../src/family/flags.js';

const schema = z.strictObject({
  kind: z.literal('toy'),
  ...runKeys('updates of the weights'),
  batchSize: size().describe('images of each update'),
  rate: z.number().positive().describe('of learning'),
  /** Absent for none. */
  bias: z.boolean().exactOptional().meta({ description: 'whether it may be off', flag: true }),
  every: wholeNumber(1).describe('steps between lines of metrics, evaluations and checkpoints'),
});

export type ToyConfig = z.output<typeof schema>;

const flags = z.strictObject({ ...dataFlag });

const evaluate: RunCommand<ToyConfig, typeof flags> = {
  flags,
  computes: true,
  run: async (opened, asked, context) =>
    (await import('./regressor.js')).evaluateToy(opened, asked.data, context),
};

const bright: ToyConfig = {
  ...{ kind: 'toy', preset: 'bright', data: 'mnist', seed: 0, steps: 4 },
  ...{ batchSize: 4, rate: 0.001, every: 2 },
};

export const toyFamily: Family<ToyConfig> = {
  kind: 'toy',
  title: 'toy',
  description: 'train a regressor of brightness',
  settings: async () => ({
    kind: 'toy',
    schema,
    presets: { bright },
    defaultPreset: 'bright',
  }),
  training: async () => (await import('./regressor.js')).toyTraining,
  models: async () => {
    const { toyTraining } = await import('./regressor.js');
    const input = { imageShape: [8, 8, 1], numClasses: 0 } as const;
    const summary = () => toyTraining.summarise(bright, input);
    return [{ name: 'bright', what: 'toy, 8×8×1', summary }];
  },
  report: async () => ({
    flags: z.strictObject({}),
    computes: false,
    curves: [{ title: 'Squared error', names: ['loss', 'testLoss'] }],
    sections: async ({ config }) => [{ title: 'Rate', content: config.rate }],
  }),
  export: async () => (await import('./regressor.js')).toyExport,
  runCommands: {
    evaluate: { description: 'measure how well a toy sees brightness', load: async () => evaluate },
  },
};
