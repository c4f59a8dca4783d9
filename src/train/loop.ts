/**
 * The training loop that all families share: steps, metrics, milestones (pictures, evaluations),
 * checkpoints, the clock, and the watch for NaN.
 *
 * All randomness and schedules are functions of the step, so a run that continues from a checkpoint
 * goes through the same numbers as one that never stopped.
 */
import type { HostTensor } from '../compile/step.js';
import type { Engine } from '../engine/engine.js';
import { DivergedError } from '../errors.js';
import { merged } from '../objects.js';
import { eventLoopTurn } from '../turn.js';
import type { Checkpoint, LoadedCheckpoint } from './checkpoint-format.js';
import { requireSame } from './drift.js';
import type { RecordOptions } from './folder-record.js';
import type { OpenRecord, TrainingRecord } from './record.js';
import { Team } from './team.js';
import { assignVariables, type NamedVariables, readVariables } from './variables.js';

/** What the loop trains. */
export interface Trainee {
  readonly kind: string;
  /** Everything that a checkpoint must hold. */
  readonly variables: NamedVariables;
  /**
   * Takes one step and returns what to log of it; every value must be finite.
   * @param step how many steps were taken before this one
   */
  step(step: number): Promise<Record<string, number>>;
  /**
   * Draws a picture or evaluates; what it returns is logged.
   * @param taken how many steps have been taken
   */
  milestone(taken: number): Promise<Record<string, number>>;
  /** The few metrics worth their place on the live line. */
  headline(metrics: Readonly<Record<string, number>>): Record<string, number>;
  /**
   * Looks at a line of metrics, of a step or a milestone, as it is logged; returns what to tell the
   * user about it.
   * @param taken how many steps have been taken
   */
  advise?(taken: number, metrics: Readonly<Record<string, number>>): readonly string[];
  /** What was told of as wrong and is so still, to be told again at the end. */
  disorders?(): readonly string[];
  /** Why training should end before its steps are done, where it should. */
  endsEarly?(): string | undefined;
  /**
   * The share of the time since the last call, 0 … 1, in which steps waited for their data; logged
   * beside the metrics of a step.
   */
  dataWait?(): number;
}

/** The part of a configuration that the loop reads. */
export interface LoopConfig {
  readonly steps: number;
  /** Steps between lines of metrics, milestones, checkpoints. */
  readonly logEvery: number;
  readonly milestoneEvery: number;
  readonly saveEvery: number;
}

/** Numbers of a step or a milestone, by name. */
export type Metrics = Readonly<Record<string, number>>;

/** Where a model is trained, from where on and for how long, whatever the model. */
export interface TrainingOptions extends RecordOptions {
  readonly engine: Engine;
  /** Continue from here; a new training when absent. */
  readonly from?: LoadedCheckpoint | undefined;
  /** Stop, saved and resumable, after so many minutes. */
  readonly minutes?: number | undefined;
  /**
   * Asks to stop: the step under way is finished, and the run saved. A reason that is a text is shown
   * to who watches.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called after every step, and waited for.
   * @param step how many steps have been taken
   * @param metrics of this step, and of the milestone that followed it
   */
  readonly onStep?: ((step: number, metrics: Metrics) => void | Promise<void>) | undefined;
  /** Called when the run's files have been found sound, before the first step. */
  readonly onStart?: (() => Promise<void>) | undefined;
  /** What `--resume` takes to go on, where that is not the run's own folder. */
  readonly resumePath?: string | undefined;
  /**
   * Whose ranks train the model together: all take each step, rank 0 alone looks at what comes of it,
   * and writes it down.
   */
  readonly team?: Team | undefined;
}

export interface LoopOptions extends TrainingOptions {
  readonly trainee: Trainee;
  /** Stored in every checkpoint: the model is built from it again. */
  readonly config: object;
  readonly schedule: LoopConfig;
  /** Told to the user of a new run before its first step. */
  readonly notes?: readonly string[];
}

export interface LoopResult {
  readonly outcome: 'finished' | 'stopped early' | 'interrupted' | 'out of time';
  /** Steps taken in all, those before a resumption included. */
  readonly steps: number;
  /** The metrics of the last step, and of the last milestone. */
  readonly metrics: Metrics;
  /** What the training came to, as it was saved where there is a folder. */
  readonly checkpoint: Checkpoint;
}

/**
 * Trains until the steps are done, more of them promise nothing, the time is up, or it is asked to
 * stop. Where a training stops leaves no trace: gone on with, it is as if it never had.
 *
 * @param open where it tells what it does, and saves what comes of it
 * @throws DivergedError when a step returns NaN or infinity, or leaves one in a variable that is to
 *   be saved; the last checkpoint stays as it is
 * @throws OutputError when the run's folder cannot be written
 */
