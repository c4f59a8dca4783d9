import { z } from 'zod';
import type { Shape } from '../../config/schema.js';
import type { Engine } from '../../engine/engine.js';
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
import { print, say } from '../output.js';
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
  const flags = valuesOf(z.object(runFlags), given);
  const resumed =
    flags.resume === undefined
      ? undefined
      : await openResumed(settings, flags.resume, divided(given, chosen)[0]);
  const config = resumed?.config ?? (await configOf(settings, given));
  if (flags.dryRun === true) {
    print(true, { document: config });
    return;
  }
  let run: RunFolder | undefined;
  let engine: Engine | undefined;
  const [training, { runTraining }] = await Promise.all([
    family.training(),
    import('../../family/train.js'),
  ]);
  keepHeapFlat();
  const { result: trained, signal } = await interruptible((stop) =>
    runTraining(training, {
      ...{ config, resumed, say },
      ...(resumed === undefined && { newRun: newRun(config, given) }),
      surroundings: {
        ...{ signal: stop, minutes: flags.minutes, stream: process.stderr },
        engine: async () => {
          engine = await openEngineAloud(given);
          return engine;
        },
      },
      onRun: async (opened, step) => {
        run = opened;
        say(`run: ${run.path}`);
        return observerOf(run, step, flags.tensorboard);
      },
    }),
  );
  const { checkpoint: _, ...result } = trained;
  const { path } = run!;
  const isDone = result.outcome === 'finished' || result.outcome === 'stopped early';
  print(flags.json, {
    document: { run: path, engine: engine!.name, ...result },
    // A run that was stopped has said so, and how to go on.
    ...(isDone && { text: () => training.describe(result, path) }),
    ...(result.outcome === 'interrupted' && { exitCode: exitCodeOf(signal) }),
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
