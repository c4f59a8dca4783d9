/**
 * A run's lock: one process at a time trains a run.
 *
 * The lock is a file that says who has it, and whose time of change is its owner's last sign of
 * life. It comes into being whole, by a link, and goes away with its owner; an owner that was killed
 * leaves it behind, and the next one takes it over.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import {
  constants,
  copyFile,
  type FileHandle,
  link,
  open,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { OutputError, systemErrorCode } from '../errors.js';
import { asOutputError, removeLeftovers, temporaryIn } from '../files.js';
import { isRunning, type Owner, thisProcess } from '../owner.js';

/** What the file holds. */
interface Held extends Owner {
  /** Of this lock alone. */
  readonly token: string;
  /** When it was taken, ISO 8601. */
  readonly since: string;
}

/** Milliseconds between two signs of life. */
const heartbeatMs = 10_000;
/**
 * Of a process elsewhere nothing is known but its signs of life; this long without one, it counts
 * as gone. A step of the slowest engine may keep an owner from giving one for a while.
 */
const silenceMs = 120_000;

/** The file of a run's lock. */
export const lockName = 'run.lock';

export class RunLock {
  readonly #folder: string;
  readonly #path: string;
  readonly #held: Held;
  readonly #file: FileHandle;
  readonly #timer: NodeJS.Timeout;
  readonly #atExit: () => void;

  private constructor(folder: string, held: Held, file: FileHandle) {
    this.#folder = folder;
    this.#path = join(folder, lockName);
    this.#held = held;
    this.#file = file;
    this.#timer = setInterval(() => void this.#beat(), heartbeatMs).unref();
    this.#atExit = () => removeOwn(this.#path, held.token);
    process.on('exit', this.#atExit);
  }

  /**
   * Takes the lock of a run, and removes temporary files that a killed owner left in its folders.
   *
   * @param folder the run's own, which exists
   * @param folders that its owner alone writes into, besides
   * @param say is told of a lock that was taken over
   * @throws OutputError where another process has it, or the folder cannot be written
   */
  static async take(
    folder: string,
    folders: readonly string[] = [],
    say: (line: string) => unknown = () => undefined,
  ): Promise<RunLock> {
    const held = { ...thisProcess(), token: randomUUID(), since: new Date().toISOString() };
    const path = join(folder, lockName);
    const own = temporaryIn(folder);
    try {
      await writeFile(own, `${JSON.stringify(held)}\n`, { flag: 'wx' });
      for (let attempts = 0; !(await placed(own, path)); attempts++) {
        const other = await readLock(path);
        // Released in the meantime.
        if (other === undefined) continue;
        await requireGone(folder, other, own, attempts);
        if (!(await replaced(own, path, other))) continue;
        say(takenOver(folder, other.held));
        break;
      }
      await rm(own, { force: true });
      for (const each of [folder, ...folders]) await removeLeftovers(each, true);
      return new RunLock(folder, held, await open(path, 'r+'));
    } catch (thrown) {
      await rm(own, { force: true }).catch(() => undefined);
      throw asOutputError(thrown, path);
    }
  }

  /**
   * To be called before something is written that another owner might have written meanwhile: a
   * machine that slept, or a disk that was away, may have cost this one its lock.
   *
   * @throws OutputError where another process has it now
   */
  async check(): Promise<void> {
    const now = await readLock(this.#path);
    // Removed by hand: nobody else has it.
    if (now === undefined || now.held?.token === this.#held.token) return;
    throw new OutputError(
      `${this.#folder} was taken over by ${nameOf(now.held)}; this one stops and leaves it alone`,
    );
  }

  /** Gives it back; whoever has it by now keeps it. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    process.off('exit', this.#atExit);
    await this.#file.close();
    removeOwn(this.#path, this.#held.token);
  }

  /** Writes the same bytes again: the time of change is then that of the disk's own clock. */
  async #beat(): Promise<void> {
    // A full disk or one that is away for a while is not worth stopping for.
    await this.#file.write(`${JSON.stringify(this.#held)}\n`, 0).catch(() => undefined);
  }
}

/** A lock as it was found. */
interface Found {
  /** Its bytes. */
  readonly text: string;
  /** undefined where they say nothing: its owner was killed while it wrote them. */
  readonly held: Held | undefined;
}

/** Gives a file a second name; false where that is taken. */
async function placed(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'EEXIST') return false;
    return copied(from, to);
  }
}

