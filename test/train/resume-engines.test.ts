import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClassifierConfig } from '../../classifier/config.js';
import { classifierPresets } from '../../classifier/presets.js';
import { trainClassifier } from '../../classifier/train.js';
import type { GanConfig } from '../../gan/config.js';
import { ganPresets } from '../../gan/presets.js';
import { trainGan } from '../../gan/train.js';
import type { HostTensor } from '../../src/compile/step.js';
import type { ImageDataset } from '../../src/data/dataset.js';
import type { EngineName } from '../../src/engine/engine.js';
import { openEngine } from '../../src/engine/open.js';
import { RandomStream } from '../../src/random.js';
import { loadCheckpoint } from '../../src/train/checkpoint.js';
import { readMetrics } from '../../src/train/log.js';
import { createRun, RunFolder } from '../../src/train/run-folder.js';
import { slowOptimiser } from '../gan/tiny.js';

const config: GanConfig = {
  ...ganPresets['mnist-quick']!,
  batchSize: 4,
  steps: 8,
  optimiser: slowOptimiser,
  generator: {
    arch: 'mixer',
    latentDim: 3,
    stages: [
      { channels: 6, numBlocks: 1, tokenDim: 4, channelDim: 5 },
      { channels: 4, numBlocks: 1, tokenDim: 4, channelDim: 5 },
    ],
    upsamplingKernel: 4,
  },
  discriminator: {
    arch: 'mixer',
    stem: 'conv',
    patch: 4,
    channels: 6,
    numBlocks: 1,
    tokenDim: 4,
    channelDim: 5,
  },
  penalty: { kind: 'r1+r2', gamma: 1, finalShare: 1, every: 3 },
  logEvery: 1,
  pictureEvery: 100,
  saveEvery: 100,
};

const random = RandomStream.fromSeed(1).split('reals');
const reals: ImageDataset = {
  name: 'noise',
  images: Uint8Array.from({ length: 20 * 64 }, () => random.integer(256)),
  labels: undefined,
  count: 20,
  height: 8,
  width: 8,
  channels: 1,
  classNames: [],
};

/** All that a training remembers, or draws, between its steps. */
const classifierConfig: ClassifierConfig = {
  ...classifierPresets['digits-quick']!,
  batchSize: 4,
  steps: 8,
  model: { arch: 'resnet', channels: [4], blocksPerStage: 2 },
  optimiser: {
    ...{ kind: 'adamw', rate: 0.01, finalShare: 0.1, warmupSteps: 2, schedule: 'linear' },
    ...{ beta1: 0.9, beta2: 0.99, weightDecay: 0.1 },
  },
  clipNorm: 0.5,
  accumulate: 2,
  emaDecay: 0.9,
  stochasticDepth: 0.5,
  classWeights: 'balanced',
  mixupAlpha: 0.3,
  logEvery: 1,
  evaluateEvery: 2,
  saveEvery: 100,
};

const labelled: ImageDataset = {
  ...reals,
  labels: Uint8Array.from({ length: 20 }, (_, i) => Math.floor(i / 8)),
  classNames: ['a', 'b', 'c'],
};

const silent = { write: () => true };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-engines-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Kind = 'gan' | 'classifier';

const configs = { gan: config, classifier: classifierConfig };

/** Trains up to a number of steps, in a new run or on with one. */
async function train(
  name: string,
  engineName: EngineName,
  steps: number,
  kind: Kind = 'gan',
): Promise<void> {
  const { engine } = await openEngine(engineName);
  const out = join(folder, name);
  const run = new RunFolder(out);
  const from = await loadCheckpoint(run.checkpointPath).catch(() => undefined);
  if (from === undefined) {
    await createRun({ out, preset: 'test', now: new Date(0), config: configs[kind] });
  }
  // The schedule is that of all eight steps, wherever training stops.
  const stopAfter = steps < config.steps ? { minutes: 1e-9 } : {};
  for (let taken = from?.step ?? 0; taken < steps; ) {
    const checkpoint = await loadCheckpoint(run.checkpointPath).catch(() => undefined);
    const shared = { engine, run, from: checkpoint, stream: silent, ...stopAfter };
    const result =
      kind === 'gan'
        ? await trainGan({ ...shared, config, data: { train: reals, test: reals } })
        : await trainClassifier({
            ...shared,
            ...{ config: classifierConfig, data: { train: labelled, test: labelled } },
          });
    taken = result.steps;
  }
}

async function variablesOf(name: string): Promise<ReadonlyMap<string, HostTensor>> {
  const run = new RunFolder(join(folder, name));
  return (await loadCheckpoint(run.checkpointPath)).variables;
}

/** But for times. */
async function metricsOf(name: string) {
  const records = await readMetrics(new RunFolder(join(folder, name)).metricsPath, 100);
  return records.map(({ seconds: _, dataWait: __, ...rest }) => rest);
}

const loads = async (name: EngineName): Promise<boolean> =>
  openEngine(name).then(
    () => true,
    () => false,
  );

describe.each(['cpu', 'wasm', 'onnx'] as const)('on %s', (engine) => {
  it('a classifier that is stopped again and again ends with the same bits', async ({ skip }) => {
    if (!(await loads(engine))) skip(`${engine} does not load here`);
    const [straight, stopped] = [`${engine}-classifier`, `${engine}-classifier-stopped`];
    await train(straight, engine, 8, 'classifier');
    await train(stopped, engine, 5, 'classifier');
    await train(stopped, engine, 8, 'classifier');
    const expected = await variablesOf(straight);
    for (const kept of ['model/', 'average/', 'adam/']) {
      expect(
        [...expected.keys()].some((key) => key.startsWith(kept)),
        kept,
      ).toBe(true);
    }
    expect(await variablesOf(stopped)).toEqual(expected);
    expect(await metricsOf(stopped)).toEqual(await metricsOf(straight));
    const [best, expectedBest] = await Promise.all(
      [stopped, straight].map((name) => loadCheckpoint(new RunFolder(join(folder, name)).bestPath)),
    );
    expect(best!.step).toBe(expectedBest!.step);
    expect(best!.variables).toEqual(expectedBest!.variables);
  });

  it('a run that is stopped again and again ends with the same bits', async ({ skip }) => {
    if (!(await loads(engine))) skip(`${engine} does not load here`);
    await train(`${engine}-straight`, engine, config.steps);
    // Stops after each of the first five steps.
    await train(`${engine}-stopped`, engine, 5);
    await train(`${engine}-stopped`, engine, config.steps);
    expect(await variablesOf(`${engine}-stopped`)).toEqual(await variablesOf(`${engine}-straight`));
    expect(await metricsOf(`${engine}-stopped`)).toEqual(await metricsOf(`${engine}-straight`));
  });

  it('a run goes on from where another engine stopped', async ({ skip }) => {
    if (!(await loads(engine))) skip(`${engine} does not load here`);
    await train(`${engine}-mixed`, engine, 4);
    await train(`${engine}-mixed`, 'cpu', config.steps);
    const mixed = await variablesOf(`${engine}-mixed`);
    const straight = await variablesOf('cpu-straight');
    expect([...mixed.keys()]).toEqual([...straight.keys()]);
    for (const [name, { values }] of mixed) {
      // Adam turns rounding noise in gradients that should be zero into steps of its rate.
      const slack = 0.05 * Math.max(...Array.from(straight.get(name)!.values, Math.abs)) + 0.01;
      const expected = straight.get(name)!.values;
      const worst = Array.from(values, (value, i) => Math.abs(value - expected[i]!));
      expect(Math.max(...worst), name).toBeLessThan(slack);
    }
  });
});
