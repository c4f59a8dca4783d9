import { existsSync } from 'node:fs';
import { totalmem } from 'node:os';
import type { ArchitectureName } from '../../../classifier/architectures/names.js';
import type { ClassifierConfig } from '../../../classifier/config.js';
import { classifierSettings } from '../../../classifier/settings.js';
import type { ClassifierResult } from '../../../classifier/train.js';
import type { GanConfig } from '../../../gan/config.js';
import { ganSettings } from '../../../gan/settings.js';
import { mergeOverrides } from '../../config/change.js';
import { isObject, type JsonValue, type Overrides } from '../../config/json.js';
import { parseConfig } from '../../config/parse.js';
import { asJson, type Change, changedConfig, presetOf } from '../../config/resolve.js';
import type { ImageDataset } from '../../data/dataset.js';
import type { Engine } from '../../engine/engine.js';
import { ExitCode, InputError, messageOf, UsageError } from '../../errors.js';
import type { FamilySettings } from '../../family/family.js';
import { readFileChecked, writeFileAtomic } from '../../files.js';
import { grouped, percent } from '../../text.js';
import { interruptible } from '../../train/interrupt.js';
import { TextLog } from '../../train/log.js';
import type { LoopResult } from '../../train/loop.js';
import type { RunObserver } from '../../train/observer.js';
import type { RunFolder } from '../../train/run-folder.js';
import type { EngineFlags } from '../engine.js';
import { report } from '../output.js';

export interface TrainFlags extends EngineFlags {
  readonly preset?: string;
  readonly data?: string;
  readonly imageSize?: number;
  readonly out?: string;
  readonly seed?: number;
  readonly steps?: number;
  readonly minutes?: number;
  readonly resume?: string;
  /** Of a GAN `mixer` or `dcgan`. */
  readonly arch?: ArchitectureName | 'dcgan';
  /** Of a GAN. */
  readonly conditional?: boolean;
  /** These two are of a classifier. */
  readonly finetune?: string;
  readonly newHead?: boolean;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly dryRun?: boolean;
  readonly tensorboard?: boolean;
  readonly json?: boolean;
}

type Kind = 'classifier' | 'gan';
type Config = ClassifierConfig | GanConfig;

const models = { classifier: classifierSettings, gan: ganSettings } as const;

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
  const { imageSize } = config;
  const say = (line: string): unknown => process.stderr.write(`${line}\n`);
  const splits = await loadDataset(config.data, { imageSize, say });
  await requireFit(config, splits.train);
  if (config.kind === 'classifier') await requireTrainable(config, splits.train, resumed);
  const evaluation = await evaluationFor(config, splits.train);
  const engine = await openEngineAloud(flags);
  const evaluate = await evaluation?.(engine);
  const run =
    resumed?.run ??
    (await createRun({ out: flags.out, preset: config.preset, now: new Date(), config }));
  const stream = process.stderr;
  stream.write(`run: ${run.path}\n`);

  const shared = {
    data: splits,
    engine,
    run,
    from: resumed?.checkpoint,
    minutes: flags.minutes,
    stream,
    observer: await observerOf(run, resumed?.checkpoint.step, flags),
    onStart: async () => {
      // The number of steps is the one thing that a resumption can change.
      if (resumed !== undefined && flags.steps !== undefined) {
        await writeFileAtomic(run.configPath, `${JSON.stringify(config, null, 2)}\n`);
      }
      new TextLog(run.logPath).line(`engine: ${engine.name} on ${engine.devices.join(', ')}`);
    },
  };
  const { checkpoint: _, ...result } = await interruptible(async (signal) =>
    config.kind === 'gan'
      ? (await import('../../../gan/train.js')).trainGan({ ...shared, signal, config, evaluate })
      : (await import('../../../classifier/train.js')).trainClassifier({
          ...shared,
          signal,
          config,
        }),
  );
  // A run that was stopped has said so, and how to go on.
  if (flags.json === true || ['finished', 'stopped early'].includes(result.outcome)) {
    report(flags.json, { run: run.path, engine: engine.name, ...result }, () =>
      describeResult(config, run.path, result),
    );
  }
  if (result.outcome === 'interrupted') process.exitCode = ExitCode.interrupted;
}