/** As `placed`, on disks that know no links. */
async function copied(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL);
    return true;
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'EEXIST') return false;
    throw thrown;
  }
}

async function readLock(path: string): Promise<Found | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    return { text, held: parsed(text) };
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

function parsed(text: string): Held | undefined {
  try {
    const value = JSON.parse(text) as Partial<Held> | null;
    const { pid, host, place, started, token, since } = value ?? {};
    const texts = [host, place, started, token, since];
    const isHeld = Number.isSafeInteger(pid) && texts.every((item) => typeof item === 'string');
    return isHeld ? (value as Held) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param own a file just written into the same folder, whose time tells that of the disk's clock
 * @throws OutputError where the owner may be alive
 */
async function requireGone(
  folder: string,
  { held }: Found,
  own: string,
  attempts: number,
): Promise<void> {
  const running = held && isRunning(held);
  if (running === false && attempts < mostAttempts) return;
  const by = `${folder} is being trained by ${nameOf(held)}`;
  if (running !== undefined) {
    throw new OutputError(`${by}; wait until it is done, or stop it first`);
  }
  const [now, sign] = await Promise.all([own, join(folder, lockName)].map(changeOf));
  // Released in the meantime.
  if (now === undefined || sign === undefined) return;
  const silent = now - sign;
  if (silent > silenceMs && attempts < mostAttempts) return;
  const seconds = Math.max(0, Math.round(silent / 1000));
  throw new OutputError(
    `${by}, which gave a sign of life ${seconds} s ago; wait until it is done, or stop it: it counts as gone after ${silenceMs / 1000} s without one`,
  );
}

/** When a file was changed last, in milliseconds; undefined where there is none. */
async function changeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** Others may want the same lock at the same time; who loses so often leaves it to them. */
const mostAttempts = 10;

/**
 * Puts a lock in the place of one whose owner is gone; false where another process does so, or has done.
 * Who may replace a lock is settled by another file, whose name follows from that lock: it is held by one,
 * and the lock that it is about never comes back.
 */
async function replaced(own: string, path: string, { text }: Found): Promise<boolean> {
  const claim = `${path}.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  if (!(await placed(own, claim))) {
    const claimed = await readLock(claim);
    const isLeft = claimed?.held !== undefined && isRunning(claimed.held) === false;
    // Its owner was killed between two lines of what follows.
    if (isLeft) await rm(claim, { force: true });
    return false;
  }
  try {
    // It was read before the claim was had.
    if ((await readLock(path))?.text !== text) return false;
    await rename(own, path);
    return true;
  } finally {
    await rm(claim, { force: true });
  }
}

/** Who trains a run. */
export interface Trainer {
  readonly pid: number;
  /** Whether the number is surely that of the process that took the lock, and not of a later one. */
  readonly isCertain: boolean;
}

/**
 * Who trains a run now; undefined where nobody does. Of a process elsewhere its last sign of life
 * tells, by this machine's clock.
 */
export async function trainerOf(folder: string): Promise<Trainer | undefined> {
  const path = join(folder, lockName);
  const held = (await readLock(path).catch(() => undefined))?.held;
  if (held === undefined) return undefined;
  const running = isRunning(held);
  if (running === undefined) {
    const sign = await changeOf(path);
    const isHeard = sign !== undefined && Date.now() - sign <= silenceMs;
    return isHeard ? { pid: held.pid, isCertain: false } : undefined;
  }
  return running ? { pid: held.pid, isCertain: held.started !== '' } : undefined;
}

const nameOf = (held: Held | undefined): string =>
  held === undefined
    ? 'another process'
    : `process ${held.pid} on ${held.host} since ${held.since}`;

const takenOver = (folder: string, held: Held | undefined): string =>
  `${folder} was left by ${held === undefined ? 'a process' : `process ${held.pid} on ${held.host}`} that is gone; it is taken over`;

function removeOwn(path: string, token: string): void {
  try {
    if (parsed(readFileSync(path, 'utf8'))?.token === token) rmSync(path, { force: true });
  } catch {
    // Who comes next finds that its owner is gone.
  }
}
