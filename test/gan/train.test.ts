import '@tensorflow/tfjs-backend-cpu';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restoreGenerator } from '../../gan/checkpoint.js';
import type { GanConfig } from '../../gan/config.js';
import { createSampler } from '../../gan/sample.js';
import { trainGan } from '../../gan/train.js';
import type { Engine } from '../../src/engine/engine.js';
import { openEngine } from '../../src/engine/open.js';
import { InputError, UsageError } from '../../src/errors.js';
import { readPng } from '../../src/image/png.js';
import { loadCheckpoint } from '../../src/train/checkpoint.js';
import type { LoopResult } from '../../src/train/loop.js';
import { createRun, RunFolder } from '../../src/train/run-folder.js';
import { noisyDigits, tinyDcgans, tinyMixers } from './tiny.js';

const data = { train: noisyDigits('train', 20), test: noisyDigits('test', 6) };
const augmentation = { translatePixels: 1, scale: 0.1, cutoutPixels: 2 };
const silent = { write: () => true };

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-train-gan-'));
  ({ engine } = await openEngine('cpu'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts a run, or goes on with it; stops after one step if told to. */
async function train(name: string, config: GanConfig, stop = false): Promise<LoopResult> {
  const run = new RunFolder(join(folder, name));
  const from = await loadCheckpoint(run.checkpointPath).catch(() => undefined);
  if (from === undefined) {
    await createRun({ out: run.path, preset: 'test', now: new Date(0), config });
  }
  const minutes = stop ? { minutes: 1e-9 } : {};
  return trainGan({ config, data, engine, run, from, stream: silent, ...minutes });
}

const variablesOf = async (name: string) =>
  (await loadCheckpoint(new RunFolder(join(folder, name)).checkpointPath)).variables;

const cases: Record<string, GanConfig> = {
  conditional: { ...tinyMixers, conditional: true },
  augmented: { ...tinyMixers, augmentation },
  'of players that learn together': { ...tinyMixers, updates: 'together' },
  'whose penalty falls': {
    ...tinyMixers,
    penalty: { ...tinyMixers.penalty, every: 1, finalShare: 0.1 },
  },
  dcgan: tinyDcgans,
  'conditional, augmented dcgan': { ...tinyDcgans, conditional: true, augmentation },
};

describe.each(Object.entries(cases))('a training, %s', (name, config) => {
  it('logs finite metrics, probes among them', async () => {
    const { outcome, metrics } = await train(name, config);
    expect(outcome).toBe('finished');
    expect(Object.keys(metrics)).toEqual(
      expect.arrayContaining([
        ...['discriminator.loss', 'discriminator.heldOutLogit', 'generator.gradientNorm'],
        ...['saturatedShare', 'realSaturatedShare', 'batchDiversity', 'realDiversity'],
      ]),
    );
    const lines = (await readFile(join(folder, name, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      const { realDiversity, ...values } = JSON.parse(line) as Record<string, number>;
      expect(Object.values(values).every(Number.isFinite)).toBe(true);
      expect(realDiversity).toBeGreaterThan(0.1);
    }
  });

  it('that is stopped ends with the same bits', async () => {
    const stopped = `${name}, stopped`;
    expect(await train(stopped, config, true)).toMatchObject({ outcome: 'out of time', steps: 1 });
    await train(stopped, config);
    const variables = await variablesOf(stopped);
    expect(variables).toEqual(await variablesOf(name));
    expect([...variables.keys()].some((key) => key.endsWith('moving_mean'))).toBe(
      config.generator.arch === 'dcgan',
    );
  });
});

it('a penalty that falls is that of every step', async () => {
  const fallen = cases['whose penalty falls']!;
  const constant = { ...fallen, penalty: { ...fallen.penalty, finalShare: 1 } };
  const ended = await train('with a constant penalty', constant);
  expect(ended.metrics['discriminator.r1']).not.toBe(
    (await train('with a falling one', fallen)).metrics['discriminator.r1'],
  );
});

describe('a conditional GAN', () => {
  it('draws a column for each class, and can be asked for one', async () => {
    await train('asked', cases.conditional!);
    const run = new RunFolder(join(folder, 'asked'));
    // Eight rows of three columns.
    expect(await readPng(run.fakesPath(3))).toMatchObject({ width: 32, height: 82 });
    const checkpoint = await loadCheckpoint(run.checkpointPath);
    const { generator, classNames } = restoreGenerator(cases.conditional!, checkpoint);
    expect(classNames).toEqual(['zero', 'one', 'two']);
    const sample = createSampler(engine, generator);
    const latents = new Float32Array(6).fill(0.5);
    const images = await sample(latents, Int32Array.of(1, 2));
    expect(images.subarray(0, 64)).not.toEqual(images.subarray(64));
    expect(await sample(latents, Int32Array.of(2, 2))).toEqual(
      Float32Array.of(...images.subarray(64), ...images.subarray(64)),
    );
    await expect(sample(latents)).rejects.toThrow(
      'a conditional generator is given classes, and no other is',
    );
  });

  it('needs labels', async () => {
    const bare = { ...data.train, labels: undefined };
    await expect(
      trainGan({ config: cases.conditional!, data: { ...data, train: bare }, engine }),
    ).rejects.toThrow(
      new InputError('train has images but no labels; a conditional GAN needs them'),
    );
  });
});

describe('scores during a training', () => {
  const config = { ...tinyMixers, pictureEvery: 1, evaluateEvery: 2 };

  it('are refused by name where nothing can give them', async () => {
    await expect(trainGan({ config, data, engine })).rejects.toThrow(
      new UsageError(
        'evaluateEvery=2: nothing was given that scores pictures; give an extractor of features, or set it to 0',
      ),
    );
  });

  it('are asked for when they are due', async () => {
    const steps: number[] = [];
    const evaluate = async () => ({ 'evaluation.score': 7 });
    await trainGan({
      ...{ config, data, engine, evaluate },
      onStep: (step, metrics) => void ('evaluation.score' in metrics && steps.push(step)),
    });
    // The last of three steps too.
    expect(steps).toEqual([2, 3]);
  });
});
