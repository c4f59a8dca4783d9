/**
 * A run's folder: where everything one training run writes has its place.
 */
import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputError, OutputError, systemErrorCode } from '../errors.js';
import {
  asInputError,
  asOutputError,
  isTemporary,
  isThere,
  makeFolders,
  readJson,
  removeAll,
  writeJson,
} from '../files.js';
import { lockName, RunLock } from './run-lock.js';
import { refuseShipped, shippedNames, shippedRun } from './shipped.js';

export interface NewRun {
  /** The folder that holds the runs, `runs` by default. */
  readonly root?: string;
  /** The run's own folder, instead of one named after the time and the preset. */
  readonly out?: string | undefined;
  readonly preset: string;
  /** When the run starts; local time names the folder. */
  readonly now: Date;
  /** What `config.json` holds: everything needed to repeat the run. */
  readonly config: object;
}

/** The places in a run's folder. */
export class RunFolder {
  constructor(readonly path: string) {}

  get configPath(): string {
    return join(this.path, 'config.json');
  }

  get metricsPath(): string {
    return join(this.path, 'metrics.jsonl');
  }

  get logPath(): string {
    return join(this.path, 'log.txt');
  }

  get checkpointPath(): string {
    return join(this.path, 'checkpoint', 'latest.safetensors');
  }

  /** The weights of a classifier's best evaluation. */
  get bestPath(): string {
    return join(this.path, 'checkpoint', 'best.safetensors');
  }

  /** What `mixgan evaluate --save` writes. */
  get evaluationPath(): string {
    return join(this.path, 'evaluation.json');
  }

  /** What `mixgan report` writes. */
  get reportPath(): string {
    return join(this.path, 'report.html');
  }

  /** The folder of TensorBoard's files. */
  get tensorboardPath(): string {
    return join(this.path, 'tensorboard');
  }

  get realsPath(): string {
    return join(this.path, 'reals.png');
  }

  /** The grid of fakes drawn after `step` steps: `fakes-000500.png`. */
  fakesPath(step: number): string {
    return join(this.path, `fakes-${String(step).padStart(6, '0')}.png`);
  }

