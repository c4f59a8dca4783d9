import '@tensorflow/tfjs-backend-cpu';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { openEngine } from '../../src/engine/open.js';
import { InputError } from '../../src/errors.js';
import { readPng } from '../../src/image/png.js';
import { loadCheckpoint } from '../../src/train/checkpoint.js';
import type { LoopResult, Metrics } from '../../src/train/loop.js';
import { createRun, RunFolder } from '../../src/train/run-folder.js';
import { Team } from '../../src/train/team.js';
import type { TranslationConfig } from '../../translation/config.js';
import { trainTranslation } from '../../translation/train.js';
import { worldsOf } from '../support/worlds.js';
import { noisyDomains, tinyCyclegans, tinyMixers, tinyTold } from './tiny.js';

const data = { train: noisyDomains('train', 20), test: noisyDomains('test', 6) };

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-train-translation-'));
  ({ engine } = await openEngine('cpu'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts a run, or goes on with it; stops after one step if told to. */
async function train(name: string, config: TranslationConfig, stop = false): Promise<LoopResult> {
  const run = new RunFolder(join(folder, name));
  const from = await loadCheckpoint(run.checkpointPath).catch(() => undefined);
  if (from === undefined) {
    await createRun({ out: run.path, preset: 'test', now: new Date(0), config });
  }
  const minutes = stop ? { minutes: 1e-9 } : {};
  const stream = { write: () => true };
  return trainTranslation({ config, data, engine, run, from, stream, ...minutes });
}

const variablesOf = async (name: string) =>
  (await loadCheckpoint(new RunFolder(join(folder, name)).checkpointPath)).variables;

const cases = {
  mixers: tinyMixers,
  cyclegans: tinyCyclegans,
  'mixers that are told': tinyTold,
  'cyclegans that are told': { ...tinyCyclegans, attributes: ['kind'] },
};

describe.each(Object.entries(cases))('a training of %s', (name, config) => {
  it('logs finite metrics, and draws six columns', async () => {
    const { outcome } = await train(name, config);
    expect(outcome).toBe('finished');
    const lines = (await readFile(join(folder, name, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      const values = JSON.parse(line) as Record<string, number>;
      expect(Object.values(values).every(Number.isFinite)).toBe(true);
      expect(values['change.aToB']).toBeGreaterThan(0);
      expect(values['generator.identityA'] === 0).toBe(config.identityWeight === 0);
    }
    const run = new RunFolder(join(folder, name));
    // Three held-out images of each domain.
    expect(await readPng(run.fakesPath(3))).toMatchObject({ width: 62, height: 32 });
    expect(await readPng(run.realsPath)).toMatchObject({ width: 102 });
  });

  it('that is stopped ends with the same bits, its pools too', async () => {
    const stopped = `${name}, stopped`;
    expect(await train(stopped, config, true)).toMatchObject({ outcome: 'out of time', steps: 1 });
    await train(stopped, config);
    const variables = await variablesOf(stopped);
    expect(variables).toEqual(await variablesOf(name));
    expect(variables.get('pool/a')!.values.some((value) => value !== 0)).toBe(true);
    const labels = variables.get('pool/labelsA');
    expect(labels?.shape).toEqual(config.attributes.length > 0 ? [4, 3] : undefined);
  });
});

it('a training of what is not two domains is refused', async () => {
  const train = { ...data.train, labels: undefined, classNames: [] };
  await expect(
    trainTranslation({ config: tinyMixers, data: { ...data, train }, engine }),
  ).rejects.toThrow(
    new InputError(
      'train has no classes, and translation needs two domains: a folder that holds two folders of pictures, or A,B with one folder each',
    ),
  );
});

it('told discriminators learn what is told, and otherwise only from looks', async () => {
  const embeddingOf = async (name: string) =>
    (await variablesOf(name)).get('discriminatorA/embedding/kernel');
  await train('told', tinyTold);
  const { values, shape } = (await embeddingOf('told'))!;
  expect(shape).toEqual([3, 4]);
  expect(values.every((value) => value !== 0)).toBe(true);
  await train('untold', tinyMixers);
  expect(await embeddingOf('untold')).toBeUndefined();
});

it('attributes that images do not have are refused', async () => {
  const config = { ...tinyMixers, attributes: ['hair'] };
  await expect(trainTranslation({ config, data, engine })).rejects.toThrow(
    new InputError('train, dark has no attribute hair; it has kind'),
  );
});

it.each(Object.entries(cases))(
  'a team of two trains %s as one process does',
  async (_name, config) => {
    const trained = async (team?: Team): Promise<Metrics[]> => {
      const steps: Metrics[] = [];
      const onStep = (_step: number, metrics: Metrics) => void steps.push(metrics);
      await trainTranslation({ config, data, engine, team, onStep });
      return steps;
    };
    const alone = await trained();
    const [first, second] = await Promise.all(worldsOf(2).map((world) => trained(new Team(world))));
    expect(second).toEqual(first);
    expect(first).toHaveLength(config.steps);
    alone.forEach((metrics, step) => {
      for (const [name, value] of Object.entries(metrics)) {
        // What a share's correlation is of differs from what the batch's is of.
        if (name.startsWith('likeness.')) continue;
        expect(first![step]![name], `${name} at step ${step}`).toBeCloseTo(value, 3);
      }
    });
  },
);
