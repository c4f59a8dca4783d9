/**
 * Runs that are killed again and again, and come to what a run comes to that never was.
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RandomStream } from '../../src/random.js';
import { type CliResult, mixgan } from '../support/cli.js';
import type { Lane } from './lanes.js';
import { differencesOfRuns } from './same-run.js';

export interface KillReport {
  readonly kills: number;
  /** Kills before there was a checkpoint. */
  readonly early: number;
  /** Runs that were taken to their end. */
  readonly runs: number;
  /** What was wrong, in words. */
  readonly defects: readonly string[];
}

export interface KillOptions {
  /** Where runs go. */
  readonly cwd: string;
  readonly lane: Lane;
  /** The built program, where it is not to be run from its source. */
  readonly program?: string | undefined;
  readonly kills: number;
  readonly random: RandomStream;
  /** Whether there is no time for another run. */
  readonly isOver?: () => boolean;
}

/** A run may be killed so often; then it is left to finish. */
const mostKillsOfARun = 8;
/** The share of the kills that may come before the run has its folder. */
const veryEarly = 0.15;

/** Trains once undisturbed, and then again and again with kills at random moments. */
export async function killRuns(options: KillOptions): Promise<KillReport> {
  const { cwd, lane, random, isOver = () => false } = options;
  const straight = `${lane.name.replace(', ', '-')}-straight`;
  const times = await trainStraight(options, straight);
  let [kills, early, runs] = [0, 0, 0];
  const defects: string[] = [];
  while (kills < options.kills && !isOver()) {
    const run = `${straight}-${runs}`;
    let killed = 0;
    for (;;) {
      const mayKill = kills < options.kills && killed < mostKillsOfARun;
      const result = await launch(options, run, (child) => {
        if (mayKill) killAtRandom(child, times, random);
      });
      if (result.signal === 'SIGKILL') {
        killed++;
        kills++;
        if (!hasCheckpoint(cwd, run)) early++;
        continue;
      }
      runs++;
      defects.push(...(await verdict(result, join(cwd, run), join(cwd, straight))));
      break;
    }
  }
  return { kills, early, runs, defects };
}

/** Milliseconds from the start of a process to that of its training, and of the training. */
interface Times {
  readonly start: number;
  readonly training: number;
}

async function trainStraight(options: KillOptions, run: string): Promise<Times> {
  const began = performance.now();
  let ready = began;
  const result = await launch(options, run, (child) => {
    whenTraining(child, () => {
      ready = performance.now();
    });
  });
  if (result.code !== 0) throw new Error(`${options.lane.name}: ${describe(result)}`);
  return { start: ready - began, training: performance.now() - ready };
}

/** Starts a run, goes on with it, or starts it again, as far as it has come. */
export function launch(
  { cwd, lane, program }: Pick<KillOptions, 'cwd' | 'lane' | 'program'>,
  run: string,
  onStart: (child: ChildProcess) => void = () => undefined,
): Promise<CliResult> {
  const { kind, compute, flags } = lane;
  const goesOn = existsSync(join(cwd, run, 'config.json'));
  const which = goesOn ? ['--resume', run] : [...flags, '--out', run];
  const options = { cwd, onStart, ...(program === undefined ? {} : { program }) };
  return mixgan(['train', kind, ...compute, ...which], options);
}

/** Calls when a process has begun to write into its run's folder. */
export function whenTraining(child: ChildProcess, call: () => void): void {
  let said = '';
  const hear = (text: string): void => {
    said += text;
    if (!/^run: /m.test(said)) return;
    child.stderr!.off('data', hear);
    call();
  };
  child.stderr!.on('data', hear);
}

function killAtRandom(child: ChildProcess, { start, training }: Times, random: RandomStream): void {
  const kill = (): void => void child.kill('SIGKILL');
  if (random.uniform(0, 1) < veryEarly) setTimeout(kill, random.uniform(0, start)).unref();
  else {
    // A run that is to be killed several times takes several parts of the whole time.
    const delay = random.uniform(0, (training * 2) / mostKillsOfARun);
    whenTraining(child, () => setTimeout(kill, delay).unref());
  }
}

const hasCheckpoint = (cwd: string, run: string): boolean =>
  existsSync(join(cwd, run, 'checkpoint', 'latest.safetensors'));

export async function verdict(result: CliResult, run: string, wanted: string): Promise<string[]> {
  if (result.code !== 0) return [`${run}: ${describe(result)}`];
  return (await differencesOfRuns(run, wanted)).map((difference) => `${run}: ${difference}`);
}

function describe({ code, signal, stderr }: CliResult): string {
  const lines = stderr.trimEnd().split('\n');
  // Of an error that nobody caught the last line is Node's own name.
  const told = lines.find((line) => /^(mixgan:|\w*Error\b)/.test(line)) ?? lines.at(-1);
  return `ended with ${code ?? signal}: ${told}`;
}