  /**
   * The steps after which fakes were drawn, in order.
   * @throws InputError where the folder cannot be read
   */
  async stepsOfFakes(): Promise<number[]> {
    const names = await readdir(this.path).catch((thrown: unknown) => {
      throw asInputError(thrown, this.path);
    });
    return names
      .flatMap((name) => /^fakes-(\d{6,})\.png$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  }
}

/** A run, and the right to write into its folder; to be released. */
export interface LockedRun {
  readonly run: RunFolder;
  readonly lock: RunLock;
}

/** Told of what is not as usual, in lines for the user. */
type Say = (line: string) => unknown;

/**
 * Creates a run's folder as `startRun` does, for what is written in a moment.
 *
 * @throws OutputError as there
 */
export async function createRun(options: NewRun): Promise<RunFolder> {
  const { run, lock } = await startRun(options);
  await lock.release();
  return run;
}

/**
 * Creates `<root>/<yyyyMMdd-HHmmss>-<preset>` (with `-2`, `-3`, … where that is taken) or `out`,
 * locks it, and writes `config.json` into it.
 *
 * @throws OutputError where the folder cannot be made, `out` already holds something, or another
 *   process trains there
 */
export async function startRun(
  { root = 'runs', out, preset, now, config }: NewRun,
  say?: Say,
): Promise<LockedRun> {
  const path =
    out === undefined ? await claimFolder(root, folderName(now, preset)) : await claimOut(out);
  const run = new RunFolder(path);
  const lock = await lockRun(run, say);
  try {
    // Two that were given the same folder both found it empty.
    if (out !== undefined) await claimOut(path);
    await writeJson(run.configPath, config);
    return { run, lock };
  } catch (thrown) {
    await lock.release();
    throw thrown;
  }
}

/**
 * The right to write into a run's folder.
 *
 * @throws OutputError where another process has it, or it is a model that comes with this package
 */
export async function lockRun(run: RunFolder, say?: Say): Promise<RunLock> {
  refuseShipped(run.path, run.path);
  return RunLock.take(run.path, [dirname(run.checkpointPath)], say);
}

/**
 * Makes a run whose process was killed before its first checkpoint what a new one is: its
 * configuration and its log alone.
 *
 * @throws OutputError where something cannot be removed
 */
export async function startOver(run: RunFolder): Promise<void> {
  const paths = [run.metricsPath, run.bestPath, run.tensorboardPath];
  await Promise.all(paths.map(removeAll));
}

/** Removes what a new run holds so far, and its folder where nothing else is in it. */
export async function abandonRun(run: RunFolder): Promise<void> {
  const paths = [run.configPath, dirname(run.checkpointPath), run.logPath];
  await Promise.all(paths.map((path) => rm(path, { recursive: true, force: true })));
  await rmdir(run.path).catch(() => undefined);
}

/**
 * Opens the folder of an existing run, or else a model that comes with this package, and reads its
 * `config.json`.
 *
 * @param path of the folder, or the name of the model: a folder of that name goes before it
 * @throws InputError where there is neither, or the folder is not that of a run
 */
export async function openRun(path: string): Promise<{ run: RunFolder; config: unknown }> {
  const run = new RunFolder(await runPath(path));
  const entries = await readdir(run.path).catch((thrown: unknown) => {
    throw notARun(thrown, path);
  });
  if (!entries.includes('config.json')) {
    throw new InputError(
      `${path} is not the folder of a run: it has no config.json; give the folder that training made`,
    );
  }
  return { run, config: await readJson(run.configPath, 'restore it, or start a new run') };
}

/** The folder that a run's path or a shipped model's name means. */
export async function runPath(path: string): Promise<string> {
  const shipped = shippedRun(path);
  return shipped === undefined || (await isThere(path)) ? path : shipped;
}

/** Names what comes with the package, to who may have meant that. */
function notARun(thrown: unknown, path: string): unknown {
  if (systemErrorCode(thrown) !== 'ENOENT' || /[\\/]/.test(path)) return asInputError(thrown, path);
  const names = shippedNames().join(', ');
  return new InputError(
    `cannot read ${path}: there is no such folder, and no trained model of that name comes with this package; there are ${names || 'none'}`,
    { cause: thrown },
  );
}

/** Makes a folder that did not exist; `mkdir` itself decides who of two runs gets a name. */
async function claimFolder(root: string, name: string): Promise<string> {
  try {
    await makeFolders(root);
    for (let attempt = 1; ; attempt++) {
      const path = join(root, attempt === 1 ? name : `${name}-${attempt}`);
      if (await makeFolder(path)) return path;
    }
  } catch (thrown) {
    throw asFolderError(thrown, root);
  }
}

async function claimOut(path: string): Promise<string> {
  try {
    await makeFolders(path);
    const names = await readdir(path);
    // What a process leaves that was killed before it had written anything.
    if (names.every((name) => name === lockName || isTemporary(name))) return path;
  } catch (thrown) {
    throw asFolderError(thrown, path);
  }
  throw new OutputError(
    `${path} is not empty; give --out a new folder, or continue that run with --resume ${path}`,
  );
}

/** Whether the folder could be made; false where the name is taken. */
async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'EEXIST') return false;
    throw thrown;
  }
}

function asFolderError(thrown: unknown, path: string): unknown {
  if (systemErrorCode(thrown) !== 'EEXIST') return asOutputError(thrown, path);
  return new OutputError(`cannot write ${path}: it is a file, not a folder`, { cause: thrown });
}

function folderName(now: Date, preset: string): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const year = String(now.getFullYear()).padStart(4, '0');
  const date = `${year}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  // A preset may be the name of a file, and the folder's name must not become a path.
  return `${date}-${time}-${preset.replace(/[^\w.-]+/g, '-')}`;
}
