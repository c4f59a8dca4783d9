import { totalmem } from 'node:os';
import { type ClassifierConfig, classifierConfigSchema } from '../../../classifier/config.js';
import { classifierPresets } from '../../../classifier/presets.js';
import { type GanConfig, ganConfigSchema } from '../../../gan/config.js';
import { dcganRecipe, ganPresets } from '../../../gan/presets.js';
import { applyAssignment, type JsonValue, mergeOverrides, parseConfig } from '../../config.js';
import type { ImageDataset } from '../../data/dataset.js';
import type { Engine } from '../../engine/engine.js';
import { ExitCode, InputError, messageOf, UsageError } from '../../errors.js';
import { readFileChecked, writeFileAtomic } from '../../files.js';
import type { EngineFlags } from '../engine.js';
import { report } from '../output.js';

export interface TrainFlags extends EngineFlags {
  readonly preset?: string;
  readonly data?: string;
  readonly out?: string;
  readonly seed?: number;
  readonly steps?: number;
  readonly minutes?: number;
  readonly resume?: string;
  /** These two are of a GAN. */
  readonly arch?: 'mixer' | 'dcgan';
  readonly conditional?: boolean;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

type Kind = 'classifier' | 'gan';
type Config = ClassifierConfig | GanConfig;

const models = {
  classifier: {
    presets: classifierPresets as Readonly<Record<string, Config>>,
    defaultPreset: 'digits-quick',
    schema: classifierConfigSchema,
  },
  gan: {
    presets: ganPresets as Readonly<Record<string, Config>>,
    defaultPreset: 'mnist-quick',
    schema: ganConfigSchema,
  },
} as const;

/** `mixgan train classifier|gan` */
export async function train(kind: Kind, flags: TrainFlags): Promise<void> {
  const resumed = flags.resume === undefined ? undefined : await openResumed(kind, flags);
  const config = resumed?.config ?? (await resolveConfig(kind, flags));
  if (flags.dryRun === true) {
    report(true, config, () => '');
    return;
  }

  const [{ openEngineAloud }, { loadDataset }, { createRun }] = await Promise.all([
    import('../engine.js'),
    import('../../data/load.js'),
    import('../../train/run-folder.js'),
  ]);
  const splits = await loadDataset(config.data);
  await requireFit(config, splits.train);
  const evaluation = await evaluationFor(config, splits.train);
  const engine = await openEngineAloud(flags);
  const run =
    resumed?.run ??
    (await createRun({ out: flags.out, preset: config.preset, now: new Date(), config }));
  const stream = process.stderr;
  stream.write(`run: ${run.path}\n`);

  const shared = {
    engine,
    run,
    from: resumed?.checkpoint,
    minutes: flags.minutes,
    stream,
    // The number of steps is the one thing that a resumption can change.
    onStart:
      resumed === undefined || flags.steps === undefined
        ? undefined
        : () => writeFileAtomic(run.configPath, `${JSON.stringify(config, null, 2)}\n`),
  };
  const result =
    config.kind === 'gan'
      ? await (await import('../../../gan/train.js')).trainGan({
          ...shared,
          config,
          reals: splits.train,
          heldOut: splits.test,
          evaluate: await evaluation?.(engine),
        })
      : await (await import('../../../classifier/train.js')).trainClassifier({
          ...shared,
          config,
          ...splits,
        });
  // A run that was stopped has said so, and how to go on.
  if (flags.json === true || result.outcome === 'finished') {
    report(flags.json, { run: run.path, engine: engine.name, ...result }, () =>
      describeResult(config, run.path, result.metrics),
    );
  }
  if (result.outcome === 'interrupted') process.exitCode = ExitCode.interrupted;
}

async function resolveConfig(kind: Kind, flags: TrainFlags): Promise<Config> {
  const { presets, defaultPreset, schema } = models[kind];
  const name = flags.preset ?? defaultPreset;
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (preset === undefined) {
    throw new UsageError(
      `--preset ${name}: there is no such ${kind} preset; there are ${Object.keys(presets).join(', ')}`,
    );
  }
  let config = structuredClone(preset) as JsonValue;
  if (flags.arch === 'dcgan') config = mergeOverrides(config, asJson(dcganRecipe));
  if (flags.config !== undefined) {
    config = mergeOverrides(config, await readJson(flags.config));
    config = parseConfig(schema, config, flags.config) as JsonValue;
  }
  for (const assignment of flags.set ?? []) config = applyAssignment(config, assignment);
  const { data, seed, steps, conditional } = flags;
  config = mergeOverrides(config, asJson({ data, seed, steps, conditional }));
  return parseConfig(schema, config, 'the configuration');
}

/** Without the keys that are undefined. */
const asJson = (value: object): JsonValue => JSON.parse(JSON.stringify(value)) as JsonValue;

async function readJson(path: string): Promise<JsonValue> {
  const text = (await readFileChecked(path)).toString('utf8');
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (thrown) {
    throw new InputError(`${path} is not valid JSON: ${messageOf(thrown)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError(`${path} holds no JSON object; give one with the keys to change`);
  }
  return value;
}

/** The run to go on with: its own configuration, but for the number of steps. */
async function openResumed(kind: Kind, flags: TrainFlags) {
  const fixed = ['preset', 'arch', 'conditional', 'data', 'seed', 'out', 'config', 'set'] as const;
  const clashing = fixed.filter((flag) => flags[flag] !== undefined);
  if (clashing.length > 0) {
    const names = clashing.map((flag) => `--${flag}`).join(', ');
    throw new UsageError(
      `--resume goes on with the run's own configuration and cannot be combined with ${names}`,
    );
  }
  const { openRunOf } = await import('../runs.js');
  const { run, config: stored, checkpoint } = await openRunOf(kind, flags.resume!);
  const steps = flags.steps === undefined ? {} : { steps: flags.steps };
  const config: Config = parseConfig(
    models[kind].schema,
    mergeOverrides(stored, steps),
    run.configPath,
    InputError,
  );
  if (checkpoint.step >= config.steps) {
    throw new UsageError(
      `${run.path} has already taken ${checkpoint.step} of its ${config.steps} steps; give --steps with a larger number to go on`,
    );
  }
  return { run, config, checkpoint };
}

/** Builds the models without weights, so that a misfit is told before a run's folder is made. */
async function requireFit(config: Config, images: ImageDataset): Promise<void> {
  const [{ summariseConfig }, { taskOf }, { imageShapeOf, numClassesOf }] = await Promise.all([
    import('../model-summary.js'),
    import('../../../classifier/model.js'),
    import('../../../gan/gan.js'),
  ]);
  const imageShape = config.kind === 'gan' ? imageShapeOf(images) : taskOf(images).imageShape;
  const numClasses =
    config.kind === 'gan' ? numClassesOf(config, images) : images.classNames.length;
  const { parameters } = summariseConfig(config, { imageShape, numClasses: numClasses ?? 0 });
  // Weights, gradients and two moments, four bytes each.
  const bytes = 16 * parameters;
  if (bytes > totalmem()) {
    throw new UsageError(
      `a model of ${parameters.toLocaleString('en-US')} parameters takes ${Math.round(bytes / 2 ** 30)} GiB to train, more than this machine has; make it smaller`,
    );
  }
}

/**
 * What scores a GAN while it trains, if it is to be scored.
 * @throws UsageError when the images cannot be scored
 */
async function evaluationFor(config: Config, reals: ImageDataset) {
  if (config.kind !== 'gan' || config.evaluateEvery === 0) return undefined;
  const { requireEvaluable, trainingEvaluation } = await import('../extractors.js');
  requireEvaluable(config, reals);
  return (engine: Engine) => trainingEvaluation(engine, config, reals);
}

function describeResult(
  config: Config,
  run: string,
  metrics: Readonly<Record<string, number>>,
): string {
  if (config.kind === 'classifier') {
    const accuracy = (100 * metrics.testAccuracy!).toFixed(2);
    return `${accuracy}% of the held-out images are recognised; more: mixgan evaluate ${run}`;
  }
  return `pictures: ${run}/fakes-*.png; more: mixgan sample ${run} --count 64 --out samples.png`;
}
