import { z } from 'zod';
import { parseConfig } from '../../config/parse.js';
import { asJson } from '../../config/resolve.js';
import type { Shape } from '../../config/schema.js';
import type { Engine } from '../../engine/engine.js';
import { ExitCode } from '../../errors.js';
import type { Family, FamilyConfig, FamilySettings } from '../../family/family.js';
import { outFlag } from '../../family/flags.js';
import { isThere } from '../../files.js';
import { keepHeapFlat } from '../../train/heap.js';
import { exitCodeOf, interruptible } from '../../train/interrupt.js';
import type { RunObserver } from '../../train/observer.js';
import type { NewRun, RunFolder } from '../../train/run-folder.js';
import { openEngineAloud } from '../context.js';
import type { Definition } from '../definition.js';
import { computeFlags, divided, type Given, jsonFlag, valuesOf } from '../options.js';
import { print } from '../output.js';
import { inTeam, type Together } from '../ranks.js';
import { configFlags, configOf, keyTable, openResumed } from '../training-config.js';

/** Flags that decide nothing about what is trained. */
const runFlags = {
  ...computeFlags,
  minutes: z
    .number()
    .gt(0)
    .max(1e6)
    .exactOptional()
    .meta({ description: 'stop, saved and resumable, after so many minutes', flag: 'M' }),
  resume: z
    .string()
    .exactOptional()
    .meta({ description: 'go on with this run, exactly where it stopped', flag: 'RUN' }),
  tensorboard: z
    .boolean()
    .exactOptional()
    .describe('write metrics, pictures and models for TensorBoard, too'),
  mpi: z.string().min(1).exactOptional().meta({
    description: 'the MPI library, where mpirun or srun started several processes',
    flag: 'PATH',
  }),
  dryRun: z.boolean().exactOptional().describe('print the resolved configuration and stop'),
  ...jsonFlag,
};

/** Flags of every new run. */
const newRunFlags = {
  out: outFlag('folder of the run (default: runs/WHEN-PRESET)').exactOptional(),
  config: z
    .string()
    .exactOptional()
    .meta({ description: 'JSON file of configuration keys to change', flag: 'FILE' }),
  set: z.array(z.string()).exactOptional().meta({
    description: 'change one configuration key; may be repeated',
    flag: 'KEY=VALUE',
  }),
};

/** `mixgan train KIND` */
export async function trainDefinition(family: Family): Promise<Definition> {
  const settings = await family.settings();
  const { defaultPreset, variants } = settings;
  const chosen: Shape = {
    preset: z
      .string()
      .exactOptional()
      .meta({
        description: `start from this preset (see: mixgan summary) (default: ${defaultPreset})`,
        flag: 'NAME',
      }),
    ...configFlags(settings),
    ...(variants && {
      arch: z
        .enum(Object.keys(variants.changes) as [string])
        .exactOptional()
        .describe(variants.description),
    }),
    ...settings.flags?.shape,
    ...newRunFlags,
  };
  return {
    flags: { ...chosen, ...runFlags },
    notes: keyTable(settings),
    act: async (_args, given) => train(family, settings, chosen, given),
  };
}

async function train(
  family: Family,
  settings: FamilySettings<FamilyConfig>,
  chosen: Shape,
  given: Given,
): Promise<void> {
  const { mpi } = valuesOf(z.object(runFlags), given);
  await inTeam(mpi, (together) => trainTogether(family, settings, chosen, given, together));
}

async function trainTogether(
  family: Family,
  settings: FamilySettings<FamilyConfig>,
  chosen: Shape,
  given: Given,
  { team, cores, say }: Together,
): Promise<void> {
  const flags = valuesOf(z.object(runFlags), given);
  // The others need not reach the files that rank 0 reads.
  const resumed = await team.lead(async () =>
    flags.resume === undefined
      ? undefined
      : openResumed(settings, flags.resume, divided(given, chosen)[0]),
  );
  const asked = await team.shared(async () =>
    asJson(resumed?.config ?? (await configOf(settings, given))),
  );
  const config = parseConfig(settings.schema, asked, 'the configuration');
  if (flags.dryRun === true) {
    if (team.isFirst) print(true, { document: config });
    return;
  }
  let run: RunFolder | undefined;
  let engine: Engine | undefined;
  const [training, { runTraining }] = await Promise.all([
    family.training(),
    import('../../family/train.js'),
  ]);
  keepHeapFlat();
  const isAlone = team.size === 1;
  const { result: trained, signal } = await interruptible(
    (stop) =>
      runTraining(training, {
        ...{ config, resumed, say, team },
        ...(resumed === undefined && { newRun: newRun(config, given) }),
        surroundings: {
          ...{ signal: stop, minutes: flags.minutes },
          ...(team.isFirst && { stream: process.stderr }),
          engine: async () => {
            engine = await openEngineAloud(given, say, { cores, forTraining: isAlone });
            return engine;
          },
        },
        onRun: async (opened, step) => {
          run = opened;
          say(`run: ${run.path}`);
          return observerOf(run, step, flags.tensorboard);
        },
      }),
    isAlone ? [] : ['SIGUSR1'],
  );
  const { checkpoint: _, ...result } = trained;
  const isInterrupted = result.outcome === 'interrupted';
  // All end alike, whichever of them was asked to.
  if (isInterrupted) process.exitCode = isAlone ? exitCodeOf(signal) : ExitCode.interrupted;
  if (!team.isFirst) return;
  const { path } = run!;
  const isDone = result.outcome === 'finished' || result.outcome === 'stopped early';
  print(flags.json, {
    document: { run: path, engine: engine!.name, ...result },
    // A run that was stopped has said so, and how to go on.
    ...(isDone && { text: () => training.describe(result, path) }),
  });
}

function newRun(config: FamilyConfig, given: Given): NewRun {
  const { out } = given as { readonly out?: string };
  return { out, preset: config.preset, now: new Date(), config };
}

/** Writes for TensorBoard where that is asked for, or was when the run that goes on was started. */
async function observerOf(
  run: RunFolder,
  resumedStep: number | undefined,
  isAsked: boolean | undefined,
): Promise<RunObserver | undefined> {
  const goesOn = resumedStep !== undefined && (await isThere(run.tensorboardPath));
  if (isAsked !== true && !goesOn) return undefined;
  const { TensorBoardLog } = await import('../../report/tensorboard/log.js');
  return TensorBoardLog.open(run.tensorboardPath, resumedStep ?? 0);
}
