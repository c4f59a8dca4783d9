/**
 * Training a model of a family: what a script asks for, and what `mixgan train` does with its flags.
 */
import { mergeOverrides } from '../config/change.js';
import type { Overrides } from '../config/json.js';
import { parseConfig } from '../config/parse.js';
import { asJson, type Changes, resolveConfig } from '../config/resolve.js';
import type { DatasetSplits } from '../data/dataset.js';
import { loadDataset } from '../data/load.js';
import type { Engine } from '../engine/engine.js';
import { openEngine } from '../engine/open.js';
import { EngineError, InputError, UsageError } from '../errors.js';
import { isThere, writeJson } from '../files.js';
import { broadcastCheckpoint } from '../train/broadcast.js';
import type { LoadedCheckpoint } from '../train/checkpoint.js';
import { TextLog } from '../train/log.js';
import type { LoopResult, TrainingOptions } from '../train/loop.js';
import {
  type LockedRun,
  lockRun,
  type NewRun,
  type RunFolder,
  startOver,
  startRun,
} from '../train/run-folder.js';
import type { RunLock } from '../train/run-lock.js';
import { Team } from '../train/team.js';
import { requireFeasible } from './estimate.js';
import type { FamilyConfig, FamilySettings, Training } from './family.js';
import { openRunOf } from './open.js';
import { requireUnchanged } from './unchanged.js';

/** How long to train, and who is told of it. */
export type Watching = Pick<
  TrainingOptions,
  'minutes' | 'signal' | 'onStep' | 'stream' | 'observer'
>;

/** What both a new training and one that goes on can be given. */
export interface Surroundings extends Watching {
  /** By default what the configuration's `data` names is loaded. */
  readonly data?: DatasetSplits | undefined;
  /** By default the fastest that loads. */
  readonly engine?: Engine | undefined;
}

export interface NewTraining<C> extends Surroundings {
  /** Where the configuration starts; the family's first choice by default. */
  readonly preset?: string;
  /** One of the architectures that presets can be had with. */
  readonly arch?: string;
  /** Any keys of the configuration, at any depth. */
  readonly config?: Changes<C>;
  /** The run's own folder, which must be new or empty; no file is written when absent. */
  readonly out?: string | undefined;
}

export interface ResumedTraining extends Surroundings {
  /** Take so many steps in all, in place of those in the run's configuration. */
  readonly steps?: number;
}

/** A family as far as training needs it. */
export interface Trainable<C extends FamilyConfig, R extends LoopResult> {
  readonly settings: FamilySettings<C>;
  readonly training: Training<C, R>;
}

/**
 * Trains a new model.
 *
 * @throws UsageError where a preset, a key or a value is wrong, or the models do not fit the images;
 *   InputError where the images cannot be read; OutputError where `out` is taken or cannot be written;
 *   DivergedError where the training diverges
 */
export async function train<C extends FamilyConfig, R extends LoopResult>(
  family: Trainable<C, R>,
  { preset, arch, config: changes, out, ...surroundings }: NewTraining<C>,
): Promise<R> {
  const choice = { ...(preset && { preset }), ...(arch && { arch }), ...(changes && { changes }) };
  const config = resolveConfig(family.settings, choice);
  return runTraining(family.training, {
    ...{ config, surroundings },
    ...(out !== undefined && { newRun: { out, preset: config.preset, now: new Date(), config } }),
  });
}

/**
 * Goes on with a run, exactly where it stopped. One that was stopped before its first checkpoint
 * starts over; of one that has taken all its steps the result is that which it came to.
 *
 * @param path the run's folder
 * @throws UsageError where it has taken more steps than are wanted; InputError where it is no run of
 *   this family, is damaged, or its configuration is no longer that of its checkpoint; OutputError
 *   where another process trains it; whatever `train` throws besides
 */
export async function resume<C extends FamilyConfig, R extends LoopResult>(
  family: Trainable<C, R>,
  path: string,
  { steps, ...surroundings }: ResumedTraining = {},
): Promise<R> {
  const changes: Overrides = steps === undefined ? {} : { steps };
  const resumed = await openToResume(family.settings, path, changes);
  return runTraining(family.training, {
    ...{ config: resumed.config, surroundings, resumed },
  });
}

/** A run to go on with. */
export interface Resumed<C> {
  readonly run: RunFolder;
  readonly config: C;
  /** Whether its configuration is no longer the one in its folder. */
  readonly isChanged: boolean;
  /**
   * Where it stopped; undefined where that was before its first checkpoint. To be called by the
   * process that has the run's lock.
   * @throws UsageError, InputError as `resume`
   */
  checkpoint(say: (line: string) => unknown): Promise<LoadedCheckpoint | undefined>;
}

/**
 * @param changes of the configuration: the number of steps
 * @throws InputError as `resume`
 */
