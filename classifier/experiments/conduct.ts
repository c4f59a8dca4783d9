/**
 * The experiment of `permutation.ts`, conducted: one training after the other, each a run in the
 * experiment's folder.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { wholeNumber } from '../../src/config/numbers.js';
import { parseConfig } from '../../src/config/parse.js';
import type { DatasetSplits } from '../../src/data/dataset.js';
import { loadDataset } from '../../src/data/load.js';
import type { Engine } from '../../src/engine/engine.js';
import { InputError, UsageError } from '../../src/errors.js';
import type { CommandContext, Outcome } from '../../src/family/family.js';
import { openRunOf } from '../../src/family/open.js';
import { isThere, removeAll, writeFileAtomic } from '../../src/files.js';
import { chartFile } from '../../src/report/chart.js';
import { exitCodeOf, interruptible } from '../../src/train/interrupt.js';
import { readMetrics } from '../../src/train/log.js';
import type { LoopResult } from '../../src/train/loop.js';
import { createRun, lockRun, openRun, RunFolder } from '../../src/train/run-folder.js';
import { architectureNames } from '../architectures/names.js';
import { classifierSettings } from '../settings.js';
import { trainClassifier } from '../train.js';
import {
  type PermutationSettings,
  shuffledSplits,
  type Trial,
  trialConfig,
  trialName,
  trialsOf,
} from './permutation.js';
import { type Curve, permutationChart, permutationTable } from './permutation-results.js';

/** What is asked of the experiment, as the flags of its command say. */
export interface PermutationFlags extends Partial<PermutationSettings> {
  readonly out?: string;
  readonly resume?: string;
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

/** @throws UsageError, InputError where there is nothing to do it with */
export async function conductPermutation(
  flags: PermutationFlags,
  context: CommandContext,
): Promise<Outcome> {
  const resumed = flags.resume === undefined ? undefined : await openExperiment(flags);
  const settings = resumed?.settings ?? settingsOf(flags);
  const splits = await loadDataset(settings.data);
  // Told before a folder is made.
  shuffledSplits(splits, 'patches');
  const engine = await context.engine();
  const folder = resumed?.folder ?? (await createExperiment(settings, flags.out));
  const lock = await lockRun(new RunFolder(folder), context.say);
  try {
    const experiment = { folder, settings, splits, engine, stream: context.stream };
    return await runTrials(experiment, context);
  } finally {
    await lock.release();
  }
}

async function runTrials(experiment: Experiment, { say }: CommandContext): Promise<Outcome> {
  const { folder, settings } = experiment;
  const trials = trialsOf(settings);
  const curves: Curve[] = [];
  for (const [i, trial] of trials.entries()) {
    say(`${trialName(trial)}, ${i + 1} of ${trials.length}`);
    const { outcome, signal } = await runTrial(trial, experiment);
    if (outcome === 'interrupted') return { exitCode: exitCodeOf(signal) };
    curves.push(await curveOf(trial, folder));
    await writeResults(curves, settings, folder);
  }
  return {
    document: documentOf(curves, settings),
    text: () =>
      [permutationTable(curves), '', `curves: ${join(folder, 'permutation.svg')}`].join('\n'),
  };
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
  readonly stream: CommandContext['stream'];
}

const runOf = (trial: Trial, folder: string): RunFolder =>
  new RunFolder(join(folder, trialName(trial)));

/** Trains what a trial asks for, or what is left of it. */
async function runTrial(
  trial: Trial,
  { folder, settings, splits, engine, stream }: Experiment,
): Promise<{ outcome: LoopResult['outcome']; signal?: NodeJS.Signals | undefined }> {
  const { run, config, checkpoint } = await openTrial(trial, folder, settings);
  if (checkpoint !== undefined && checkpoint.step >= config.steps) return { outcome: 'finished' };
  const { result, signal } = await interruptible((stop) =>
    trainClassifier({
      data: shuffledSplits(splits, trial.shuffle),
      config,
      engine,
      run,
      from: checkpoint,
      stream,
      resumePath: folder,
      signal: stop,
    }),
  );
  return { outcome: result.outcome, signal };
}

async function openTrial(trial: Trial, folder: string, settings: PermutationSettings) {
  const { path, checkpointPath } = runOf(trial, folder);
  if (await isThere(checkpointPath)) {
    const { run, config, checkpoint } = await openRunOf(classifierSettings, path);
    return { run, config, checkpoint: await checkpoint() };
  }
  // Stopped before there was anything to go on with.
  await removeAll(path);
  const config = trialConfig(trial, settings);
  const run = await createRun({ out: path, preset: config.preset, now: new Date(), config });
  return { run, config, checkpoint: undefined };
}

async function curveOf(trial: Trial, folder: string): Promise<Curve> {
  const { metricsPath } = runOf(trial, folder);
  const records = await readMetrics(metricsPath, Number.POSITIVE_INFINITY);
  const points = records.flatMap(({ step, testAccuracy }) =>
    testAccuracy === undefined ? [] : [[step, testAccuracy] as const],
  );
  return { ...trial, points };
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