/** Writes for TensorBoard where that is asked for, or was when the run that goes on was started. */
async function observerOf(
  run: RunFolder,
  resumedStep: number | undefined,
  { tensorboard }: TrainFlags,
): Promise<RunObserver | undefined> {
  const goesOn = resumedStep !== undefined && existsSync(run.tensorboardPath);
  if (tensorboard !== true && !goesOn) return undefined;
  const { TensorBoardLog } = await import('../../report/tensorboard/log.js');
  return TensorBoardLog.open(run.tensorboardPath, resumedStep ?? 0);
}

async function resolveConfig(kind: Kind, flags: TrainFlags): Promise<Config> {
  const settings = models[kind] as FamilySettings<Config>;
  const { preset, arch, finetune, newHead, data, imageSize, seed, steps, conditional } = flags;
  const base = presetOf(settings, preset);
  const own = asJson({ finetune, newHead }) as Overrides;
  const file = flags.config;
  const changes: Change[] = [
    ...(file === undefined ? [] : [{ where: file, overrides: await readJson(file) }]),
    ...(flags.set ?? []),
    {
      where: 'the configuration',
      overrides: asJson({ data, imageSize, seed, steps, conditional }) as Overrides,
    },
  ];
  const started = (await settings.start?.(base, own, arch)) ?? base;
  return changedConfig(settings, started, { arch, changes });
}

/** `imageSize` as `image-size`. */
const kebab = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

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

/** The run to go on with: its own configuration, but for the number of steps. */
async function openResumed(kind: Kind, flags: TrainFlags) {
  const fixed = [
    ...(['preset', 'arch', 'conditional', 'finetune', 'newHead', 'data', 'imageSize'] as const),
    ...(['seed', 'out', 'config', 'set'] as const),
  ];
  const clashing = fixed.filter((flag) => flags[flag] !== undefined);
  if (clashing.length > 0) {
    const names = clashing.map((flag) => `--${kebab(flag)}`).join(', ');
    throw new UsageError(
      `--resume goes on with the run's own configuration and cannot be combined with ${names}`,
    );
  }
  const { openRunOf } = await import('../runs.js');
  const { run, config: stored, checkpoint } = await openRunOf(kind, flags.resume!);
  const { schema } = models[kind] as FamilySettings<Config>;
  const steps = flags.steps === undefined ? {} : { steps: flags.steps };
  const config = parseConfig(
    schema,
    mergeOverrides(schema, stored, steps, run.configPath),
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
  // Weights, gradients and two moments, four bytes each; averages, and gradients of several batches.
  const more = config.kind === 'gan' ? 0 : +(config.emaDecay > 0) + +(config.accumulate > 1);
  const bytes = 4 * (4 + more) * parameters;
  if (bytes > totalmem()) {
    throw new UsageError(
      `a model of ${grouped(parameters)} parameters takes ${Math.round(bytes / 2 ** 30)} GiB to train, more than this machine has; make it smaller`,
    );
  }
}

/** What else can be told before a run's folder is made. */
async function requireTrainable(
  config: ClassifierConfig,
  images: ImageDataset,
  resumed: object | undefined,
): Promise<void> {
  const [{ classWeightsOf }, { readPretrained }, { taskOf }] = await Promise.all([
    import('../../../classifier/class-weights.js'),
    import('../../../classifier/finetune.js'),
    import('../../../classifier/model.js'),
  ]);
  classWeightsOf(config.classWeights, images);
  if (resumed === undefined) await readPretrained(config, taskOf(images));
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
  result: Pick<LoopResult, 'metrics'> & Partial<Pick<ClassifierResult, 'best'>>,
): string {
  if (config.kind === 'classifier') {
    const accuracy = result.metrics.testAccuracy!;
    const better =
      result.best !== undefined && result.best.accuracy > accuracy ? result.best : undefined;
    const best = better && `; ${percent(better.accuracy)} after step ${better.step} (--best)`;
    return `${percent(accuracy)} of the held-out images are recognised${best ?? ''}; more: mixgan evaluate ${run}`;
  }
  return `pictures: ${run}/fakes-*.png; more: mixgan sample ${run} --count 64 --out samples.png`;
}
