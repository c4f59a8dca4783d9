import '@tensorflow/tfjs-backend-cpu';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DivergedError } from '../../src/errors.js';
import { loadCheckpoint } from '../../src/train/checkpoint.js';
import { FolderRecord } from '../../src/train/folder-record.js';
import { type LoopOptions, type Metrics, type Trainee, trainLoop } from '../../src/train/loop.js';
import { RunFolder } from '../../src/train/run-folder.js';
import { cpuEngine } from '../support/compiled.js';

let folder: string;
beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'mixgan-loop-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Adds 1 to its only weight at every step. */
function counter(changes: Partial<Trainee> = {}): Trainee & { readonly weight: tf.Variable } {
  const weight = tf.variable(tf.scalar(0));
  return {
    weight,
    kind: 'counter',
    variables: new Map([['weight', weight]]),
    async step() {
      weight.assign(tf.add(weight, 1));
      return { loss: 10 - weight.dataSync()[0]! };
    },
    milestone: async (taken) => ({ seen: taken }),
    headline: ({ loss }) => ({ loss: loss! }),
    ...changes,
  };
}

const train = (options: Partial<LoopOptions> = {}) =>
  trainLoop(
    {
      engine: cpuEngine(),
      trainee: counter(),
      config: { kind: 'counter' },
      schedule: { steps: 6, logEvery: 2, milestoneEvery: 3, saveEvery: 4 },
      ...options,
    },
    FolderRecord.open,
  );

/** But for the seconds. */
async function metricsOf(run: RunFolder): Promise<object[]> {
  const lines = (await readFile(run.metricsPath, 'utf8')).trim().split('\n');
  return lines.map((line) => {
    const { seconds: _, ...rest } = JSON.parse(line) as Record<string, number>;
    return rest;
  });
}

const newRun = async (): Promise<RunFolder> => new RunFolder(await mkdtemp(join(folder, 'run-')));

describe('a training without a folder', () => {
  it('tells every step what it came to, and returns the weights', async () => {
    const steps: [number, Metrics][] = [];
    const result = await train({
      onStep: async (step, metrics) => void steps.push([step, metrics]),
    });
    expect(steps).toEqual([
      [1, { loss: 9 }],
      [2, { loss: 8 }],
      [3, { loss: 7, seen: 3 }],
      [4, { loss: 6 }],
      [5, { loss: 5 }],
      [6, { loss: 4, seen: 6 }],
    ]);
    expect(result).toMatchObject({ outcome: 'finished', steps: 6, metrics: { loss: 4, seen: 6 } });
    const { kind, step, config, variables } = result.checkpoint;
    expect({ kind, step, config }).toEqual({
      kind: 'counter',
      step: 6,
      config: { kind: 'counter' },
    });
    expect(variables.get('weight')).toEqual({
      dtype: 'float32',
      shape: [],
      values: Float32Array.of(6),
    });
  });

  it('says again at the end what is wrong still', async () => {
    const run = await newRun();
    const trainee = counter({ disorders: () => ['the numbers are all alike'] });
    await train({ trainee, run });
    const log = await readFile(run.logPath, 'utf8');
    expect(log).toMatch(/at the end, too, the numbers are all alike\n.*finished after step 6\n/);
  });

  it('says that it diverged, and of no checkpoint', async () => {
    const step = async () => ({ loss: Number.NaN });
    await expect(train({ trainee: counter({ step }) })).rejects.toThrow(
      new DivergedError(
        'training diverged at step 1: loss is NaN; try a lower learning rate or a firmer penalty',
      ),
    );
  });
});

describe('a training that is asked to stop', () => {
  it('finishes its step, saves, and goes on later', async () => {
    const run = await newRun();
    const stop = new AbortController();
    const told: string[] = [];
    const first = await train({
      run,
      signal: stop.signal,
      stream: { write: (text: string) => told.push(text) },
      onStep: (step) => void (step === 5 && stop.abort('a moment')),
    });
    expect(first).toMatchObject({ outcome: 'interrupted', steps: 5 });
    expect(told).toContain('a moment\n');
    expect(told.at(-1)).toBe(`stopped after step 5; to go on, add --resume ${run.path}\n`);
    const from = await loadCheckpoint(run.checkpointPath, { kind: 'counter' });
    expect(from.step).toBe(5);
    const second = await train({ run, from });
    expect(second).toMatchObject({ outcome: 'finished', steps: 6, metrics: { seen: 6 } });
    expect(second.checkpoint.variables.get('weight')!.values).toEqual(Float32Array.of(6));
    const straight = await newRun();
    await train({ run: straight });
    expect(await metricsOf(run)).toEqual(await metricsOf(straight));
  });

  it('before its first step takes none', async () => {
    const run = await newRun();
    const result = await train({ run, signal: AbortSignal.abort() });
    expect(result).toMatchObject({ outcome: 'interrupted', steps: 0 });
    expect((await loadCheckpoint(run.checkpointPath)).step).toBe(0);
  });
});

it('a training that has no time left leaves no milestone that another would not have', async () => {
  const [run, straight] = [await newRun(), await newRun()];
  expect(await train({ run, minutes: 1e-9 })).toMatchObject({ outcome: 'out of time', steps: 1 });
  expect(await metricsOf(run)).toEqual([{ step: 0, seen: 0 }]);
  const from = await loadCheckpoint(run.checkpointPath);
  await train({ run, from });
  await train({ run: straight });
  expect(await metricsOf(run)).toEqual(await metricsOf(straight));
  expect((await readdir(run.path)).sort()).toEqual(['checkpoint', 'log.txt', 'metrics.jsonl']);
});