export async function trainLoop(
  options: LoopOptions,
  open: OpenRecord<RecordOptions>,
): Promise<LoopResult> {
  const { trainee, schedule, from, signal, team = new Team() } = options;
  if (from !== undefined) assignVariables(from, trainee.variables);
  const record = await team.together(() =>
    open(options, { start: from?.step, total: schedule.steps }),
  );
  await team.lead(() => options.onStart?.());

  let taken = from?.step ?? 0;
  let metrics: Metrics = record.last;
  let checkpoint: Checkpoint | undefined = from;
  const log = (values: Metrics, timing: Metrics = {}): void => {
    if (Object.keys(values).length === 0) return;
    metrics = { ...metrics, ...values };
    record.log(taken, { ...timing, ...values });
    for (const line of trainee.advise?.(taken, values) ?? []) record.say(`step ${taken}: ${line}`);
  };
  const save = async (): Promise<void> => {
    const variables = await readVariables(trainee.variables);
    await requireSame(team, variables, taken);
    // An update can spoil the weights although its own loss was still fine.
    team.inCommon(() => requireFinite(firstNotFinite(variables), taken, checkpoint, options));
    checkpoint = { kind: trainee.kind, step: taken, config: options.config, variables };
    await team.lead(() => record.save(checkpoint!));
  };
  const milestone = async (): Promise<Metrics> => {
    const values = await trainee.milestone(taken);
    log(values);
    return values;
  };
  const hint = (): void => record.hint(textOf(signal?.reason));
  signal?.addEventListener('abort', hint);
  /** Rank 0 looks at a step that was taken. */
  const lookAt = async (values: Metrics, isDue: (every: number) => boolean): Promise<Metrics> => {
    if (!team.isFirst) return {};
    if (isDue(schedule.logEvery)) log(values, record.timing(trainee.dataWait?.()));
    record.update(taken, trainee.headline(values));
    return isDue(schedule.milestoneEvery) ? milestone() : {};
  };
  const next = (): number => outcomes.indexOf(outcomeNow(taken, record, options));

  try {
    if (taken < schedule.steps) {
      record.note(from === undefined ? 'started' : `resumed after step ${taken}`);
    }
    if (from === undefined) {
      for (const note of options.notes ?? []) record.say(note);
      await team.lead(milestone);
      // A run that is killed before its first regular checkpoint can be resumed all the same.
      await save();
    }
    let stop = outcomes[await team.agree(next)];
    while (stop === undefined) {
      const values = await trainee.step(taken);
      taken++;
      team.inCommon(() => requireFinite(values, taken, checkpoint, options));
      const isDue = (every: number): boolean => taken === schedule.steps || taken % every === 0;
      let drawn: Metrics = {};
      const end = async (): Promise<number> => {
        await options.onStep?.(taken, merged(values, drawn));
        // Signals are delivered when the event loop turns.
        await eventLoopTurn();
        return next();
      };
      const look = async (): Promise<void> => {
        drawn = await lookAt(values, isDue);
      };
      if (isDue(schedule.saveEvery)) {
        await team.together(look);
        await save();
        stop = outcomes[await team.agree(end)];
      } else {
        stop = outcomes[await team.agree(() => look().then(end))];
      }
    }
    if (checkpoint!.step !== taken) await save();
    // Told of once, hours ago, it has long scrolled away.
    for (const line of trainee.disorders?.() ?? []) record.say(`at the end, too, ${line}`);
    record.finish(reasonOf(stop, taken, options));
    return { outcome: stop, steps: taken, metrics, checkpoint: checkpoint! };
  } catch (thrown) {
    if (thrown instanceof DivergedError) record.note(thrown.message);
    throw thrown;
  } finally {
    signal?.removeEventListener('abort', hint);
    record.close();
  }
}

type Outcome = LoopResult['outcome'];

/** Each before those that count more, where the ranks of a team see different ones. */
const outcomes = [undefined, 'stopped early', 'out of time', 'interrupted', 'finished'] as const;

/** Why not to take another step, where there is a reason. */
function outcomeNow(
  taken: number,
  record: TrainingRecord,
  { trainee, from, minutes, signal, schedule }: LoopOptions,
): Outcome | undefined {
  if (taken >= schedule.steps) return 'finished';
  if (signal?.aborted === true) return 'interrupted';
  const isUp = minutes !== undefined && record.elapsedMs >= minutes * 60_000;
  if (isUp && taken > (from?.step ?? 0)) return 'out of time';
  return trainee.endsEarly?.() === undefined ? undefined : 'stopped early';
}

/** What is said at the end. */
function reasonOf(
  outcome: Outcome,
  taken: number,
  { trainee, from, minutes, schedule, run, resumePath = run?.path }: LoopOptions,
): string {
  const goOn = resumePath === undefined ? '' : `; to go on, add --resume ${resumePath}`;
  switch (outcome) {
    case 'finished':
      return from?.step === taken
        ? `was finished after step ${taken}; to go on, add --steps with a larger number`
        : `finished after step ${taken}`;
    case 'interrupted':
      return `stopped after step ${taken}${goOn}`;
    case 'out of time':
      return `the ${minutes} minutes are up after step ${taken} of ${schedule.steps}${goOn}`;
    case 'stopped early':
      return `stopped after step ${taken}: ${trainee.endsEarly?.()}`;
  }
}

const textOf = (reason: unknown): string =>
  typeof reason === 'string' ? reason : 'finishing the step and saving';

function requireFinite(
  values: Metrics,
  step: number,
  last: Checkpoint | undefined,
  { run }: LoopOptions,
): void {
  const bad = Object.entries(values).find(([, value]) => !Number.isFinite(value));
  if (bad === undefined) return;
  const [name, value] = bad;
  const kept =
    run && ` the checkpoint of step ${last?.step ?? 0} is kept in ${run.checkpointPath};`;
  throw new DivergedError(
    `training diverged at step ${step}: ${name} is ${value};${kept ?? ''} try a lower learning rate or a firmer penalty`,
  );
}

/** Of each variable with NaN or infinity in it, the first such value. */
function firstNotFinite(variables: ReadonlyMap<string, HostTensor>): Metrics {
  const bad = [...variables].flatMap(([name, { values }]) => {
    const value = values.find((value: number) => !Number.isFinite(value));
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(bad);
}
