import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { architectureNames } from '../../../classifier/architectures/names.js';
import {
  type Part,
  type PermutationSettings,
  partConfig,
  partName,
  partsOf,
  shuffledSplits,
} from '../../../classifier/experiments/permutation.js';
import {
  type Curve,
  permutationChart,
  permutationTable,
} from '../../../classifier/experiments/permutation-results.js';
import { trainClassifier } from '../../../classifier/train.js';
import { wholeNumber } from '../../config/numbers.js';
import { parseConfig } from '../../config/parse.js';
import type { DatasetSplits } from '../../data/dataset.js';
import { loadDataset } from '../../data/load.js';
import type { Engine } from '../../engine/engine.js';
import { ExitCode, InputError, UsageError } from '../../errors.js';
import { asOutputError, writeFileAtomic } from '../../files.js';
import { chartFile } from '../../report/chart.js';
import { interruptible } from '../../train/interrupt.js';
import { readMetrics } from '../../train/log.js';
import type { LoopResult } from '../../train/loop.js';
import { createRun, openRun, RunFolder } from '../../train/run-folder.js';
import { type EngineFlags, openEngineAloud } from '../engine.js';
import { report } from '../output.js';
import { openClassifierRun } from '../runs.js';

export interface PermutationFlags extends EngineFlags, Partial<PermutationSettings> {
  readonly out?: string;
  readonly resume?: string;
  readonly json?: boolean;
}

const settingsSchema = z.strictObject({
  kind: z.literal('permutation'),
  archs: z.array(z.enum(architectureNames)).min(1),
  seeds: z.array(wholeNumber(0)).min(1),
  steps: wholeNumber(1),
  data: z.string().min(1),
});

const defaults: PermutationSettings = {
  archs: ['mixer', 'resnet'],
  seeds: [0],
  steps: 1200,
  data: 'mnist',
};

/** `mixgan experiment permutation`: one training after the other, each a run in the folder. */
export async function permutation(flags: PermutationFlags): Promise<void> {
  const resumed = flags.resume === undefined ? undefined : await openExperiment(flags);
  const settings = resumed?.settings ?? settingsOf(flags);
  const splits = await loadDataset(settings.data);
  // Told before a folder is made.
  shuffledSplits(splits, 'patches');
  const engine = await openEngineAloud(flags);
  const folder = resumed?.folder ?? (await createExperiment(settings, flags.out));
  const parts = partsOf(settings);
  const experiment = { folder, settings, splits, engine };
  const curves: Curve[] = [];
  for (const [i, part] of parts.entries()) {
    process.stderr.write(`${partName(part)}, ${i + 1} of ${parts.length}\n`);
    if ((await trainPart(part, experiment)) === 'interrupted') {
      process.exitCode = ExitCode.interrupted;
      return;
    }
    curves.push(await curveOf(part, folder));
    await writeResults(curves, settings, folder);
  }
  report(flags.json, documentOf(curves, settings), () =>
    [permutationTable(curves), '', `curves: ${join(folder, 'permutation.svg')}`].join('\n'),
  );
}

function settingsOf({ archs, seeds, steps, data }: PermutationFlags): PermutationSettings {
  return {
    archs: [...new Set(archs ?? defaults.archs)],
    seeds: [...new Set(seeds ?? defaults.seeds)],
    steps: steps ?? defaults.steps,
    data: data ?? defaults.data,
  };
}

async function createExperiment(settings: PermutationSettings, out?: string): Promise<string> {
  const config = { kind: 'permutation', ...settings };
  return (await createRun({ out, preset: 'permutation', now: new Date(), config })).path;
}

/** The experiment to go on with, and its own settings. */
async function openExperiment(flags: PermutationFlags) {
  const fixed = ['archs', 'seeds', 'steps', 'data', 'out'] as const;
  const clashing = fixed.filter((flag) => flags[flag] !== undefined);
  if (clashing.length > 0) {
    const names = clashing.map((flag) => `--${flag}`).join(', ');
    throw new UsageError(
      `--resume goes on with the experiment's own settings and cannot be combined with ${names}`,
    );
  }
  const { run, config } = await openRun(flags.resume!);
  const { kind: _, ...settings } = parseConfig(settingsSchema, config, run.configPath, InputError);
  return { folder: run.path, settings };
}

interface Experiment {
  readonly folder: string;
  readonly settings: PermutationSettings;
  readonly splits: DatasetSplits;
  readonly engine: Engine;
}

const runOf = (part: Part, folder: string): RunFolder =>
  new RunFolder(join(folder, partName(part)));

/** Trains a part, or what is left of it. */
async function trainPart(
  part: Part,
  { folder, settings, splits, engine }: Experiment,
): Promise<LoopResult['outcome']> {
  const { run, config, checkpoint } = await openPart(part, folder, settings);
  if (checkpoint !== undefined && checkpoint.step >= config.steps) return 'finished';
  const { outcome } = await interruptible((signal) =>
    trainClassifier({
      data: shuffledSplits(splits, part.shuffle),
      config,
      engine,
      run,
      from: checkpoint,
      stream: process.stderr,
      resumePath: folder,
      signal,
    }),
  );
  return outcome;
}

async function openPart(part: Part, folder: string, settings: PermutationSettings) {
  const { path, checkpointPath } = runOf(part, folder);
  if (existsSync(checkpointPath)) return openClassifierRun(path);
  // Stopped before there was anything to go on with.
  await rm(path, { recursive: true, force: true }).catch((thrown: unknown) => {
    throw asOutputError(thrown, path);
  });
  const config = partConfig(part, settings);
  const run = await createRun({ out: path, preset: config.preset, now: new Date(), config });
  return { run, config, checkpoint: undefined };
}

async function curveOf(part: Part, folder: string): Promise<Curve> {
  const { metricsPath } = runOf(part, folder);
  const records = await readMetrics(metricsPath, Number.POSITIVE_INFINITY);
  const points = records.flatMap(({ step, testAccuracy }) =>
    testAccuracy === undefined ? [] : [[step, testAccuracy] as const],
  );
  return { ...part, points };
}

async function writeResults(
  curves: readonly Curve[],
  settings: PermutationSettings,
  folder: string,
): Promise<void> {
  const files = {
    'permutation.svg': chartFile(permutationChart(curves)),
    'permutation.md': `${permutationTable(curves)}\n`,
    'permutation.json': `${JSON.stringify(documentOf(curves, settings), null, 2)}\n`,
  };
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(join(folder, name), text);
}

const documentOf = (curves: readonly Curve[], settings: PermutationSettings) => ({
  ...settings,
  results: curves.map((curve) => ({ ...curve, accuracy: curve.points.at(-1)![1] })),
});
