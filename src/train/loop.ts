/**
 * The training loop that the classifier and the GAN share: steps, metrics, milestones (pictures,
 * evaluations), checkpoints, Ctrl-C, the clock, and the watch for NaN.
 *
 * All randomness and schedules are functions of the step, so a run that continues from a checkpoint
 * goes through the same numbers as one that never stopped.
 */
import { setImmediate } from 'node:timers/promises';
import type { HostTensor } from '../compile/step.js';
import { DivergedError } from '../errors.js';
import {
  assignVariables,
  type LoadedCheckpoint,
  readVariables,
  saveCheckpoint,
} from './checkpoint.js';
import { onInterrupt } from './interrupt.js';
import { MetricsLog, TextLog } from './log.js';
import type { RunObserver } from './observer.js';
import { createProgress, type ProgressStream } from './progress.js';
import type { RunFolder } from './run-folder.js';
import type { NamedVariables } from './variables.js';

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

/** Where a model is trained, from where on and for how long, whatever the model. */
export interface TrainingOptions {
  readonly run: RunFolder;
  /** Continue from here; a new run when absent. */
  readonly from?: LoadedCheckpoint | undefined;
  /** Stop, saved and resumable, after so many minutes. */
  readonly minutes?: number | undefined;
  /** Where progress goes; `process.stderr` for a person. */
  readonly stream: ProgressStream;
  /** Called when the run's files have been found sound, before the first step. */
  readonly onStart?: (() => Promise<void>) | undefined;
  /** What `--resume` takes to go on, where that is not the run's own folder. */
  readonly resumePath?: string | undefined;
  /** Shown everything that the run makes. */
  readonly observer?: RunObserver | undefined;
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
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Trains until the steps are done, more of them promise nothing, the time is up, or a signal asks to
 * stop.
 *
 * @throws DivergedError when a step returns NaN or infinity, or leaves one in a variable that is to
 *   be saved; the last checkpoint stays as it is
 * @throws OutputError when the run's folder cannot be written
 */
export async function trainLoop(options: LoopOptions): Promise<LoopResult> {
  const { trainee, run, schedule, from, minutes } = options;
  const startStep = from?.step ?? 0;
  if (from !== undefined) assignVariables(from, trainee.variables);

  const metricsLog =
    from === undefined
      ? MetricsLog.create(run.metricsPath)
      : await MetricsLog.resume(run.metricsPath, startStep);
  await options.onStart?.();
  const text = new TextLog(run.logPath);
  const progress = createProgress({
    stream: options.stream,
    totalSteps: schedule.steps,
    startStep,
  });
  const say = (line: string): void => {
    progress.line(line);
    text.line(line);
  };
  const interrupt = onInterrupt({
    onRequest: () => progress.line('finishing the step and saving; press Ctrl-C again to quit now'),
  });
  const began = performance.now();
  const seconds = (): number => metricsLog.startSeconds + (performance.now() - began) / 1000;

  let taken = startStep;
  let saved = startStep;
  let metrics: Record<string, number> = {};
  let dataWait: { readonly dataWait: number } | undefined;
  /** @param timing told of the machine, not of the model: it goes to the log alone */
  const log = (values: Record<string, number>, timing: Record<string, number> = {}): void => {
    if (Object.keys(values).length === 0) return;
    metrics = { ...metrics, ...values };
    const record = { step: taken, seconds: roundTo(seconds(), 3), ...timing, ...values };
    metricsLog.append(record);
    options.observer?.metrics(record);
    for (const line of trainee.advise?.(taken, values) ?? []) say(`step ${taken}: ${line}`);
  };
  const save = async (): Promise<void> => {
    metricsLog.flush();
    const variables = await readVariables(trainee.variables);
    // An update can spoil the weights although its own loss was still fine.
    requireFinite(firstNotFinite(variables), taken, saved, run);
    await saveCheckpoint(run.checkpointPath, {
      kind: trainee.kind,
      step: taken,
      config: options.config,
      variables,
    });
    saved = taken;
  };
  const stop = async (outcome: LoopResult['outcome'], why: string): Promise<LoopResult> => {
    if (saved !== taken) await save();
    progress.done();
    say(why);
    return { outcome, steps: taken, metrics };
  };

  try {
    text.line(from === undefined ? 'started' : `resumed after step ${startStep}`);
    if (from === undefined) {
      for (const note of options.notes ?? []) say(note);
      log(await trainee.milestone(0));
      // A run that is killed before its first regular checkpoint can be resumed all the same.
      await save();
    }
    while (taken < schedule.steps) {
      const early = trainee.endsEarly?.();
      if (early !== undefined) {
        return await stop('stopped early', `stopped after step ${taken}: ${early}`);
      }
      const values = await trainee.step(taken);
      taken++;
      requireFinite(values, taken, saved, run);
      const last = taken === schedule.steps;
      if (last || taken % schedule.logEvery === 0) {
        dataWait = trainee.dataWait && { dataWait: roundTo(trainee.dataWait(), 3) };
        log(values, dataWait);
      }
      const isNoticeable = dataWait !== undefined && dataWait.dataWait >= noticeableWait;
      progress.update(taken, { ...trainee.headline(values), ...(isNoticeable ? dataWait : {}) });
      if (last || taken % schedule.milestoneEvery === 0) log(await trainee.milestone(taken));
      if (last || taken % schedule.saveEvery === 0) await save();
      // Signals are delivered when the event loop turns.
      await setImmediate();
      if (last) break;
      if (interrupt.requested) {
        return await stop('interrupted', `stopped after step ${taken}; ${howToResume(options)}`);
      }
      if (minutes !== undefined && performance.now() - began >= minutes * 60_000) {
        if (taken % schedule.milestoneEvery !== 0) log(await trainee.milestone(taken));
        const time = `the ${minutes} minutes are up after step ${taken} of ${schedule.steps}`;
        return await stop('out of time', `${time}; ${howToResume(options)}`);
      }
    }
    return await stop('finished', `finished after step ${taken}`);
  } catch (thrown) {
    progress.done();
    throw thrown;
  } finally {
    interrupt.dispose();
    metricsLog.close();
  }
}

/** Waiting for data is worth telling from this share of the time. */
const noticeableWait = 0.05;

const howToResume = ({ run, resumePath = run.path }: TrainingOptions): string =>
  `to go on, add --resume ${resumePath}`;

function requireFinite(
  values: Readonly<Record<string, number>>,
  step: number,
  saved: number,
  run: RunFolder,
): void {
  const bad = Object.entries(values).find(([, value]) => !Number.isFinite(value));
  if (bad === undefined) return;
  const [name, value] = bad;
  throw new DivergedError(
    `training diverged at step ${step}: ${name} is ${value}; the checkpoint of step ${saved} is kept in ${run.checkpointPath}; try a lower learning rate or a firmer penalty`,
  );
}

/** Of each variable with NaN or infinity in it, the first such value. */
function firstNotFinite(variables: ReadonlyMap<string, HostTensor>): Record<string, number> {
  const bad = [...variables].flatMap(([name, { values }]) => {
    const value = values.find((value: number) => !Number.isFinite(value));
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(bad);
}

const roundTo = (value: number, digits: number): number => Number(value.toFixed(digits));