export async function openToResume<C extends FamilyConfig>(
  settings: FamilySettings<C>,
  path: string,
  changes: Overrides,
): Promise<Resumed<C>> {
  const { run, config: stored, checkpoint: load } = await openRunOf(settings, path);
  const merged = mergeOverrides(settings.schema, asJson(stored), changes, run.configPath);
  const config = parseConfig(settings.schema, merged, run.configPath, InputError);
  return {
    ...{ run, config, isChanged: Object.keys(changes).length > 0 },
    async checkpoint(say) {
      if (!(await isThere(run.checkpointPath))) {
        say(`${run.path} was stopped before its first checkpoint; it starts over`);
        return undefined;
      }
      const checkpoint = await load();
      const moved = requireUnchanged(settings, config, checkpoint, run);
      if (moved !== undefined) say(moved);
      if (checkpoint.step <= config.steps) return checkpoint;
      throw new UsageError(
        `${run.path} has already taken ${checkpoint.step} of its ${config.steps} steps; give --steps with a larger number to go on`,
      );
    },
  };
}

export interface Plan<C> {
  readonly config: C;
  readonly surroundings: Omit<Surroundings, 'engine'> & {
    readonly engine?: Engine | (() => Promise<Engine>) | undefined;
  };
  readonly resumed?: Resumed<C> | undefined;
  /** The folder of a new training: made when all that can be told before has been. */
  readonly newRun?: NewRun | undefined;
  /**
   * Called with the folder, when there is one.
   * @param step how many steps it has taken; undefined where it is new, or starts over
   * @returns who else watches
   */
  readonly onRun?: (
    run: RunFolder,
    step: number | undefined,
  ) => Promise<TrainingOptions['observer']>;
  /** Told of what is not as usual. */
  readonly say?: (line: string) => unknown;
  /**
   * Whose ranks train the model together. Rank 0 has the run, new or to go on with; to the others its
   * checkpoint is given.
   */
  readonly team?: Team | undefined;
}

/** Trains as planned; whatever can be wrong is told before a folder is made. */
export async function runTraining<C extends FamilyConfig, R extends LoopResult>(
  training: Training<C, R>,
  {
    config,
    surroundings,
    resumed,
    newRun,
    onRun,
    say = () => undefined,
    team = new Team(),
  }: Plan<C>,
): Promise<R> {
  const { data, engine: wanted, ...watching } = surroundings;
  const load = (): Promise<DatasetSplits> =>
    training.load?.(config, { say }) ??
    loadDataset(config.data, { imageSize: config.imageSize, say });
  let lock: RunLock | undefined;
  try {
    team.inCommon(() => requireTeamwork(training, config, team));
    const found = await team.lead(async () => {
      lock = resumed && (await lockRun(resumed.run, say));
      return resumed?.checkpoint(say);
    });
    const from = await broadcastCheckpoint(team, found);
    const { splits, engine } = await team.together(async () => {
      const splits = data ?? (await load());
      const remarks = requireFeasible(training, config, splits.train);
      const notes = (await training.check?.(config, splits, from === undefined)) ?? [];
      const engine =
        typeof wanted === 'function'
          ? await wanted()
          : (wanted ?? (await openEngine('auto')).engine);
      for (const line of [...notes, ...remarks(engine.name)]) say(line);
      return { splits, engine };
    });
    await requireOneEngine(team, engine);
    const makeRun = async (): Promise<LockedRun | undefined> => {
      if (resumed === undefined) return newRun && startRun(newRun, say);
      if (from === undefined) await startOver(resumed.run);
      return { run: resumed.run, lock: lock! };
    };
    const begin = async (): Promise<TrainingOptions> => {
      const made = await team.lead(makeRun);
      lock = made?.lock;
      const run = made?.run;
      const observer = run && (await onRun?.(run, from?.step));
      return {
        ...watching,
        ...{ engine, run, lock, from, team },
        observer: observer ?? watching.observer,
        onStart: async () => {
          if (run === undefined) return;
          // The number of steps is the one thing that a resumption can change.
          if (resumed?.isChanged === true) {
            await writeJson(run.configPath, config);
          }
          const processes = team.size === 1 ? '' : `, ${team.size} processes`;
          new TextLog(run.logPath).line(
            `engine: ${engine.name} on ${engine.devices.join(', ')}${processes}`,
          );
        },
      };
    };
    const { signal, stream } = watching;
    return await training.train(config, splits, {
      ...{ engine, begin, isNew: from === undefined, team, say },
      watching: { signal, stream },
    });
  } finally {
    await lock?.release();
  }
}

/** @throws UsageError where a family trains in one process alone */
function requireTeamwork<C extends FamilyConfig, R extends LoopResult>(
  { shares = false }: Training<C, R>,
  { kind }: C,
  team: Team,
): void {
  if (shares || team.size === 1) return;
  throw new UsageError(
    `a ${kind} is trained by one process, not by ${team.size}: start it without mpirun or srun`,
  );
}

/** @throws EngineError where the ranks of a team would not compute alike */
async function requireOneEngine(team: Team, { name }: Engine): Promise<void> {
  const names = await team.gathered(name);
  team.inCommon(() => {
    const other = names.findIndex((one) => one !== names[0]);
    if (other < 0) return;
    throw new EngineError(
      `rank 0 computes by ${names[0]}, rank ${other} by ${names[other]}: all must compute alike; give --engine`,
    );
  });
}
