import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ClassifierConfig, classifierConfigSchema } from '../../classifier/config.js';
import { createOptimiser } from '../../classifier/optimiser.js';
import type { OptimiserConfig } from '../../classifier/optimiser-config.js';
import { classifierPresets } from '../../classifier/presets.js';
import { mergeOverrides } from '../../src/config/change.js';
import type { JsonValue, Overrides } from '../../src/config/json.js';
import { parseConfig } from '../../src/config/parse.js';

beforeAll(() => tf.setBackend('cpu'));

const preset = structuredClone(classifierPresets['digits-quick']) as unknown as {
  [key: string]: JsonValue;
};
const rates = { rate: 0.1, finalShare: 0, warmupSteps: 10 };
const parse = (optimiser: unknown): ClassifierConfig['optimiser'] =>
  parseConfig(classifierConfigSchema, { ...preset, optimiser }, 'c.json').optimiser;

describe('the optimiser of a configuration', () => {
  it('is Adam where none is named, as in older configurations', () => {
    const old = { ...rates, beta1: 0.9, beta2: 0.99 };
    expect(parse(old)).toEqual({ ...old, schedule: 'cosine' });
  });

  it('has what is usual where nothing is said', () => {
    const moments = { beta1: 0.9, beta2: 0.999 };
    expect(parse({ kind: 'adamw', ...rates, ...moments })).toMatchObject({ weightDecay: 0.05 });
    expect(parse({ kind: 'sgd', ...rates })).toEqual({
      ...{ kind: 'sgd', ...rates, schedule: 'cosine' },
      ...{ momentum: 0.9, nesterov: false, weightDecay: 0 },
    });
  });

  it.each([
    [{ kind: 'lamb' }, 'optimiser.kind: there is no such optimiser; there are adam, adamw, sgd'],
    [{ kind: 'sgd', ...rates, beta1: 0.9 }, 'unknown key optimiser.beta1'],
    [{ ...rates, beta1: 0.9, beta2: 0.9, weightDecay: 1 }, 'unknown key optimiser.weightDecay'],
    [{ kind: 'sgd', ...rates, momentum: 1 }, 'optimiser.momentum: too big'],
    [{ kind: 'sgd', ...rates, schedule: 'steps' }, 'optimiser.schedule: invalid option'],
  ])('cannot be %j', (optimiser, message) => {
    expect(() => parse(optimiser)).toThrow(message);
  });

  const changed = (from: JsonValue, overrides: JsonValue) => {
    const base = { ...preset, optimiser: from };
    const config = mergeOverrides(classifierConfigSchema, base, { optimiser: overrides }, 'c.json');
    return parse((config as { optimiser: unknown }).optimiser);
  };

  it('keeps the keys that another kind has too, and gets the others of that kind', () => {
    const adam = preset.optimiser as Overrides;
    const shared = { ...rates, schedule: 'linear' };
    const moments = { beta1: 0.8, beta2: 0.95 };
    expect(changed(adam, { kind: 'adamw' })).toEqual({
      ...{ ...adam, kind: 'adamw', weightDecay: 0.05 },
    });
    const decayed = { kind: 'adamw', ...shared, ...moments, weightDecay: 1 };
    expect(changed(decayed, { kind: 'sgd' })).toEqual({
      ...{ kind: 'sgd', ...shared, momentum: 0.9, nesterov: false, weightDecay: 1 },
    });
    const momentum = { kind: 'sgd', ...shared, momentum: 0.5, nesterov: true };
    expect(changed(momentum, { kind: 'adam' })).toEqual({
      ...{ kind: 'adam', ...shared, beta1: 0.9, beta2: 0.999 },
    });
  });

  it('is left for the schema to refuse where it cannot be', () => {
    const adam = preset.optimiser as Overrides;
    for (const kind of ['lamb', 'toString', 3]) {
      expect(() => changed(adam, { kind })).toThrow('optimiser.kind: there is no such optimiser');
    }
    expect(() => changed(adam, { kind: 'sgd', rate: -1 })).toThrow('optimiser.rate: too small');
  });

  it('is replaced by one of another kind, and merged with one of its own', () => {
    const sgd = { kind: 'sgd', ...rates, schedule: 'linear' };
    const own = preset.optimiser as Overrides;
    const rest = { momentum: 0.9, nesterov: false, weightDecay: own.weightDecay };
    expect(changed(own, sgd)).toEqual({ ...sgd, ...rest });
    expect(changed(own, { kind: own.kind as string, rate: 5 })).toEqual({ ...own, rate: 5 });
  });
});

describe('createOptimiser', () => {
  const moments = { beta1: 0.9, beta2: 0.99 };
  const variables = () => new Map([['model/a/kernel', tf.variable(tf.ones([2, 2]))]]);
  const names = (config: OptimiserConfig) => [...createOptimiser(config, variables()).state.keys()];
  const cosine = { ...rates, schedule: 'cosine' } as const;

  it('keeps the state of Adam under the names of older checkpoints', () => {
    const adam = ['adam/count', 'adam/m', 'adam/v'];
    expect(names({ ...cosine, ...moments })).toEqual(adam);
    expect(names({ kind: 'adamw', ...cosine, ...moments, weightDecay: 0.1 })).toEqual(adam);
    expect(
      names({ kind: 'sgd', ...cosine, momentum: 0.9, nesterov: false, weightDecay: 0 }),
    ).toEqual(['sgd/momentum']);
  });

  it('lets weights decay where it is asked to', () => {
    const decayed = (config: OptimiserConfig): number => {
      const weights = variables();
      const still = new Map([['model/a/kernel', tf.zeros([2, 2])]]);
      createOptimiser(config, weights).apply(still, tf.scalar(0.1));
      return weights.get('model/a/kernel')!.dataSync()[0]!;
    };
    expect(decayed({ kind: 'adam', ...cosine, ...moments })).toBe(1);
    expect(decayed({ kind: 'adamw', ...cosine, ...moments, weightDecay: 0.5 })).toBeCloseTo(
      0.95,
      6,
    );
  });
});
