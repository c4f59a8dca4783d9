import { z } from 'zod';
import { isObject, type JsonValue, type Overrides } from '../../config/json.js';
import { type KeyLine, keysOf } from '../../config/keys.js';
import { asJson, type Change, changedConfig, presetOf } from '../../config/resolve.js';
import { innermost, metaOf, type Shape, viewOf } from '../../config/schema.js';
import type { Engine } from '../../engine/engine.js';
import { ExitCode, InputError, messageOf, UsageError } from '../../errors.js';
import type { Family, FamilyConfig, FamilySettings } from '../../family/family.js';
import { outFlag } from '../../family/flags.js';
import type { Resumed } from '../../family/train.js';
import { isThere, readFileChecked } from '../../files.js';
import { interruptible } from '../../train/interrupt.js';
import type { RunObserver } from '../../train/observer.js';
import { createRun, type RunFolder } from '../../train/run-folder.js';
import { openEngineAloud } from '../context.js';
import type { Definition } from '../definition.js';
import { computeFlags, divided, type Given, jsonFlag, kebab, valuesOf } from '../options.js';
import { print } from '../output.js';

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

/** The keys of the configuration that are flags, too; all may be left out. */
function configFlags({ schema }: FamilySettings<FamilyConfig>): Shape {
  const view = viewOf(schema);
  const shape = view.form === 'object' ? view.shape : {};
  const flagged = Object.entries(shape).filter(([, key]) => metaOf(key).flag !== undefined);
  return Object.fromEntries(
    flagged.map(([name, key]) => [
      name,
      innermost(key)
        .exactOptional()
        .meta({ ...metaOf(key) }),
    ]),
  );
}

/** Every key of the configuration, for help. */
function keyTable(settings: FamilySettings<FamilyConfig>): string {
  const lines = keysOf(settings.schema, asJson(presetOf(settings)));
  const shown = lines.filter(({ path }) => path !== 'kind' && path !== 'preset');
  const text: string[] = [];
  let when: string | undefined;
  for (const line of shown) {
    if (line.when !== when && line.when !== undefined) text.push(`  with ${line.when}:`);
    when = line.when;
    text.push(describeKey(line, when === undefined ? '  ' : '    '));
  }
  return `
Keys of the configuration, for --set KEY=VALUE and --config FILE, with the values of ${settings.defaultPreset}:
${text.join('\n')}`;
}

function describeKey({ path, type, value, description }: KeyLine, indent: string): string {
  const now = value === undefined ? '' : ` = ${value}`;
  return `${`${indent}${path}${now}`.padEnd(36)}  ${type}${description === '' ? '' : `; ${description}`}`;
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
  const say = (line: string): unknown => process.stderr.write(`${line}\n`);
  let run: RunFolder | undefined;
  let engine: Engine | undefined;
  const [training, { runTraining }] = await Promise.all([
    family.training(),
    import('../../family/train.js'),
  ]);
  const { checkpoint: _, ...result } = await interruptible((signal) =>
    runTraining(training, {
      ...{ config, resumed, say },
      surroundings: {
        ...{ signal, minutes: flags.minutes, stream: process.stderr },
        engine: async () => {
          engine = await openEngineAloud(given);
          return engine;
        },
      },
      makeRun: async () => {
        const { out } = given as { readonly out?: string };
        run = resumed?.run ?? (await newRun(config, out));
        say(`run: ${run.path}`);
        return run;
      },
      observerOf: () => observerOf(run!, resumed?.checkpoint.step, flags.tensorboard),
    }),
  );
  const { path } = run!;
  const isDone = result.outcome === 'finished' || result.outcome === 'stopped early';
  print(flags.json, {
    document: { run: path, engine: engine!.name, ...result },
    // A run that was stopped has said so, and how to go on.
    ...(isDone && { text: () => training.describe(result, path) }),
    ...(result.outcome === 'interrupted' && { exitCode: ExitCode.interrupted }),
  });
}

const newRun = (config: FamilyConfig, out: string | undefined): Promise<RunFolder> =>
  createRun({ out, preset: config.preset, now: new Date(), config });

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

/** The configuration that the flags of a new run ask for. */
async function configOf(
  settings: FamilySettings<FamilyConfig>,
  given: Given,
): Promise<FamilyConfig> {
  const {
    preset,
    arch,
    config: file,
    set,
  } = given as {
    readonly [name in 'preset' | 'arch' | 'config']?: string;
  } & { readonly set?: readonly string[] };
  const base = presetOf(settings, preset);
  const own = divided(given, settings.flags?.shape ?? {})[0];
  const started = (await settings.start?.(base, own, arch)) ?? base;
  const overrides = divided(given, configFlags(settings))[0] as Overrides;
  const changes: Change[] = [
    ...(file === undefined ? [] : [{ where: file, overrides: await readJson(file) }]),
    ...(set ?? []),
    { where: 'the configuration', overrides },
  ];
  return changedConfig(settings, started, { arch, changes });
}

async function readJson(path: string): Promise<Overrides> {
  const text = (await readFileChecked(path)).toString('utf8');
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (thrown) {
    throw new InputError(`${path} is not valid JSON: ${messageOf(thrown)}`);
  }
  if (!isObject(value)) {
    throw new InputError(`${path} holds no JSON object; give one with the keys to change`);
  }
  return value;
}

/**
 * The run to go on with: its own configuration, but for what a resumption can change.
 * @param given the flags that decide what is trained
 */
async function openResumed(
  settings: FamilySettings<FamilyConfig>,
  path: string,
  given: Given,
): Promise<Resumed<FamilyConfig>> {
  const flags = configFlags(settings);
  const isFree = (key: string): boolean =>
    Object.hasOwn(flags, key) && metaOf(flags[key]!).onResume === true;
  const clashing = Object.keys(given).filter((key) => !isFree(key));
  if (clashing.length > 0) {
    const names = clashing.map((key) => `--${kebab(key)}`).join(', ');
    throw new UsageError(
      `--resume goes on with the run's own configuration and cannot be combined with ${names}`,
    );
  }
  const { openToResume } = await import('../../family/train.js');
  return openToResume(settings, path, given as Overrides);
}
